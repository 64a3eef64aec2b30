"""Bundles that ship with the package; each file is checked against the SHA-256 it was released with.

`released/NAME/` is a bundle, `released/SHA256SUMS` lists every file in the format of `sha256sum`. Imports no torch.
"""

import hashlib
from pathlib import Path

from fundusfm.errors import WeightsError

RELEASED = Path(__file__).parent.parent / "released"
SUMS = "SHA256SUMS"

DEFAULT = "light"
"""What scores photographs where no weights are named."""

_REINSTALL = "pip install --force-reinstall --no-deps fundusfm (a checkout: git restore src/fundusfm/released)"
_HEX_DIGITS = 64


def released_bundles() -> dict[str, Path]:
    """Returns the folders of the bundles that ship with the package, by name.

    Raises:
        WeightsError: The list of checksums is missing or damaged.
    """
    return {name: RELEASED / name for name in sorted({file.split("/")[0] for file in _checksums()})}


def check_released(folder: Path) -> None:
    """Checks the files of a shipped bundle against their checksums; does nothing for any other folder.

    Raises:
        WeightsError: A file is missing or damaged; the sentence names it and says how to repair it.
    """
    if folder.resolve().parent != RELEASED.resolve():
        return
    for file, digest in _checksums().items():
        if file.split("/")[0] != folder.name:
            continue
        path = RELEASED / file
        try:
            found = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError as error:
            raise WeightsError(
                f"{path} is missing or cannot be read ({error.strerror}): the installation is incomplete. "
                f"Install it again: {_REINSTALL}"
            ) from error
        if found != digest:
            raise WeightsError(
                f"{path} is damaged: its SHA-256 is {found[:12]}…, and {digest[:12]}… was released. "
                f"Install it again: {_REINSTALL}"
            )


def default_weights() -> str:
    """Returns the bundle that is meant where no weights are named.

    Raises:
        WeightsError: This installation does not ship it.
    """
    found = released_bundles().get(DEFAULT)
    if found is None:
        raise WeightsError(
            f"No weights are named, and this installation ships no bundle {DEFAULT!r} to fall back on: add --weights "
            "with a bundle, a run of fundusfm probe or finetune, or a name from fundusfm weights list."
        )
    return str(found)


def _checksums() -> dict[str, str]:
    """Returns SHA-256 by file, as a POSIX path relative to `released/`."""
    path = RELEASED / SUMS
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise WeightsError(
            f"{path} is missing or cannot be read ({error.strerror}). Install again: {_REINSTALL}"
        ) from error
    sums: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        digest, _, file = line.partition(" ")
        file = file.lstrip(" *")
        if len(digest) != _HEX_DIGITS or "/" not in file:
            raise WeightsError(f"{path}: line {number} is no checksum of a bundle's file. Install again: {_REINSTALL}")
        sums[file] = digest
    return sums
