"""Glaucoma fundus: normal, early and advanced glaucoma from Kim's Eye Hospital."""

from pathlib import Path

import pandas as pd

from fundusfm.data.sources.files import find_folder, need_folder, photographs
from fundusfm.data.sources.source import PublicSet

# The benchmark of RETFound put letters before the names, so that they sort by severity.
_CLASSES = {
    "normal control": ("normal_control", "anormal_control"),
    "early glaucoma": ("early_glaucoma", "bearly_glaucoma"),
    "advanced glaucoma": ("advanced_glaucoma", "cadvanced_glaucoma"),
}
_PARTS = ("train", "val", "test")


def _read(root: Path) -> pd.DataFrame:
    folders = {part: find_folder(root, part) for part in _PARTS}
    parts = {part: folder for part, folder in folders.items() if folder is not None} or {"": root}
    rows = [
        {"image": str(path.absolute()), "part": part, "class": name}
        for part, folder in parts.items()
        for name, alternatives in _CLASSES.items()
        for path in photographs(need_folder(folder, *alternatives))
    ]
    return pd.DataFrame(rows, dtype=object)


SOURCE = PublicSet(
    name="glaucoma_fundus",
    title="Glaucoma fundus (Kim's Eye Hospital)",
    about=(
        "Photographs from Kim's Eye Hospital in Seoul, Korea, published as squares of 240x240 pixels around the optic "
        "disc; early and advanced glaucoma by the visual field. Read as published, or in the three parts of RETFound's "
        "benchmark."
    ),
    where="dataverse.harvard.edu, doi:10.7910/DVN/1YRRAC",
    licence="CC0 1.0",
    citation="Ahn et al., A deep learning model for advanced and early glaucoma, PLOS ONE 13:e0207982, 2018",
    layout="""
        normal_control/1.png, early_glaucoma/1.png, advanced_glaucoma/1.png …
        or train/, val/, test/, each with anormal_control/, bearly_glaucoma/, cadvanced_glaucoma/
    """,
    labels={"class": "`normal control`, `early glaucoma`, `advanced glaucoma`"},
    read=_read,
    counts={
        "images": 1544,
        "class=normal control": 788,
        "class=early glaucoma": 289,
        "class=advanced glaucoma": 467,
    },
    faults=("the photographs are small crops around the optic disc: no field of view, macula or periphery is seen",),
)
