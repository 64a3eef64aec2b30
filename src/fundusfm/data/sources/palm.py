"""PALM, the iChallenge-PM set: pathologic myopia or not."""

from pathlib import Path

import pandas as pd

from fundusfm.data.sources.files import find_folder, need_folder, photographs, read_table
from fundusfm.data.sources.source import PublicSet

_PARTS = {
    "training": ("PALM-Training400", "Train/PALM-Training400", "Training/Images"),
    "validation": ("PALM-Validation400", "Validation/Validation-400", "Validation/Images"),
    "test": ("PALM-Testing400-Images", "Test/PALM-Testing400-Images", "Testing/Images"),
}
_TABLES = ("PM_Label_and_Fovea_Location", "Classification Labels")
_CLASSES = {"P": "pathologic myopia", "H": "high myopia", "N": "normal"}


def _read(root: Path) -> pd.DataFrame:
    need_folder(root, *_PARTS["training"])
    labels = _labels(root)
    rows = []
    for part, alternatives in _PARTS.items():
        folder = find_folder(root, *alternatives)
        for path in [] if folder is None else photographs(folder, recursive=True):
            letter = path.stem[0].upper()
            # The first letter tells the class in the training part; in the others it tells the part.
            label = str(int(letter == "P")) if letter in _CLASSES else labels.get(path.stem.lower(), "")
            known = {"1": _CLASSES["P"], "0": "not pathologic myopia"}.get(label, "")
            row = {"image": str(path.absolute()), "part": part, "class": _CLASSES.get(letter, known)}
            rows.append({**row, "pm_label": label})
    return pd.DataFrame(rows, dtype=object)


def _labels(root: Path) -> dict[str, str]:
    """Returns the photograph's name in lower case -> label, from all tables wherever they were unpacked."""
    found: dict[str, str] = {}
    for path in sorted(root.rglob("*.*")):
        if path.stem in _TABLES and path.suffix in (".xlsx", ".csv"):
            table = read_table(path, ["imgName", "Label"])
            stems = table["imgName"].map(lambda name: Path(name).stem.lower())
            found.update(zip(stems, table["Label"], strict=True))
    return found


SOURCE = PublicSet(
    name="palm",
    title="PALM (iChallenge-PM)",
    about=(
        "Photographs from Zhongshan Ophthalmic Center in Guangzhou (Zeiss Visucam 500 and Canon CR-2), labelled from "
        "health records. Not pathologic are normal eyes and, fewer, highly myopic eyes without pathologic changes; "
        "which of them is told for the training part only."
    ),
    where="palm.grand-challenge.org",
    licence="research use; registration with the challenge",
    citation="Fang et al., Open fundus photograph dataset with pathologic myopia, Scientific Data 11:99, 2024",
    layout="""
        PALM-Training400/P0001.jpg, H0001.jpg, N0001.jpg
        PALM-Validation400/V0001.jpg                            (may be absent, like the test part)
        PALM-Validation-GT/PM_Label_and_Fovea_Location.xlsx     imgName, Label
        PALM-Testing400-Images/T0001.jpg                        (without labels in this copy)
        or Training/, Validation/, Testing/, each with Images/ and Classification Labels.xlsx
    """,
    labels={
        "class": "`pathologic myopia`, `high myopia`, `normal`; beyond the training part `not pathologic myopia` too",
        "pm_label": "pathologic myopia as published, 1 or 0",
    },
    read=_read,
    counts={
        "images": 1200,
        "part=training": 400,
        "part=validation": 400,
        "part=test": 400,
        "pm_label=1": 637,
        "pm_label=0": 563,
    },
    faults=(
        "a thumbnail in which no lesion can be seen is enough to tell most pathologic eyes from the others, so a good "
        "score says little about lesions",
    ),
)
