"""Finds the bundle's folder or the file of weights that SOURCE means."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fundusfm.errors import WeightsError
from fundusfm.extras import require_extra
from fundusfm.models.hub.address import is_hub, parse_hub
from fundusfm.models.importing.archive import unpack_bundle
from fundusfm.models.importing.bundle_files import CARD
from fundusfm.models.weights_file import WEIGHTS, WEIGHTS_SUFFIXES, is_weights_file

_BLOCK = 1 << 20


@dataclass(frozen=True)
class Located:
    """Weights that were found.

    Attributes:
        path: A bundle's folder, or a file of weights.
        origin: Where they came from, for the card: a file's name, or the Hub's repository with its commit.
        digest: SHA-256 of the archive, of the file, or of the bundle's `model.safetensors`.
        backbone: timm model name, where a `config.json` beside the file says it.
    """

    path: Path
    origin: str
    digest: str
    backbone: str | None = None

    @property
    def is_bundle(self) -> bool:
        """Whether it is a bundle already."""
        return self.path.is_dir()


def locate_file(path: Path, *, sha256: str | None = None) -> Located:
    """Returns a file of weights with its checksum.

    Raises:
        WeightsError: It cannot be read, or has another checksum than is expected.
    """
    return Located(path, path.name, _checked(path, sha256))


def locate(source: str, scratch: Path, *, sha256: str | None) -> Located:
    """Finds weights; nothing of them is read before their checksum agrees.

    Args:
        source: A bundle's or run's folder, a zip of a bundle, a file of weights, or `hf:OWNER/REPO[@REVISION]`.
        scratch: A folder for what has to be unpacked.
        sha256: The checksum that is expected, if any.

    Raises:
        WeightsError: There is nothing under that name, it is no kind of weights, or has another checksum.
        ConfigError: `hf:` is followed by something else than a repository.
        MissingExtraError: It is on the Hub, and the extra `[train]` is not installed.
    """
    if is_hub(source):
        repository = parse_hub(source)
        require_extra("train", "Importing from the Hugging Face Hub")
        from fundusfm.models.hub.repository import snapshot

        folder, origin = snapshot(repository)
        return _in_folder(folder, origin, sha256)
    path = Path(source)
    if not path.exists():
        hint = f" For a repository on the Hub write hf:{source}." if source.count("/") == 1 else ""
        raise WeightsError(f"{path} does not exist: give a bundle's folder, a zip of one, or a file of weights.{hint}")
    if path.is_dir():
        return _in_folder(path, path.name, sha256)
    if path.suffix.lower() == ".zip":
        digest = _checked(path, sha256)
        return Located(unpack_bundle(path, scratch / "unpacked"), path.name, digest)
    if not is_weights_file(path):
        raise WeightsError(
            f"{path} is no kind of weights that can be imported, by its name: a folder, .zip or "
            f"{', '.join(WEIGHTS_SUFFIXES)}."
        )
    return locate_file(path, sha256=sha256)


def _in_folder(folder: Path, origin: str, sha256: str | None) -> Located:
    if not (folder / CARD).exists() and (folder / "bundle" / CARD).exists():
        folder = folder / "bundle"
    if (folder / CARD).exists():
        return Located(folder, origin, _checked(folder / WEIGHTS, sha256))
    files = [path for path in sorted(folder.iterdir()) if is_weights_file(path)]
    files = [path for path in files if path.suffix == ".safetensors"] or files
    if len(files) != 1:
        names = ", ".join(path.name for path in files) or "none"
        raise WeightsError(
            f"{origin}: {folder} is no bundle (it has no card.json), and one file of weights is expected in it; "
            f"there are: {names}. Give the file itself: fundusfm weights import {folder}/FILE"
        )
    return Located(files[0], origin, _checked(files[0], sha256), _architecture(folder))


def _architecture(folder: Path) -> str | None:
    """Reads the architecture from the config.json that timm writes beside weights."""
    try:
        config: Any = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    name = config.get("architecture") if isinstance(config, dict) else None
    return name if isinstance(name, str) else None


def _checked(path: Path, expected: str | None) -> str:
    try:
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
    except OSError as error:
        raise WeightsError(f"{path} cannot be read: {error.strerror or error}.") from error
    if expected is not None and digest.hexdigest() != expected.strip().lower():
        raise WeightsError(
            f"{path} has the SHA-256 {digest.hexdigest()}, not {expected} as --sha256 says: it is damaged, or not the "
            "file that was meant. Nothing was imported."
        )
    return digest.hexdigest()
