"""UIDs of derived instances, made from their sources, so that a second run yields the same instances."""

from fundusfm.screening.dicom.predictions import Identity

_EDITION = "4"
"""Version of the content: two instances of one UID must be equal, so new content needs new UIDs."""


def derived_uid(kind: str, source_uid: str, identity: Identity, *details: str) -> str:
    """Returns a UID that depends on its arguments alone.

    Args:
        kind: Kind of thing that gets the UID, such as `report` or `report series`.
        source_uid: UID of the image, or of the study for a series.
        identity: Model that predicts.
        *details: Whatever else tells instances apart, such as the frame.
    """
    from pydicom.uid import generate_uid

    return str(generate_uid(entropy_srcs=["fundusfm", _EDITION, kind, source_uid, identity.digest, *details]))
