"""REFUGE, the iChallenge-GON set of 2018: glaucoma, with masks of the optic disc and cup."""

import json
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from fundusfm.data.sources.files import find_folder, need_folder, photographs, read_table
from fundusfm.data.sources.source import PublicSet
from fundusfm.errors import SourceError

_PARTS = {
    "training": ("Training400", "Train/REFUGE1-train/Training400", "REFUGE1-Train-400/Images", "train/Images"),
    "validation": (
        "REFUGE-Validation400",
        "Train/REFUGE1-val/REFUGE-Validation400",
        "REFUGE1-Val-400/REFUGE-Validation400",
        "val/Images",
    ),
    "test": ("Test400", "REFUGE-Test400", "Train/REFUGE1-test/Test400", "REFUGE1-Test-400/Images", "test/Images"),
}
# The published tables, by names that occur once in every copy, and the column of each that holds the label.
_TABLES = {
    "Fovea_locations.xlsx": "Glaucoma Label",
    "Glaucoma_label_and_Fovea_location.xlsx": "Label(Glaucoma=1)",
}
_MASK_FOLDERS = ("Disc_Cup_Masks", "gts")


def _read(root: Path) -> pd.DataFrame:
    need_folder(root, *_PARTS["training"])
    labels = _labels(root)
    masks = {
        path.stem.lower(): str(path.absolute())
        for path in sorted(root.rglob("*.bmp"))
        if not set(_MASK_FOLDERS).isdisjoint(path.relative_to(root).parts)
    }
    rows = []
    for part, alternatives in _PARTS.items():
        folder = find_folder(root, *alternatives)
        for path in [] if folder is None else photographs(folder, recursive=True):
            stem = path.stem.lower()
            # In the training part the first letter is the label, in the others it tells the part.
            label = str(int(stem[0] == "g")) if stem[0] in "gn" else labels.get(stem, "")
            row = {"image": str(path.absolute()), "part": part}
            row["class"] = {"1": "glaucoma", "0": "not glaucoma"}.get(label, "")
            rows.append({**row, "glaucoma_label": label, "mask_disc_cup": masks.get(stem, "")})
    return pd.DataFrame(rows, dtype=object)


def _labels(root: Path) -> Mapping[str, str]:
    """Returns the photograph's name in lower case -> label, from the tables wherever they were unpacked."""
    found: dict[str, str] = {}
    for path in sorted(root.rglob("*.xlsx")):
        if path.name in _TABLES:
            table = read_table(path, ["ImgName", _TABLES[path.name]])
            found.update(zip(table["ImgName"], table[_TABLES[path.name]], strict=True))
    for path in sorted(root.rglob("index.json")):  # of the copy that has squared and cropped photographs too
        try:
            entries = json.loads(path.read_text(encoding="utf-8"))
            found.update({entry["ImgName"]: str(entry["Label"]) for entry in entries.values() if "Label" in entry})
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            raise SourceError(f"{path} is no list of photographs with ImgName and Label ({error!r})") from error
    return {Path(name).stem.lower(): label for name, label in found.items()}


SOURCE = PublicSet(
    name="refuge",
    title="REFUGE (iChallenge-GON 2018)",
    about=(
        "Photographs from Chinese hospitals and studies, the training part by a Zeiss Visucam 500 (2124x2056), "
        "the others by a Canon CR-2 (1634x1634). Labelled from health records, including visual fields; photographs "
        "without glaucoma can show other diseases. The parts that REFUGE2 added are not read."
    ),
    where="refuge.grand-challenge.org",
    licence="research use; registration with the challenge",
    citation="Orlando et al., REFUGE challenge: glaucoma assessment from fundus photographs, MedIA 59:101570, 2020",
    layout="""
        Training400/Glaucoma/g0001.jpg, Training400/Non-Glaucoma/n0001.jpg
        REFUGE-Validation400/V0001.jpg                                  (may be absent, like the test part)
        REFUGE-Validation400-GT/Fovea_locations.xlsx                    ImgName, Glaucoma Label
        Test400/T0001.jpg
        REFUGE-Test-GT/Glaucoma_label_and_Fovea_location.xlsx           ImgName, Label(Glaucoma=1)
        …/Disc_Cup_Masks/…/g0001.bmp                                    anywhere below; may be absent
        or, as in REFUGE2: Train/REFUGE1-train/, Train/REFUGE1-val/, Train/REFUGE1-test/ with the same folders
        or train/Images/, val/Images/, test/Images/ with index.json and gts/ beside them; has no labels of the test part
    """,
    labels={
        "class": "`glaucoma` or `not glaucoma`; unknown for a part without its label table",
        "glaucoma_label": "the same as published, 1 or 0",
        "mask_disc_cup": "path of the mask: 0 cup, 128 rim of the disc, 255 elsewhere",
    },
    read=_read,
    counts={
        "images": 1200,
        "part=training": 400,
        "part=validation": 400,
        "part=test": 400,
        "glaucoma_label=1": 120,
        "glaucoma_label=0": 1080,
    },
    faults=("the training part is by another camera than the validation and test parts",),
)
