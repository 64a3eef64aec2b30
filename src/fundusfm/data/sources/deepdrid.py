"""DeepDRiD: two photographs of each eye, with grades of diabetic retinopathy and of image quality."""

from pathlib import Path

import pandas as pd

from fundusfm.data.sources.files import find_file, need_file, need_folder, photographs, read_table
from fundusfm.data.sources.source import PublicSet

_OUTER = ("regular_fundus_images/", "")
_SCORES = {"Clarity": "clarity", "Field definition": "field_definition", "Artifact": "artifact"}
_QUALITY = {"1": "good", "0": "insufficient"}
_LEFT, _RIGHT, _PATIENT = "left_eye_DR_Level", "right_eye_DR_Level", "patient_DR_Level"


def _read(root: Path) -> pd.DataFrame:
    frames = []
    for part in ("training", "validation"):
        names = [f"{outer}regular-fundus-{part}/regular-fundus-{part}.csv" for outer in _OUTER]
        path = need_file(root, *names) if part == "training" else find_file(root, *names)
        if path is not None:
            table = read_table(path, ["image_id", "Overall quality", _LEFT, _RIGHT, _PATIENT, *_SCORES])
            # A line grades the eye of its photograph. Where column and file name disagree, which eye it is is unknown.
            graded = table[_LEFT].eq("").map({True: "right", False: "left"})
            table = table.assign(grade=table[_LEFT].where(table[_LEFT] != "", table[_RIGHT]), graded=graded)
            frames.append(_rows(path, table, part))
    names = [f"{outer}Online-Challenge1&2-Evaluation/Challenge1_labels" for outer in _OUTER]
    path = find_file(root, *(name + suffix for suffix in (".xlsx", ".csv") for name in names))
    if path is not None:
        table = read_table(path, ["image_id", "DR_Levels"]).rename(columns={"DR_Levels": "grade"})
        scores = read_table(need_file(path.parent, "Challenge2_labels.xlsx", "Challenge2_labels.csv"), ["image_id"])
        frames.append(_rows(path, table.merge(scores, on="image_id", how="left").fillna(""), "test"))
    return pd.concat(frames, ignore_index=True).fillna("")


def _rows(path: Path, table: pd.DataFrame, part: str) -> pd.DataFrame:
    folder = need_folder(path.parent, "Images")
    present = {(found.parent.name, found.stem): found for found in photographs(folder, recursive=True)}
    patients = table["image_id"].str.partition("_")[0]
    eyes = table["image_id"].str.extract(r"_([lr])\d*$", expand=False).map({"l": "left", "r": "right"}).fillna("")
    paths = [
        present.get((patient, name), folder / patient / f"{name}.jpg")
        for patient, name in zip(patients, table["image_id"], strict=True)
    ]
    frame = pd.DataFrame(
        {
            "image": [str(path.absolute()) for path in paths],
            "patient": patients,
            "eye": eyes.where(eyes == table.get("graded", eyes), ""),
            "part": part,
            "quality": table["Overall quality"].map(_QUALITY).fillna(""),
            "dr_grade": table["grade"],
            "patient_dr_grade": table.get(_PATIENT, ""),
        }
    )
    return pd.concat([frame, table[list(_SCORES)].rename(columns=_SCORES)], axis=1)


SOURCE = PublicSet(
    name="deepdrid",
    title="DeepDRiD (regular fundus)",
    about=(
        "Four photographs, two of each eye, of 500 participants of diabetes screening projects in China (Shanghai, "
        "Nicheng and nationwide), graded for diabetic retinopathy by eye and for image quality by photograph. The "
        "ultra-widefield photographs are not read. `quality` is `good` where the whole is good enough for a diagnosis, "
        "otherwise `insufficient`."
    ),
    where="github.com/deepdrdoc/DeepDRiD",
    licence="CC BY-SA 4.0",
    citation="Liu et al., DeepDRiD: Diabetic Retinopathy - Grading and Image Quality Estimation Challenge, Patterns "
    "3:100512, 2022",
    layout="""
        regular_fundus_images/
            regular-fundus-training/regular-fundus-training.csv         patient_id, image_id, left_eye_DR_Level, …
            regular-fundus-training/Images/1/1_l1.jpg …
            regular-fundus-validation/                                  likewise (may be absent, like the test part)
            Online-Challenge1&2-Evaluation/Challenge1_labels.xlsx       image_id, DR_Levels
            Online-Challenge1&2-Evaluation/Challenge2_labels.xlsx       image_id, Overall quality, …
            Online-Challenge1&2-Evaluation/Images/347/347_l1.jpg …
    """,
    labels={
        "dr_grade": "diabetic retinopathy of this eye, 0 none, 1 mild, 2 moderate, 3 severe, 4 proliferative",
        "patient_dr_grade": "the same of the worse eye; not published for the test part",
        "clarity": "1 only large vessels can be seen, 4, 6, 8, 10 all vessels and lesions can",
        "field_definition": "1 neither optic disc nor macula are in view, 4, 6, 8, 10 both are near the centre",
        "artifact": "0 no artifact, 1, 4, 6, 8, 10 one covers the whole posterior pole",
    },
    read=_read,
    counts={"images": 2000, "part=training": 1200, "part=validation": 400, "part=test": 400},
    faults=(
        "for a few photographs, such as `56_r3`, file name and grade column name different eyes; their eye is unknown",
    ),
)
