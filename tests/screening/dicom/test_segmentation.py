"""Segmentations: the masks come back as they were found, filed beside their photograph, with the terms of PS3.16."""

import logging
import shutil
import subprocess
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from highdicom.seg import segread
from pydicom import dcmread
from pydicom.dataset import Dataset
from tests.dicom_files import OPHTHALMIC_8, SECONDARY_CAPTURE, dicom_dataset
from tests.structures.drawn import segmenter_of_shapes

from fundusfm.models.segmentation.segmenter import Segmenter
from fundusfm.models.segmentation.structures import ARTERIES, DISC, HAEMORRHAGES, MASKS, SOFT_EXUDATES, VEINS, VESSELS
from fundusfm.screening.dicom.codes import SCHEME
from fundusfm.screening.dicom.instance import columns, screen_instance
from fundusfm.screening.dicom.predictions import ReportScreener
from fundusfm.screening.dicom.segmentation import segmentation, segments_of
from fundusfm.screening.dicom.source import source_header

_DCIODVFY = shutil.which("dciodvfy")
_STORAGE = "1.2.840.10008.5.1.4.1.1.66.4"


@pytest.fixture
def finding(weights: str, monkeypatch: pytest.MonkeyPatch) -> ReportScreener:
    """The tiny model beside a segmenter that finds drawn shapes."""
    return _finding(weights, monkeypatch, segmenter_of_shapes())


def _finding(weights: str, monkeypatch: pytest.MonkeyPatch, segmenter: Segmenter) -> ReportScreener:
    monkeypatch.setattr("fundusfm.models.segmentation.load.load_segmenter", lambda *_, **__: segmenter)
    return ReportScreener(weights, structures="drawn")


def _screened(
    screener: ReportScreener, photo: np.ndarray, **attributes: Any
) -> tuple[dict[str, Any], list[Dataset], Dataset]:
    source = dicom_dataset(photo, **attributes)
    screened = screen_instance(source, "a.dcm", screener, label="dr", overlays=False)
    return screened.rows[0], screened.derived, source


def _saved(instance: Dataset) -> BytesIO:
    file = BytesIO()
    instance.save_as(file)
    file.seek(0)
    return file


def test_masks_come_back_as_they_were_found(finding: ReportScreener, photo: np.ndarray) -> None:
    row, derived, source = _screened(finding, photo)
    assert [one.Modality for one in derived] == ["SEG", "SR"]
    read = segread(_saved(derived[0]))
    assert finding.structures is not None
    masks, found = finding.structures.find_in_photograph(photo)
    assert (read.Rows, read.Columns) == photo.shape[:2]
    segments = read.get_pixels_by_source_instance([source.SOPInstanceUID])[0]
    for number, mask in enumerate(segments_of(MASKS)):
        assert (segments[..., number] == masks[mask]).all(), mask
    assert masks[ARTERIES].any() and not masks[SOFT_EXUDATES].any()
    assert row["segmentation"] == str(read.SOPInstanceUID)
    assert row["haemorrhages.count"] == found.cells["haemorrhages.count"] == 2
    assert set(row) <= set(columns(finding)) | {f"{label}.uncertain" for label in ("abnormal", "dr")}


def test_it_is_filed_beside_its_photograph(finding: ReportScreener, photo: np.ndarray) -> None:
    _, (segments, _), source = _screened(finding, photo)
    assert segments.SOPClassUID == _STORAGE
    assert (segments.PatientID, segments.StudyInstanceUID) == (source.PatientID, source.StudyInstanceUID)
    assert segments.SeriesInstanceUID != source.SeriesInstanceUID
    (reference,) = segments.SourceImageSequence
    assert reference.ReferencedSOPInstanceUID == source.SOPInstanceUID
    read = segread(_saved(segments))
    described = [read.get_segment_description(number) for number in read.segment_numbers]
    terms = {one.segment_label: one.segmented_property_type for one in described}
    assert (terms["Arteries"].value, terms["Optic disc"].value) == ("51114001", "81016008")
    assert terms["Hard exudates"].scheme_designator == SCHEME
    assert "Vessels" not in terms
    (eye,) = described[0].AnatomicRegionSequence[0].AnatomicRegionModifierSequence
    assert eye.CodeMeaning == "Right"


@pytest.mark.parametrize(
    "sop_class",
    [OPHTHALMIC_8, SECONDARY_CAPTURE, "1.2.840.10008.5.1.4.1.1.77.1.4", "1.2.840.10008.5.1.4.1.1.7.4", "1.2.3.4"],
    ids=["ophthalmic", "secondary capture", "visible light", "several frames", "private"],
)
def test_any_class_of_image_has_one(sop_class: str, finding: ReportScreener, photo: np.ndarray) -> None:
    source = source_header(dicom_dataset(photo, sop_class=sop_class), "a.dcm")
    masks = {mask: np.zeros(photo.shape[:2], np.bool_) for mask in (ARTERIES, VEINS, DISC, HAEMORRHAGES)}
    masks[DISC][20:40, 30:50] = True
    assert finding.structures is not None
    made = segmentation(source, masks, 1, finding.structures, finding.identity, "left")
    classes = [element.value for element in made.iterall() if element.keyword == "ReferencedSOPClassUID"]
    assert len(classes) >= 2 and set(classes) == {sop_class}
    read = segread(_saved(made))
    assert read.get_pixels_by_source_instance([source.SOPInstanceUID]).any()


def test_a_report_needs_no_segmentation(
    finding: ReportScreener, photo: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: Any) -> Dataset:
        raise AttributeError("no attribute 'ContainerIdentifier'")

    monkeypatch.setattr("fundusfm.screening.dicom.instance.segmentation", refused)
    row, derived, _ = _screened(finding, photo)
    assert [one.Modality for one in derived] == ["SR"]
    assert row["status"] == "ok" and row["haemorrhages.count"] == 2
    assert "breaks the rules of DICOM" in row["segmentation_reason"] and "Error" not in row["segmentation_reason"]
    assert "segmentation" not in row


def test_a_second_run_makes_the_same_instance(
    weights: str, finding: ReportScreener, photo: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, (first, report), _ = _screened(finding, photo)
    _, (second, _), _ = _screened(finding, photo)
    assert first.SOPInstanceUID == second.SOPInstanceUID
    assert first.PixelData == second.PixelData
    assert first.DimensionOrganizationSequence == second.DimensionOrganizationSequence
    _, (without,), _ = _screened(ReportScreener(weights), photo)
    assert without.SOPInstanceUID != report.SOPInstanceUID  # else an archive would seem to have the segmentation too
    other = _finding(weights, monkeypatch, segmenter_of_shapes(labels=[VESSELS, DISC]))
    _, (vessels, _), _ = _screened(other, photo)
    assert vessels.SOPInstanceUID != first.SOPInstanceUID
    assert [one.SegmentLabel for one in vessels.SegmentSequence] == ["Vessels", "Optic disc"]


def test_a_refused_photograph_has_none(finding: ReportScreener, photo: np.ndarray) -> None:
    row, derived, _ = _screened(finding, photo[..., 1].copy())
    assert row["status"] == "not_fundus"
    assert [one.Modality for one in derived] == ["SR"]
    assert "segmentation" not in row


def test_a_segmentation_of_nothing_is_still_one(
    weights: str, photo: np.ndarray, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    finding = _finding(weights, monkeypatch, segmenter_of_shapes(labels=[SOFT_EXUDATES]))
    with caplog.at_level(logging.WARNING):
        _, (segments, _), _ = _screened(finding, photo)
    assert not segments.pixel_array.any()
    assert not caplog.records


@pytest.mark.skipif(_DCIODVFY is None, reason="dciodvfy is not installed: apt-get install dicom3tools")
@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"PatientBirthDate": None, "StudyTime": None, "ImageLaterality": None},
        {"NumberOfFrames": 3},
        {"empty": True},
    ],
    ids=["whole", "sparse", "frames", "empty"],
)
def test_dciodvfy_finds_no_error(
    attributes: dict[str, Any], finding: ReportScreener, photo: np.ndarray, tmp_path: Path
) -> None:
    empty = attributes.pop("empty", False)
    frames = attributes.get("NumberOfFrames", 1)
    source = source_header(dicom_dataset(np.stack([photo] * frames) if frames > 1 else photo, **attributes), "a.dcm")
    masks = {mask: np.zeros(photo.shape[:2], np.bool_) for mask in (ARTERIES, VEINS, DISC, HAEMORRHAGES)}
    masks[DISC][20:40, 30:50] = not empty
    assert finding.structures is not None
    made = segmentation(source, masks, frames, finding.structures, finding.identity, "left")
    path = tmp_path / "a.dcm"
    made.save_as(path)
    result = subprocess.run([str(_DCIODVFY), str(path)], capture_output=True, text=True, check=False)
    assert not [line for line in (result.stderr + result.stdout).splitlines() if line.startswith("Error")]
    read = dcmread(path)
    references = read.PerFrameFunctionalGroupsSequence[0].DerivationImageSequence[0].SourceImageSequence
    assert references[0].get("ReferencedFrameNumber") == (frames if frames > 1 else None)
