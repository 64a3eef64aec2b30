"""The folder that an export writes: not over another thing, and whole or not at all."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fundusfm.errors import RunFolderError


def refuse_folder(target: Path, *, overwrite: bool) -> None:
    """Refuses a folder that holds something.

    Args:
        target: The folder to write.
        overwrite: Whether an earlier export may be replaced.

    Raises:
        RunFolderError: It is a file, is not empty, or holds no export.
    """
    if target.exists() and not target.is_dir():
        raise RunFolderError(f"{target} is a file; --out needs a folder.")
    if not target.exists() or not any(target.iterdir()):
        return
    if not overwrite:
        raise RunFolderError(f"{target} exists and is not empty: give another --out, or --overwrite to replace it.")
    if not (target / "card.json").exists():
        raise RunFolderError(
            f"{target} holds no card.json, so it is no export: give another --out (nothing was changed)."
        )


@contextmanager
def fresh_folder(target: Path) -> Iterator[Path]:
    """Yields a folder that takes the target's place once all is in it; after an error the target is as it was."""
    target.parent.mkdir(parents=True, exist_ok=True)
    folder = target.with_name(f".{target.name}.tmp")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        yield folder
        if target.exists():
            shutil.rmtree(target)
        folder.replace(target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
