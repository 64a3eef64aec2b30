"""A copy of an image without the patient: what is known to be needed is kept, everything else is left behind.

PS3.15 (annex E) lists hundreds of attributes to remove and grows with every edition; a list of what to keep cannot miss
one. Text other than coded strings is kept only where it names the camera.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fundusfm.data.dicom.dataset import DAMAGE
from fundusfm.data.dicom.frames import check_image
from fundusfm.data.dicom.header import header_text, read_header
from fundusfm.data.dicom.laterality import Side, sides_of
from fundusfm.data.dicom.pseudonym import pseudo_uid, pseudonym
from fundusfm.data.dicom.segments import without_comments
from fundusfm.errors import DecodeError

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_KEPT = (
    "SOPClassUID",
    "Modality",
    "ImageType",
    "ConversionType",
    "ImageLaterality",
    "Laterality",
    "Manufacturer",
    "ManufacturerModelName",
    "NumberOfFrames",
    "BurnedInAnnotation",
    "PixelData",
)
_UIDS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")
_EMPTY = (
    "PatientBirthDate",
    "PatientSex",
    "StudyDate",
    "StudyTime",
    "StudyID",
    "AccessionNumber",
    "ReferringPhysicianName",
    "ContentDate",
    "ContentTime",
    "SeriesNumber",
    "InstanceNumber",
    "PatientOrientation",
)
# Group 0028 describes pixels; its free text (comments, explanations, addresses) does not have these types.
_PIXEL_GROUP = 0x0028
_PIXEL_TYPES = frozenset(("US", "SS", "UL", "CS", "DS", "IS", "OB", "OW", "FD", "FL", "SQ"))
_METHOD = "FundusFM: attributes by allow list, UIDs and patient id replaced"


def anonymous(dataset: "Dataset", name: str, salt: bytes) -> "Dataset":
    """Copies an image without the patient.

    Args:
        dataset: DICOM dataset, pixels included.
        name: What to call it in messages.
        salt: Secret that pseudonyms and UIDs follow from.

    Raises:
        DecodeError: It is no image, declares burned-in text, or its compressed frames cannot be cleaned of comments.
    """
    check_image(dataset, name)
    if header_text(dataset, "BurnedInAnnotation").upper() == "YES":
        raise DecodeError(
            f"{name} (DICOM) declares text burned into its pixels, which may be the patient's name: blank it first."
        )
    try:
        return _copied(dataset, name, salt)
    except DAMAGE as error:
        raise DecodeError(f"{name} (DICOM) is damaged ({type(error).__name__}): export it again.") from None


def _copied(dataset: "Dataset", name: str, salt: bytes) -> "Dataset":
    from pydicom.dataset import Dataset, FileMetaDataset

    header, syntax = read_header(dataset), dataset.file_meta.TransferSyntaxUID
    copy = _pixel_description(dataset)
    for keyword in _KEPT:
        if keyword in dataset:
            copy[keyword] = dataset[keyword]
    _state_sides(copy, sides_of(dataset, header.frames, name))
    for keyword in _UIDS:
        setattr(copy, keyword, pseudo_uid(header_text(dataset, keyword), salt))
    if syntax.is_encapsulated:
        copy.PixelData = without_comments(dataset.PixelData, header.frames, syntax, name)
        copy["PixelData"].VR = "OB"
        copy["PixelData"].is_undefined_length = True
    for keyword in _EMPTY:
        setattr(copy, keyword, None)
    copy.PatientID = copy.PatientName = pseudonym(header.patient, salt)
    copy.PatientIdentityRemoved = "YES"
    copy.DeidentificationMethod = _METHOD
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator = "113100", "DCM"
    item.CodeMeaning = "Basic Application Confidentiality Profile"
    copy.DeidentificationMethodCodeSequence = [item]
    copy.file_meta = FileMetaDataset()
    copy.file_meta.MediaStorageSOPClassUID = copy.SOPClassUID
    copy.file_meta.MediaStorageSOPInstanceUID = copy.SOPInstanceUID
    copy.file_meta.TransferSyntaxUID = syntax
    return copy


def _state_sides(copy: "Dataset", sides: Sequence[Side]) -> None:
    """Makes a copy say the eye of every frame that the image says, where what was kept of its header does not.

    Args:
        copy: Has the attributes that are kept.
        sides: Of the image.
    """
    from pydicom.dataset import Dataset

    if [side.eye for side in sides] == [side.eye for side in sides_of(copy, len(sides))]:
        return
    for keyword in ("ImageLaterality", "Laterality"):
        if keyword in copy:
            del copy[keyword]
    letters = [side.eye[:1].upper() for side in sides]
    if len(set(letters)) == 1:
        copy.ImageLaterality = letters[0]
        return
    groups = []
    for letter in letters:
        anatomy, group = Dataset(), Dataset()
        anatomy.FrameLaterality = letter
        group.FrameAnatomySequence = [anatomy]
        groups.append(group)
    copy.PerFrameFunctionalGroupsSequence = groups


def _pixel_description(dataset: "Dataset") -> "Dataset":
    from pydicom.dataset import Dataset

    kept = Dataset()
    for element in dataset:
        if element.tag.group != _PIXEL_GROUP or element.VR not in _PIXEL_TYPES:
            continue
        if element.VR == "SQ":
            setattr(kept, element.keyword, [_pixel_description(item) for item in element.value])
        else:
            kept[element.tag] = element
    return kept
