"""Reports and overlays: content, identity, the right study, and dciodvfy's verdict."""

import shutil
import subprocess
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from highdicom.sr import ComprehensiveSR
from pydicom import Dataset, dcmread
from tests.dicom_files import PATIENT_ID, dicom_dataset

from fundusfm.errors import DecodeError
from fundusfm.models.card.referral import ReferralRule
from fundusfm.models.trainable import load_bundle, save_bundle
from fundusfm.screening.dicom.overlay_capture import overlay_capture, overlay_picture
from fundusfm.screening.dicom.predictions import ReportScreener
from fundusfm.screening.dicom.source import source_header
from fundusfm.screening.dicom.structured_report import structured_report

_DCIODVFY = shutil.which("dciodvfy")


def _report(screener: ReportScreener, photo: np.ndarray, **attributes: object) -> Dataset:
    frames = int(attributes.get("NumberOfFrames") or 1)
    pixels = np.stack([photo] * frames) if "NumberOfFrames" in attributes else photo
    source = source_header(dicom_dataset(pixels, **attributes), "a.dcm")
    row = screener.screen("a.dcm", photo) | {"eye": "right"}
    return structured_report(source, dict.fromkeys(range(1, frames + 1), row), screener.identity)


def _capture(screener: ReportScreener, photo: np.ndarray) -> Dataset:
    source = source_header(dicom_dataset(photo), "a.dcm")
    picture = overlay_picture(screener.bundle, photo, "abnormal")
    return overlay_capture(source, picture, 1, "abnormal", screener.identity)


def test_an_eye_in_doubt_is_said_in_every_group(screener: ReportScreener, photo: np.ndarray) -> None:
    row = screener.screen("a.dcm", photo) | {"eye": "", "eye_doubt": "the header says left and right"}
    report = structured_report(source_header(dicom_dataset(photo), "a.dcm"), {1: row}, screener.identity)
    groups = ComprehensiveSR.from_dataset(report).content.get_image_measurement_groups()
    for group in groups:
        assert group.finding_sites[0].laterality is None
        said = {item.name.meaning: item.value.meaning for item in group.get_qualitative_evaluations()}
        assert said["Which eye"] == "In doubt: the header contradicts itself"


def test_report_states_finding_decision_and_model(screener: ReportScreener, photo: np.ndarray) -> None:
    report = _report(screener, photo)
    row = screener.screen("a.dcm", photo)
    source = dicom_dataset(photo)
    assert (report.PatientID, report.StudyInstanceUID) == (PATIENT_ID, source.StudyInstanceUID)
    groups = ComprehensiveSR.from_dataset(report).content.get_image_measurement_groups()
    assert len(groups) == 2
    measured = {m.name.meaning: float(m.value) for m in groups[0].get_measurements()}
    assert measured["Score, not calibrated"] == pytest.approx(row["abnormal.score"], abs=1e-6)
    assert measured["Probability"] == pytest.approx(row["abnormal.probability"], abs=1e-6)
    assert measured["Score threshold of the operating point"] == 0.4
    decisions = [item.value.meaning for item in groups[0].get_qualitative_evaluations()]
    assert decisions == ["Positive" if row["abnormal.decision"] else "Negative"]
    assert not groups[1].get_qualitative_evaluations()
    assert groups[1].finding_type.meaning == "Diabetic retinopathy"
    assert groups[0].finding_sites[0].laterality.meaning == "Right"
    assert groups[0].source_images[0].referenced_sop_instance_uid == source.SOPInstanceUID
    file = BytesIO()
    report.save_as(file)
    assert screener.identity.weights_hash.encode() in file.getvalue()
    assert b"operating point youden: positive at a score of at least 0.4" in file.getvalue()
    assert report.VerificationFlag == "UNVERIFIED"


def test_second_run_gives_the_same_instances(screener: ReportScreener, photo: np.ndarray, weights: str) -> None:
    for build in (_report, _capture):
        first, second = build(screener, photo), build(ReportScreener(weights), photo)
        assert (first.SOPInstanceUID, first.SeriesInstanceUID) == (second.SOPInstanceUID, second.SeriesInstanceUID)
    other = ReportScreener(weights, operating_point="screening")
    assert _report(other, photo).SOPInstanceUID != _report(screener, photo).SOPInstanceUID


def test_frames_are_referenced_one_by_one(screener: ReportScreener, photo: np.ndarray) -> None:
    groups = ComprehensiveSR.from_dataset(
        _report(screener, photo, NumberOfFrames=2)
    ).content.get_image_measurement_groups()
    assert [group.source_images[0].referenced_frame_numbers for group in groups] == [[1], [1], [2], [2]]


def _refused(screener: ReportScreener, photo: np.ndarray, **attributes: object) -> Dataset:
    """A report on three frames: one that is scored, one too dark, one that is no fundus photograph."""
    source = source_header(dicom_dataset(np.stack([photo] * 3), NumberOfFrames=3, **attributes), "a.dcm")
    dark = {"status": "ungradable", "reason": "too dark", "quality": 0.1, "eye": "right"}
    cat = {
        "status": "not_fundus",
        "quality": 0.0,
        "reason": "not a colour fundus photograph: hard contours and many colours",
    }
    return structured_report(source, {1: screener.screen("a.dcm", photo), 2: dark, 3: cat}, screener.identity)


def test_refused_frames_are_seen_and_have_no_finding(screener: ReportScreener, photo: np.ndarray) -> None:
    report = ComprehensiveSR.from_dataset(_refused(screener, photo))
    groups = report.content.get_image_measurement_groups()
    assert [group.finding_type is None for group in groups] == [False, False, True, True]
    said = [[item.value.meaning for item in group.get_qualitative_evaluations()] for group in groups[2:]]
    assert said == [
        ["Unusable - Quality renders image unusable", "Too dark"],
        ["Not a colour fundus photograph", "Contours harder than those of a retina", "More colours than a retina has"],
    ]
    assert [group.source_images[0].referenced_frame_numbers for group in groups[2:]] == [[2], [3]]
    assert [float(group.get_measurements()[0].value) for group in groups[2:]] == [0.1, 0.0]
    assert groups[2].finding_sites[0].laterality.meaning == "Right"
    assert not groups[3].finding_sites


def test_the_decision_comes_first_with_the_labels_that_it_is_for(
    weights: str, tmp_path: Path, photo: np.ndarray
) -> None:
    bundle = load_bundle(weights)
    rule = ReferralRule(goal="specificity", target=0.8, thresholds={"abnormal": 1e-9, "dr": 1.0})
    shares = {"cv": {"dr": {"prevalence": {"mean": 0.04, "std": 0.0, "low": 0.03, "high": 0.05, "folds": [0.04]}}}}
    known = {"referral": rule, "temperature": {"dr": 1.5}, "metrics": shares}
    save_bundle(tmp_path / "bundle", bundle.network, bundle.card.model_copy(update=known))
    decided = ReportScreener(str(tmp_path / "bundle"))
    assert decided.screen("a.dcm", photo)["refer"] == "yes"
    groups = ComprehensiveSR.from_dataset(_report(decided, photo)).content.get_image_measurement_groups()
    assert len(groups) == 3
    said = [(item.name.meaning, item.value.meaning) for item in groups[0].get_qualitative_evaluations()]
    assert said == [("Decision of the referral rule", "Refer"), ("Label that reached its threshold", "abnormal")]
    assert groups[0].source_images
    measured = [{m.name.meaning: float(m.value) for m in group.get_measurements()} for group in groups]
    assert [one.get("Prevalence for which the probability holds") for one in measured] == [None, None, 0.04]


def test_image_without_a_study_is_refused(photo: np.ndarray) -> None:
    with pytest.raises(DecodeError, match="no StudyInstanceUID"):
        source_header(dicom_dataset(photo, StudyInstanceUID=None), "a.dcm")


def _sparse(photo: np.ndarray) -> dict[str, None]:
    return dict.fromkeys(
        (
            "PatientBirthDate",
            "PatientSex",
            "AccessionNumber",
            "StudyID",
            "ReferringPhysicianName",
            "ImageLaterality",
            "PatientName",
            "StudyTime",
        )
    )


@pytest.mark.skipif(_DCIODVFY is None, reason="dciodvfy is not installed: apt-get install dicom3tools")
@pytest.mark.parametrize("kind", ["report", "sparse", "frames", "refused", "overlay"])
def test_dciodvfy_finds_no_error(kind: str, screener: ReportScreener, photo: np.ndarray, tmp_path: Path) -> None:
    dataset = {
        "report": lambda: _report(screener, photo),
        "sparse": lambda: _report(screener, photo, **_sparse(photo)),
        "frames": lambda: _report(screener, photo, NumberOfFrames=3),
        "refused": lambda: _refused(screener, photo, **_sparse(photo)),
        "overlay": lambda: _capture(screener, photo),
    }[kind]()
    path = tmp_path / "a.dcm"
    dataset.save_as(path)
    result = subprocess.run([str(_DCIODVFY), str(path)], capture_output=True, text=True, check=False)
    errors = [line for line in (result.stderr + result.stdout).splitlines() if line.startswith("Error")]
    assert not errors
    assert dcmread(path).SOPInstanceUID == dataset.SOPInstanceUID
