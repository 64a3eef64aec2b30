"""DICOM files made from generated photographs, in every transfer syntax that can be encoded here."""

from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.filewriter import dcmwrite
from pydicom.uid import (
    JPEG2000,
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
    generate_uid,
)

OPHTHALMIC_8 = "1.2.840.10008.5.1.4.1.1.77.1.5.1"
OPHTHALMIC_16 = "1.2.840.10008.5.1.4.1.1.77.1.5.2"
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
PATIENT_NAME, PATIENT_ID = "Quillfeather^Ottoline", "MRN-7744-Q"

LOSSLESS = {
    "implicit": ImplicitVRLittleEndian,
    "explicit": ExplicitVRLittleEndian,
    "big": ExplicitVRBigEndian,
    "deflated": DeflatedExplicitVRLittleEndian,
    "rle": RLELossless,
    "jpeg-ls": JPEGLSLossless,
    "jpeg-2000": JPEG2000Lossless,
}
LOSSY = {"jpeg": JPEGBaseline8Bit, "jpeg-ls-near": JPEGLSNearLossless, "jpeg-2000-lossy": JPEG2000}
SYNTAXES = LOSSLESS | LOSSY


def dicom_dataset(
    pixels: np.ndarray,
    *,
    bits: int = 8,
    interpretation: str = "",
    entropy: str = "a",
    sop_class: str = "",
    **attributes: Any,
) -> FileDataset:
    """Returns an uncompressed Ophthalmic Photography image of an invented patient.

    Args:
        pixels: (h, w) or (h, w, 3), or several frames of these along a first axis when `NumberOfFrames` is given.
        bits: Bits Stored.
        interpretation: Photometric Interpretation; RGB or MONOCHROME2 by default.
        entropy: Files of equal entropy have equal UIDs.
        sop_class: Ophthalmic Photography of 8 or 16 bit by default.
        **attributes: Set, or left out where None.
    """
    meta = FileMetaDataset()
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    frames = attributes.get("NumberOfFrames") is not None
    colour = pixels.ndim == 3 + frames
    deep = pixels.dtype.itemsize == 2
    values: dict[str, Any] = {
        "SOPClassUID": sop_class or (OPHTHALMIC_16 if deep else OPHTHALMIC_8),
        "SOPInstanceUID": generate_uid(entropy_srcs=[entropy, "instance"]),
        "StudyInstanceUID": generate_uid(entropy_srcs=[entropy[:1], "study"]),
        "SeriesInstanceUID": generate_uid(entropy_srcs=[entropy[:1], "series"]),
        "PatientName": PATIENT_NAME,
        "PatientID": PATIENT_ID,
        "PatientBirthDate": "19410203",
        "PatientSex": "F",
        "StudyDate": "20240506",
        "StudyTime": "101112",
        "AccessionNumber": "ACC-55",
        "StudyID": "S-9",
        "ContentDate": "20240506",
        "ContentTime": "101112",
        "AcquisitionDateTime": "20240506101112",
        "ReferringPhysicianName": "Bramblewick^Ada",
        "Modality": "OP",
        "Manufacturer": "Maker",
        "SeriesNumber": 1,
        "InstanceNumber": 1,
        "ImageType": ["ORIGINAL", "PRIMARY"],
        "ImageLaterality": "R",
        "PatientOrientation": "",
        "InstitutionName": "Saint Eleven",
        "NumberOfFrames": 1,
        "BurnedInAnnotation": "NO",
        "Rows": pixels.shape[frames],
        "Columns": pixels.shape[frames + 1],
        "SamplesPerPixel": 3 if colour else 1,
        "PhotometricInterpretation": interpretation or ("RGB" if colour else "MONOCHROME2"),
        "BitsAllocated": 16 if deep else 8,
        "BitsStored": bits,
        "HighBit": bits - 1,
        "PixelRepresentation": 0,
    }
    if colour:
        values["PlanarConfiguration"] = 0
    for keyword, value in (values | attributes).items():
        if value is not None:
            setattr(dataset, keyword, value)
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.PixelData = np.ascontiguousarray(pixels).tobytes()
    dataset["PixelData"].VR = "OW" if deep else "OB"
    return dataset


def dicom_bytes(dataset: Dataset, syntax: UID = ExplicitVRLittleEndian) -> bytes:
    """Returns the file, encoded in a transfer syntax."""
    if syntax == JPEGBaseline8Bit:
        _compress_jpeg(dataset)
    elif syntax.is_encapsulated:
        near = {"j2k_cr": [2]} if syntax == JPEG2000 else {"jls_error": 2} if syntax == JPEGLSNearLossless else {}
        dataset.compress(syntax, generate_instance_uid=False, **near)
    else:
        if syntax == ExplicitVRBigEndian and dataset.BitsAllocated == 16:
            dataset.PixelData = np.frombuffer(dataset.PixelData, "<u2").byteswap().tobytes()
        dataset.file_meta.TransferSyntaxUID = syntax
    return written(dataset)


def written(dataset: Dataset) -> bytes:
    """Returns the file, with pixel data as they are."""
    file = BytesIO()
    big = dataset.file_meta.TransferSyntaxUID == ExplicitVRBigEndian
    dcmwrite(
        file,
        dataset,
        enforce_file_format=not big,
        force_encoding=big,
        **({"little_endian": False, "implicit_vr": False} if big else {}),
    )
    return file.getvalue()


def _compress_jpeg(dataset: Dataset) -> None:
    shape = (dataset.Rows, dataset.Columns) + ((3,) if dataset.SamplesPerPixel == 3 else ())
    frames = np.frombuffer(dataset.PixelData, np.uint8).reshape(int(dataset.NumberOfFrames), *shape)
    encoded = []
    for frame in frames:
        file = BytesIO()
        Image.fromarray(frame).save(file, "JPEG", quality=95, subsampling=2 if len(shape) == 3 else -1)
        encoded.append(file.getvalue())
    dataset.PixelData = encapsulate(encoded)
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
    if len(shape) == 3:
        dataset.PhotometricInterpretation = "YBR_FULL_422"
    dataset.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
