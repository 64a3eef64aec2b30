"""Whether what writes DICOM is installed."""

from importlib.util import find_spec

from fundusfm.errors import MissingExtraError

_PACKAGES = ("pydicom", "highdicom", "dicomweb_client")


def require_dicom() -> None:
    """Refuses to start without the extra.

    Raises:
        MissingExtraError: A package of `[dicom]` is missing.
    """
    for package in _PACKAGES:
        if find_spec(package) is None:
            raise MissingExtraError(package, "dicom")
