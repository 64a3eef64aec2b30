"""The activation map over its photograph as a DICOM Secondary Capture, filed beside the photograph."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fundusfm.data.fov.crop import Crop
from fundusfm.data.fov.detect import find_fov
from fundusfm.data.shrink import shrunk
from fundusfm.explain.cam import heat_map
from fundusfm.explain.overlay import in_original, overlay
from fundusfm.models.bundle import Bundle
from fundusfm.screening.dicom.predictions import Identity
from fundusfm.screening.dicom.structured_report import MANUFACTURER
from fundusfm.screening.dicom.uids import derived_uid

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

SERIES_NUMBER = 9002
# A map has a few dozen cells across; more pixels than a reading screen shows would only fill the archive.
_LONGEST_SIDE = 1536


def overlay_series(study_uid: str, identity: Identity) -> str:
    """Returns the UID of the series that holds a model's overlays of one study."""
    return derived_uid("overlay series", study_uid, identity)


def overlay_uid(source_uid: str, frame: int, label: str, identity: Identity) -> str:
    """Returns the UID of the overlay of one frame (from 1)."""
    return derived_uid("overlay", source_uid, identity, label, str(frame))


def overlay_picture(bundle: Bundle, image: NDArray[np.uint8], label: str) -> NDArray[np.uint8]:
    """Draws the Grad-CAM of a label over a photograph.

    Args:
        bundle: A model with a head.
        image: uint8 (h, w, 3) RGB.
        label: One of its labels.

    Returns:
        uint8 RGB, at most 1536 pixels on its longer side.
    """
    height, width = image.shape[:2]
    crop = Crop(find_fov(image), bundle.card.size)
    heat = heat_map(bundle, crop.apply(image), label)
    return shrunk(overlay(image, in_original(heat, crop, height, width)), _LONGEST_SIDE)


def overlay_capture(
    source: "Dataset", picture: NDArray[np.uint8], frame: int, label: str, identity: Identity, eye: str = ""
) -> "Dataset":
    """Wraps an overlay as a derived RGB secondary capture of the source's patient and study.

    Args:
        source: Header of the image, from `source_header`.
        picture: uint8 (h, w, 3) RGB.
        frame: Frame that it shows, from 1.
        label: Label whose evidence it shows.
        identity: Who drew it.
        eye: `left` or `right`; empty where the header names none or contradicts itself.
    """
    from highdicom.sc import SCImage
    from pydicom.dataset import Dataset
    from pydicom.uid import RLELossless

    card = identity.card
    capture = SCImage.from_ref_dataset(
        ref_dataset=source,
        pixel_array=picture,
        photometric_interpretation="RGB",
        bits_allocated=8,
        coordinate_system="PATIENT",
        series_instance_uid=overlay_series(source.StudyInstanceUID, identity),
        series_number=SERIES_NUMBER,
        sop_instance_uid=overlay_uid(source.SOPInstanceUID, frame, label, identity),
        instance_number=frame,
        manufacturer=MANUFACTURER,
        patient_orientation=("L", "F"),
        transfer_syntax_uid=RLELossless,
        series_description=f"Grad-CAM of {label}: FundusFM {card.name}"[:64],
        manufacturer_model_name=card.name[:64],
        software_versions=(card.code_version or "0")[:64],
        device_serial_number=identity.weights_hash[:64],
    )
    capture.ImageType = ["DERIVED", "SECONDARY"]
    capture.DerivationDescription = (
        f"Grad-CAM: where the model {card.name} (weights {identity.weights_hash[:16]}) sees evidence for {label}; "
        "research use, not a diagnosis"
    )
    reference = Dataset()
    reference.ReferencedSOPClassUID = source.SOPClassUID
    reference.ReferencedSOPInstanceUID = source.SOPInstanceUID
    if int(source.get("NumberOfFrames") or 1) > 1:
        reference.ReferencedFrameNumber = frame
    capture.SourceImageSequence = [reference]
    capture.BurnedInAnnotation = "NO"
    capture.Laterality = {"left": "L", "right": "R"}.get(eye, "")
    return capture
