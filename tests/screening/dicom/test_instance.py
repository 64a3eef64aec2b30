"""One image to rows and instances, whatever its header holds."""

import warnings
from io import BytesIO

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from pydicom import dcmread
from tests.dicom_files import dicom_bytes, dicom_dataset

from fundusfm.data.dicom.dataset import read_dataset
from fundusfm.data.synthetic.photograph import generate
from fundusfm.screening.dicom.instance import screen_instance
from fundusfm.screening.dicom.predictions import ReportScreener

_PHOTO = generate(0, seed=5, size=144).image
_KEYWORDS = (
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "PatientAge",
    "StudyDate",
    "StudyTime",
    "StudyID",
    "AccessionNumber",
    "ReferringPhysicianName",
    "StudyDescription",
    "ImageLaterality",
    "Laterality",
    "Modality",
    "PatientOrientation",
    "SOPInstanceUID",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "SOPClassUID",
)


@given(
    header=st.dictionaries(
        st.sampled_from(_KEYWORDS),
        st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=70),
        max_size=4,
    )
)
@settings(max_examples=15, phases=(Phase.generate,))
def test_any_header_gives_a_row(header: dict[str, str], screener: ReportScreener) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        content = dicom_bytes(dicom_dataset(_PHOTO, **header))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        screened = screen_instance(read_dataset(content, "a.dcm"), "a.dcm", screener, label="dr", overlays=True)
    assert len(screened.rows) == 1
    row = screened.rows[0]
    assert row["status"] in ("ok", "failed")
    assert len(screened.derived) == (2 if row["status"] == "ok" else 0)
    assert bool(row.get("report")) == (row["status"] == "ok")


@pytest.mark.parametrize(
    ("charset", "name"),
    [
        ("ISO_IR 100", "Müller^Jörg"),
        ("ISO_IR 192", "Yamada^Tarou=山田^太郎"),
        (["", "ISO 2022 IR 87"], "Yamada^Tarou=山田^太郎"),
    ],
)
def test_names_of_any_alphabet_arrive(charset: str | list[str], name: str, screener: ReportScreener) -> None:
    dataset = dicom_dataset(_PHOTO, SpecificCharacterSet=charset, PatientName=name)
    screened = screen_instance(dcmread(BytesIO(dicom_bytes(dataset))), "a.dcm", screener, label="dr", overlays=True)
    for derived in screened.derived:
        file = BytesIO()
        derived.save_as(file)
        file.seek(0)
        assert str(dcmread(file).PatientName) == name


def test_only_what_is_referred_has_an_overlay_unless_a_label_is_named(weights: str) -> None:
    sure = ReportScreener(weights, operating_point="screening")
    for label, overlays in ((None, 0), ("dr", 1)):
        screened = screen_instance(dicom_dataset(_PHOTO), "a.dcm", sure, label=label, overlays=True)
        assert (screened.rows[0]["abnormal.decision"], len(screened.derived)) == (0, 1 + overlays)


def test_a_refused_image_has_a_report_and_no_overlay(screener: ReportScreener) -> None:
    grey = dicom_dataset(_PHOTO[..., 1].copy())
    screened = screen_instance(grey, "a.dcm", screener, label=None, overlays=True)
    assert [row["status"] for row in screened.rows] == ["not_fundus"]
    assert [str(derived.SOPInstanceUID) for derived in screened.derived] == [screened.rows[0]["report"]]


def test_image_without_pixels_is_a_failed_row(screener: ReportScreener) -> None:
    dataset = dicom_dataset(_PHOTO)
    del dataset.PixelData
    screened = screen_instance(dataset, "a.dcm", screener, label=None, overlays=True)
    assert [row["status"] for row in screened.rows] == ["failed"]
    assert not screened.derived


def test_without_a_report_nothing_is_kept(screener: ReportScreener, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise TypeError("a name of five parts")

    monkeypatch.setattr("fundusfm.screening.dicom.instance.structured_report", refused)
    screened = screen_instance(dicom_dataset(_PHOTO), "a.dcm", screener, label="dr", overlays=True)
    (row,) = screened.rows
    assert not screened.derived
    assert row["status"] == "failed" and row["eye"] == "right" and "Error" not in row["reason"]
    assert not {"refer", "dr.score", "overlay", "report"} & set(row)
