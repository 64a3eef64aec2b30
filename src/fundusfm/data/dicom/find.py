"""Which DICOM files were named: told from their content, since archives often name them without a suffix."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from fundusfm.data.dicom.dataset import is_dicom, read_dataset
from fundusfm.data.inputs.find import find_sources, is_one_file
from fundusfm.data.inputs.source import Source
from fundusfm.errors import ConfigError, DecodeError
from fundusfm.names import shown

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_KIND = "DICOM"
_OTHER = "no DICOM"


def find_dicom(paths: Sequence[str], *, skipped: Counter[str]) -> list[Source]:
    """Lists DICOM files, each once, with all its frames.

    Args:
        paths: Files, folders (searched to any depth), zip archives and manifests. A file that is named itself is
            listed whatever it is: reading it says why it cannot be used.
        skipped: Counts by reason what folders, archives and manifests hold besides; added to.

    Raises:
        ConfigError: A folder, archive or manifest holds no DICOM file.
        ManifestError: A manifest cannot be read.
    """
    files: dict[tuple[str, int], Source] = {}
    for given in paths:
        if is_one_file(given):
            files.setdefault((given, 0), Source(shown(given), given))
            continue
        found: dict[tuple[str, int], Source] = {}
        for source in find_sources([given], skipped=skipped):
            whole = replace(source, name=source.name.removesuffix(f"#{source.frame}"), frame=0)
            found.setdefault((source.path, source.entry), whole)
        kept = {place: source for place, source in found.items() if source.kind == _KIND}
        if not kept:
            raise ConfigError(
                f"{shown(given)} holds no DICOM file: give files, or the folder or archive that holds them."
            )
        if len(kept) < len(found):
            skipped[_OTHER] += len(found) - len(kept)
        files |= kept
    return list(files.values())


def read_dicom(source: Source) -> "Dataset":
    """Reads a file that `find_dicom` listed.

    Raises:
        DecodeError: It is missing, damaged, or no DICOM file.
    """
    content = source.read().content
    if not is_dicom(content):
        raise DecodeError(f"{source.name} is not a DICOM file (no DICM after 128 bytes).")
    return read_dataset(content, source.name)
