"""The structures of a photograph as a DICOM Segmentation (PS3.3, A.51), with a segment per structure."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from fundusfm.models.segmentation.arrays import Mask
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

if TYPE_CHECKING:
    from highdicom.seg import SegmentDescription
    from pydicom.dataelem import DataElement
    from pydicom.dataset import Dataset

SERIES_NUMBER = 9004
# SNOMED CT where it has a code (PS3.16, CID 7151 among others); otherwise our own scheme.
_PROPERTY_TYPES = {
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
    """Returns the masks that become segments; arteries and veins, where both are known, replace the vessels."""
    both = {ARTERIES, VEINS} <= set(labels)
    return [mask for mask in MASKS if mask in labels and not (mask == VESSELS and both)]


def segmentation(
    source: "Dataset", masks: Mapping[str, Mask], frame: int, finder: StructureFinder, identity: Identity, eye: str = ""
) -> "Dataset":
    """Makes a binary segmentation from the masks of a photograph, in the source's patient and study.

    An empty mask has a description but no frame.

    Args:
        source: Header of the image, from `source_header`.
        masks: bool (Rows, Columns) by mask.
        frame: Number of their frame, from 1.
        finder: The segmenter that found them.
        identity: Identity of the model.
        eye: `left` or `right`; empty where the header names none or contradicts itself.
    """
    from highdicom.seg import Segmentation

    shown = segments_of(list(masks))
    made = Segmentation(
        source_images=[_single_frame(source)],
        pixel_array=np.stack([masks[mask] for mask in shown], axis=-1)[None],
        segmentation_type="BINARY",
        segment_descriptions=[_segment(number, mask, finder, eye) for number, mask in enumerate(shown, start=1)],
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
        # Empty frames of structures that were not found would only take room, but a file without frames is not valid.
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


def _single_frame(source: "Dataset") -> "Dataset":
    """Returns the header of a single frame, with the functional groups that highdicom reads from multi-frame objects.

    Ophthalmic photographs are multi-frame objects, but have neither such groups nor a frame of reference. In secondary
    captures, highdicom asks for attributes of specimens, and it knows no private classes. So every image is passed off
    as ophthalmic.
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


def _segment(number: int, mask: str, finder: StructureFinder, eye: str) -> "SegmentDescription":
    from highdicom import AlgorithmIdentificationSequence
    from highdicom.color import CIELabColor
    from highdicom.seg import SegmentDescription
    from highdicom.sr import CodedConcept

    description = SegmentDescription(
        segment_number=number,
        segment_label=WORDS[mask].capitalize(),
        segmented_property_category=CodedConcept(*(_ABNORMAL if mask in LESIONS else _ANATOMY)),
        segmented_property_type=CodedConcept(*_PROPERTY_TYPES[mask]),
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
