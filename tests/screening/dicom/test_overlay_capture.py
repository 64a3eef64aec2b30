"""Overlays: drawn on the whole photograph, small enough to read, filed beside their image."""

import numpy as np
from tests.dicom_files import dicom_dataset

from fundusfm.screening.dicom.overlay_capture import overlay_capture, overlay_picture, overlay_uid
from fundusfm.screening.dicom.predictions import ReportScreener
from fundusfm.screening.dicom.source import source_header


def test_a_picture_is_no_larger_than_a_screen(screener: ReportScreener, photo: np.ndarray) -> None:
    assert overlay_picture(screener.bundle, photo, "abnormal").shape == photo.shape
    large = np.repeat(np.repeat(photo, 12, axis=0), 12, axis=1)
    shown = overlay_picture(screener.bundle, large, "abnormal")
    assert max(shown.shape) == 1536
    assert abs(shown.shape[0] / shown.shape[1] - photo.shape[0] / photo.shape[1]) < 0.01


def test_a_capture_is_a_derived_image_of_the_same_study(screener: ReportScreener, photo: np.ndarray) -> None:
    source = dicom_dataset(photo)
    picture = overlay_picture(screener.bundle, photo, "abnormal")
    capture = overlay_capture(source_header(source, "a.dcm"), picture, 1, "abnormal", screener.identity)
    assert capture.StudyInstanceUID == source.StudyInstanceUID
    assert capture.SeriesInstanceUID != source.SeriesInstanceUID
    assert capture.ImageType[0] == "DERIVED"
    assert capture.SourceImageSequence[0].ReferencedSOPInstanceUID == source.SOPInstanceUID
    assert (capture.pixel_array == picture).all()
    assert screener.identity.weights_hash[:16] in capture.DerivationDescription


def test_each_frame_and_label_has_its_own(screener: ReportScreener) -> None:
    identity = screener.identity
    uids = {overlay_uid("1.2", frame, label, identity) for frame in (1, 2) for label in ("abnormal", "dr")}
    assert len(uids) == 4
