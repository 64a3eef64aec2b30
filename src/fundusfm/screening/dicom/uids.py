"""UIDs of derived instances, made from what they derive from: a second run yields the same instances."""

from fundusfm.screening.dicom.predictions import Identity

_EDITION = "2"
"""Of what is written: two instances of one UID must have the same content, so a change of it changes all UIDs."""


def derived_uid(kind: str, source_uid: str, identity: Identity, *details: str) -> str:
    """Returns a UID that depends on its arguments alone.

    Args:
        kind: What the UID is of, such as `report` or `report series`.
        source_uid: Of the image, or of the study for a series.
        identity: The model.
        *details: What else tells instances apart, such as the frame.
    """
    from pydicom.uid import generate_uid

    return str(generate_uid(entropy_srcs=["fundusfm", _EDITION, kind, source_uid, identity.digest, *details]))
