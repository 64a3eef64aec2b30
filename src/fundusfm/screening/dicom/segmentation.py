"""The structures of a photograph as a DICOM Segmentation (PS3.3, A.51): a segment per structure, in its own pixels."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from fundusfm.models.segmentation.structures import (
    ARTERIES,
    DISC,
    HAEMORRHAGES,
    HARD_EXUDATES,
    LESIONS,
    MASKS,
    MICROANEURYSMS,
    SOFT_EXUDATES,
    VEINS,
    VESSELS,
    WORDS,
)
from fundusfm.screening.dicom.codes import SCHEME
from fundusfm.screening.dicom.predictions import Identity
from fundusfm.screening.dicom.structured_report import MANUFACTURER
from fundusfm.screening.dicom.uids import derived_uid
from fundusfm.structures.finder import StructureFinder
from fundusfm.structures.layers import COLOURS
from fundusfm.structures.masks import Mask

if TYPE_CHECKING:
    from highdicom.seg import SegmentDescription
    from pydicom.dataelem import DataElement
    from pydicom.dataset import Dataset

SERIES_NUMBER = 9004
# SNOMED CT as far as the code dictionaries at hand hold it (PS3.16, CID 7151 among others); else our own scheme.
_TYPES = {
    VESSELS: ("59820001", "SCT", "Blood Vessel"),
    ARTERIES: ("51114001", "SCT", "Artery"),
    VEINS: ("29092000", "SCT", "Vein"),
    DISC: ("81016008", "SCT", "Optic nerve head"),
    HAEMORRHAGES: ("50960005", "SCT", "Hemorrhage"),
    MICROANEURYSMS: ("microaneurysm", SCHEME, "Retinal microaneurysm"),
    HARD_EXUDATES: ("hard-exudate", SCHEME, "Hard exudate of the retina"),
    SOFT_EXUDATES: ("soft-exudate", SCHEME, "Soft exudate of the retina (cotton wool spot)"),
}
_ANATOMY, _ABNORMAL = (
    ("91723000", "SCT", "Anatomical Structure"),
    ("49755003", "SCT", "Morphologically Altered Structure"),
)
_RETINA = ("5665001", "SCT", "Retina")
_EYES = {"left": ("7771000", "SCT", "Left"), "right": ("24028007", "SCT", "Right")}
_FAMILY = ("123110", "DCM", "Artificial Intelligence")
_OPHTHALMIC = "1.2.840.10008.5.1.4.1.1.77.1.5.1"  # Ophthalmic Photography 8 Bit Image Storage (PS3.6)


def segmentation_series(study_uid: str, identity: Identity) -> str:
    """Returns the UID of the series that holds a model's segmentations of one study."""
    return derived_uid("segmentation series", study_uid, identity)


def segmentation_uid(source_uid: str, frame: int, identity: Identity) -> str:
    """Returns the UID of the segmentation of one frame (from 1)."""
    return derived_uid("segmentation", source_uid, identity, str(frame))


def segments_of(labels: Sequence[str]) -> list[str]:
    """Returns the masks that become segments; where arteries and veins are known, they stand for the vessels."""
    both = {ARTERIES, VEINS} <= set(labels)
    return [mask for mask in MASKS if mask in labels and not (mask == VESSELS and both)]


def segmentation(
    source: "Dataset", masks: Mapping[str, Mask], frame: int, finder: StructureFinder, identity: Identity, eye: str = ""
) -> "Dataset":
    """Wraps the masks of a photograph as a binary segmentation of the source's patient and study.

    A mask without a pixel is described as a segment and has no frame.

    Args:
        source: Header of the image, from `source_header`.
        masks: bool (Rows, Columns) by mask.
        frame: Frame that they are of, from 1.
        finder: What found them.
        identity: Who predicts.
        eye: `left` or `right`; empty where the header names none or contradicts itself.
    """
    from highdicom.seg import Segmentation

    shown = segments_of(list(masks))
    made = Segmentation(
        source_images=[_one_frame(source)],
        pixel_array=np.stack([masks[mask] for mask in shown], axis=-1)[None],
        segmentation_type="BINARY",
        segment_descriptions=[_described(number, mask, finder, eye) for number, mask in enumerate(shown, start=1)],
        series_instance_uid=segmentation_series(source.StudyInstanceUID, identity),
        series_number=SERIES_NUMBER,
        sop_instance_uid=segmentation_uid(source.SOPInstanceUID, frame, identity),
        instance_number=frame,
        manufacturer=MANUFACTURER,
        manufacturer_model_name=finder.name[:64],
        software_versions=(finder.segmenter.card.code_version or "0")[:64],
        device_serial_number=finder.hash[:64],
        content_label="STRUCTURES",
        content_description="Found by a network; research use, not a diagnosis",
        series_description=f"Structures: FundusFM {finder.name}"[:64],
        # An empty frame per structure that was not found would only take room; none at all is not valid.
        omit_empty_frames=any(masks[mask].any() for mask in shown),
    )
    del made.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence
    organization = derived_uid("segmentation dimensions", source.SOPInstanceUID, identity, str(frame))
    made.DimensionOrganizationSequence[0].DimensionOrganizationUID = organization
    for index in made.DimensionIndexSequence:
        index.DimensionOrganizationUID = organization
    if int(source.get("NumberOfFrames") or 1) > 1:
        for group in made.PerFrameFunctionalGroupsSequence:
            group.DerivationImageSequence[0].SourceImageSequence[0].ReferencedFrameNumber = frame
    made.walk(partial(_refer_to_class, str(source.SOPClassUID)))
    made.PatientOrientation = source.get("PatientOrientation") or ""
    return made


def _one_frame(source: "Dataset") -> "Dataset":
    """Returns a header of one frame with the functional groups that highdicom reads from any multi-frame object.

    Ophthalmic photographs are multi-frame objects without such groups and without a frame of reference. Highdicom asks
    for attributes of specimens in secondary captures and knows no private classes, so every image passes for one.
    """
    from pydicom.dataset import Dataset

    groups = Dataset()
    groups.PixelMeasuresSequence = [Dataset()]
    header = deepcopy(source)
    header.SOPClassUID, header.NumberOfFrames = _OPHTHALMIC, 1
    header.SharedFunctionalGroupsSequence = [groups]
    return header


def _refer_to_class(sop_class: str, dataset: "Dataset", element: "DataElement") -> None:
    """Names the true class of the photograph in a reference to it."""
    if element.keyword == "ReferencedSOPClassUID" and element.value == _OPHTHALMIC:
        dataset.ReferencedSOPClassUID = sop_class


def _described(number: int, mask: str, finder: StructureFinder, eye: str) -> "SegmentDescription":
    from highdicom import AlgorithmIdentificationSequence
    from highdicom.color import CIELabColor
    from highdicom.seg import SegmentDescription
    from highdicom.sr import CodedConcept

    description = SegmentDescription(
        segment_number=number,
        segment_label=WORDS[mask].capitalize(),
        segmented_property_category=CodedConcept(*(_ABNORMAL if mask in LESIONS else _ANATOMY)),
        segmented_property_type=CodedConcept(*_TYPES[mask]),
        algorithm_type="AUTOMATIC",
        algorithm_identification=AlgorithmIdentificationSequence(
            name=finder.name[:64], version=finder.hash[:64], family=CodedConcept(*_FAMILY)
        ),
        anatomic_regions=[CodedConcept(*_RETINA)],
        display_color=CIELabColor.from_rgb(*COLOURS[mask]),
    )
    if eye in _EYES:
        description.AnatomicRegionSequence[0].AnatomicRegionModifierSequence = [CodedConcept(*_EYES[eye])]
    return description
