"""A zipped bundle: its files are taken out by name, so nothing in the archive decides where anything is written."""

import shutil
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from fundusfm.errors import WeightsError
from fundusfm.models.importing.bundle_files import CARD, FILES


def unpack_bundle(path: Path, target: Path) -> Path:
    """Takes the one bundle of a zip archive out of it.

    Args:
        path: The archive; the bundle's files lie at its top or in one folder.
        target: Folder to make.

    Returns:
        `target`.

    Raises:
        WeightsError: The archive is damaged, encrypted, larger than the free space, has a name that leads outside or a
            link, or not exactly one bundle.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            for member in members:
                _refuse_trap(path, member)
            inside = _bundle(path, [member.filename for member in members if not member.is_dir()])
            wanted = {
                name: member for member in members for name in FILES if PurePosixPath(member.filename) == inside / name
            }
            target.mkdir(parents=True)
            _refuse_too_large(path, list(wanted.values()), target)
            for name, member in wanted.items():
                with archive.open(member) as source, (target / name).open("wb") as file:
                    shutil.copyfileobj(source, file)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise WeightsError(f"{path} cannot be unpacked ({error}); copy the archive again.") from error
    return target


def _bundle(path: Path, names: list[str]) -> PurePosixPath:
    cards = [PurePosixPath(name).parent for name in names if PurePosixPath(name).name == CARD]
    if len(cards) != 1:
        raise WeightsError(
            f"{path} holds {len(cards)} bundles (folders with card.json); one is expected. Unpack it and import the "
            "folder or file that you mean."
        )
    return cards[0]


def _refuse_trap(path: Path, member: zipfile.ZipInfo) -> None:
    name = PurePosixPath(member.filename.replace("\\", "/"))
    if name.is_absolute() or ".." in name.parts or ":" in name.parts[0]:
        raise WeightsError(f"{path} is refused: its entry {member.filename!r} would be written outside of the folder.")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise WeightsError(
            f"{path} is refused: its entry {member.filename!r} is a link. Bundles hold plain files only."
        )
    if member.flag_bits & 1:
        raise WeightsError(f"{path} is encrypted: unpack it and import the folder.")


def _refuse_too_large(path: Path, members: list[zipfile.ZipInfo], target: Path) -> None:
    needed, free = sum(member.file_size for member in members), shutil.disk_usage(target).free
    if needed > free:
        raise WeightsError(f"{path} needs {needed / 1e9:.1f} GB unpacked and {target.parent} has {free / 1e9:.1f} GB.")
