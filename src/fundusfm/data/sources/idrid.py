"""IDRiD, the grading part: diabetic retinopathy, the risk of macular edema, and where disc and fovea are."""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fundusfm.data.sources.files import find_file, located, need_file, need_folder, read_table
from fundusfm.data.sources.source import PublicSet

_GRADING = "B. Disease Grading"
_LOCALIZATION = "C. Localization"
_CENTRES = {
    "disc": "1. Optic Disc Center Location/{letter}. IDRiD_OD_Center_{part} Set_Markups.csv",
    "fovea": "2. Fovea Center Location/IDRiD_Fovea_Center_{part} Set_Markups.csv",
}
_PARTS = {
    "training": ("a. IDRiD_Disease Grading_Training Labels.csv", "a. Training Set"),
    "testing": ("b. IDRiD_Disease Grading_Testing Labels.csv", "b. Testing Set"),
}


def _read(root: Path) -> pd.DataFrame:
    frames = []
    for part, (name, photographs) in _PARTS.items():
        outer = (f"{_GRADING}/", f"{_GRADING}/{_GRADING}/", "")
        names = [f"{folder}2. Groundtruths/{name}" for folder in outer]
        path = need_file(root, *names) if part == "training" else find_file(root, *names)
        if path is not None:
            table = read_table(path, ["Image name", "Retinopathy grade", "Risk of macular edema"])
            # Both parts have an IDRiD_001.jpg, and the segmentation part has folders of the same names.
            folder = need_folder(path.parent.parent, f"1. Original Images/{photographs}")
            frame = pd.DataFrame({"image": located(folder, table["Image name"]), "part": part})
            frame["dr_grade"] = table["Retinopathy grade"]
            frame["macular_edema_risk"] = table["Risk of macular edema"]
            for place in _CENTRES:
                frame[[f"{place}_x", f"{place}_y"]] = _centres(root, place, part, table["Image name"])
            frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def _centres(root: Path, place: str, part: str, names: "pd.Series[str]") -> NDArray[np.object_]:
    """Returns x and y in pixels of each photograph, (n, 2) texts, from the localization part; empty without it."""
    file = "2. Groundtruths/" + _CENTRES[place].format(letter=_PARTS[part][0][0], part=part.capitalize())
    path = find_file(root, *(f"{outer}{file}" for outer in (f"{_LOCALIZATION}/", f"{_LOCALIZATION}/" * 2)))
    if path is None:
        return np.full((len(names), 2), "", dtype=object)
    table = read_table(path, ["Image No", "X- Coordinate", "Y - Coordinate"]).set_index("Image No")
    found = table.reindex(names.to_numpy(), fill_value="")[["X- Coordinate", "Y - Coordinate"]]
    return np.asarray(found.to_numpy(), dtype=object)


SOURCE = PublicSet(
    name="idrid",
    title="IDRiD (grading part)",
    about=(
        "Photographs from an eye clinic in Nanded, India (Kowa VX-10 alpha, 50 degrees, 4288x2848), graded by "
        "experts for diabetic retinopathy and the risk of macular edema. There is no patient column."
    ),
    where="ieee-dataport.org/open-access/indian-diabetic-retinopathy-image-dataset-idrid",
    licence="CC BY 4.0",
    citation="Porwal et al., Indian Diabetic Retinopathy Image Dataset (IDRiD), Data 3:25, 2018",
    layout="""
        B. Disease Grading/
            1. Original Images/a. Training Set/IDRiD_001.jpg …
            1. Original Images/b. Testing Set/IDRiD_001.jpg …
            2. Groundtruths/a. IDRiD_Disease Grading_Training Labels.csv
            2. Groundtruths/b. IDRiD_Disease Grading_Testing Labels.csv
        C. Localization/2. Groundtruths/                (optional)
            1. Optic Disc Center Location/a. IDRiD_OD_Center_Training Set_Markups.csv, b. …
            2. Fovea Center Location/IDRiD_Fovea_Center_Training Set_Markups.csv, …
    """,
    labels={
        "dr_grade": "diabetic retinopathy, 0 none, 1 mild, 2 moderate, 3 severe, 4 proliferative",
        "macular_edema_risk": "0 no hard exudate, 1 exudates away from the fovea, 2 within one disc diameter of it",
        "disc_x": "centre of the optic disc in pixels, from the left; empty without the localization part",
        "disc_y": "the same from the top",
        "fovea_x": "centre of the fovea in pixels, from the left; empty without the localization part",
        "fovea_y": "the same from the top",
    },
    read=_read,
    counts={
        "images": 516,
        "part=training": 413,
        "part=testing": 103,
        "dr_grade=0": 168,
        "dr_grade=1": 25,
        "dr_grade=2": 168,
        "dr_grade=3": 93,
        "dr_grade=4": 62,
    },
    faults=(
        "both parts number their photographs from 1: the IDRiD_001 of the training and of the testing part differ",
        "81 of the photographs are those of `idrid_lesions` under other names, so do not train on one and test on the "
        "other",
    ),
)
