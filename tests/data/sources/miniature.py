"""Makes the miniature of a public data set's layout: its folders, its tables, and tiny photographs and masks."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image


def picture(path: Path, *, mask: bool = False) -> Path:
    """Writes a tiny photograph, or a mask, in the format that its suffix names."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.zeros((8, 8) if mask else (8, 8, 3), np.uint8)
    pixels[2:6, 2:6] = 255 if mask else (180, 90, 40)
    Image.fromarray(pixels).save(path)
    return path


def pictures(folder: Path, names: Iterable[str], *, mask: bool = False) -> None:
    """Writes several into one folder."""
    for name in names:
        picture(folder / name, mask=mask)


def table(path: Path, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> Path:
    """Writes a CSV or Excel table."""
    path.parent.mkdir(parents=True, exist_ok=True)
    frame = pd.DataFrame(list(rows), columns=list(columns))
    if path.suffix == ".xlsx":
        frame.to_excel(path, index=False)
    else:
        frame.to_csv(path, index=False)
    return path


def imported(name: str, root: Path, out: Path, *, partial: bool = False) -> pd.DataFrame:
    """Runs `fundusfm data import` and returns the manifest, every cell text, indexed by the photograph's file name."""
    import fundusfm
    from fundusfm.data.manifest.table import read_manifest

    fundusfm.import_source(name=name, root=str(root), out=str(out), partial=partial)
    manifest = read_manifest(str(out))
    assert all(path.is_file() for path in manifest.image_paths())
    return manifest.frame.set_index(manifest.frame["image"].map(lambda image: Path(image).name))
