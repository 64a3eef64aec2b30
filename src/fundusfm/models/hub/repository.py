"""Repositories on the Hugging Face Hub, through huggingface_hub with its settings: `HF_ENDPOINT`, cache, token."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from huggingface_hub import constants, snapshot_download
from huggingface_hub.errors import HfHubHTTPError

from fundusfm.errors import WeightsError
from fundusfm.models.hub.address import Repository

_SAFE = ["*.json", "*.safetensors", "README.md"]
_PICKLED = ["*.json", "*.pth", "*.pt", "*.bin", "*.pickle", "*.pkl", "*.ckpt"]
_FILES_INSTEAD = (
    "The local cache does not have it either. Fetch its files on a machine with a network, carry them over, and give "
    "the file or folder: fundusfm weights import FILE --name NAME."
)
_FAULTS: tuple[type[BaseException], ...] = (HfHubHTTPError, *HfHubHTTPError.__bases__, OSError, ValueError)
"""What the library raises for a refusal, a broken connection (a base of it), a missing file, or a bad name."""


def snapshot(repository: Repository) -> tuple[Path, str]:
    """Downloads what may be weights or describes them; files that are in the library's cache are not fetched again.

    Pickled files are fetched only where there are no safetensors.

    Returns:
        The folder, and the repository with its commit.

    Raises:
        WeightsError: The repository cannot be had.
    """
    with told(repository, offline=_FILES_INSTEAD):
        folder = Path(snapshot_download(repository.name, revision=repository.revision, allow_patterns=_SAFE))
        if not any(folder.glob("*.safetensors")):
            snapshot_download(repository.name, revision=folder.name, allow_patterns=_PICKLED)
    return folder, f"hf:{repository.name}@{folder.name}"


@contextmanager
def told(repository: Repository, *, offline: str) -> Iterator[None]:
    """Turns the library's errors into sentences.

    Args:
        repository: What is tried to be used.
        offline: What to do where `HF_HUB_OFFLINE` is set.

    Raises:
        WeightsError: For each of them.
    """
    try:
        yield
    except _FAULTS as error:
        where = f"hf:{repository.name}{f'@{repository.revision}' if repository.revision else ''}"
        if constants.HF_HUB_OFFLINE:
            raise WeightsError(f"{where} cannot be reached, since HF_HUB_OFFLINE is set. {offline}") from error
        reason = " ".join(str(error).split()) or type(error).__name__
        raise WeightsError(
            f"{where} cannot be used at {constants.ENDPOINT}: {reason} Is the name right, and if it is private or "
            "gated, is there a token (hf auth login, or HF_TOKEN)?"
        ) from error
