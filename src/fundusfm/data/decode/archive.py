"""Members of zip archives as files: `ARCHIVE/MEMBER` names one, as the tables of every command write it."""

import functools
import zipfile
import zlib
from pathlib import Path

from fundusfm.errors import DecodeError
from fundusfm.names import shown

NOT_THERE = "does not exist: "
"""Part of what is said of a file or member that is not there."""

MOST_UNPACKED = 1_000_000_000
"""Bytes that no photograph's file has more of."""

ZIP_DAMAGE = (
    OSError,
    EOFError,
    LookupError,
    ValueError,
    RuntimeError,
    NotImplementedError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What `zipfile` raises for archives and members that are damaged, encrypted or compressed in other ways."""


def split_member(path: Path | str) -> tuple[str, str] | None:
    """Splits `ARCHIVE/MEMBER`, a path of which a part is a zip archive; None for any other path."""
    place = Path(path)
    for parent in place.parents:
        if parent.is_file():
            return (str(parent), place.relative_to(parent).as_posix()) if zipfile.is_zipfile(parent) else None
    return None


def read_member(archive: str, member: str, entry: int | None = None) -> bytes:
    """Reads a member whole.

    Args:
        archive: Path of the zip archive.
        member: Name of the member.
        entry: Its place in the archive's directory, from 0: two members may have one name. The first of the name where
            not given.

    Raises:
        DecodeError: There is no such member, it is damaged or encrypted, or it unpacks to more than `MOST_UNPACKED`
            bytes.
    """
    name = shown(f"{archive}/{member}")
    too_large = DecodeError(
        f"{name} unpacks to more than {MOST_UNPACKED:,} bytes, which no photograph has.", code="SIZE"
    )
    try:
        opened = _opened(archive, _version(archive))
        info = opened.infolist()[entry] if entry is not None else _first(opened, member, name)
        if info.file_size > MOST_UNPACKED:
            raise too_large
        with opened.open(info) as file:
            content = file.read(MOST_UNPACKED + 1)
    except RuntimeError as error:  # what zipfile raises for an encrypted member
        raise DecodeError(
            f"{name} cannot be unpacked ({error}): unpack the archive with its password, and give the folder.",
            code="ARCHIVE",
        ) from error
    except ZIP_DAMAGE as error:
        raise DecodeError(
            f"{name} cannot be unpacked ({error}): the archive is damaged; copy it again.", code="ARCHIVE"
        ) from error
    if len(content) > MOST_UNPACKED:
        raise too_large
    return content


def _first(archive: zipfile.ZipFile, member: str, name: str) -> zipfile.ZipInfo:
    for info in archive.infolist():
        if info.filename == member:
            return info
    raise DecodeError(f"{name} {NOT_THERE}the archive has no such member.", code="MISSING")


@functools.lru_cache(maxsize=2)
def _opened(path: str, _: object) -> zipfile.ZipFile:
    """Opens an archive once for all of its members: its directory is long where they are many."""
    return zipfile.ZipFile(path)


def _version(path: str) -> tuple[int, int]:
    status = Path(path).stat()
    return status.st_mtime_ns, status.st_size
