"""ODIR-5K: both eyes of 5,000 patients, labelled per eye from its diagnostic keywords.

The published columns N to O say what a patient has in either eye, so that a healthy eye would inherit the other's
disease. The keywords are of each eye; `odir_keywords.csv` says what each of them means.
"""

import csv
import re
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from fundusfm.data.sources.files import find_file, located, need_file, need_folder, read_table
from fundusfm.data.sources.source import PublicSet

_DISEASES = {
    "D": "diabetic retinopathy",
    "G": "glaucoma",
    "C": "cataract",
    "A": "age-related macular degeneration",
    "H": "hypertensive retinopathy",
    "M": "pathologic myopia",
    "O": "another disease or abnormality",
}
_TRAINING_TABLES = (
    *("data.xlsx", "ODIR-5K/data.xlsx", "ODIR-5K/ODIR-5K/data.xlsx"),
    "ODIR-5K_Training_Annotations(Updated)_V2.xlsx",
    "Training Set/Annotation/training annotation (English).xlsx",
    "full_df.csv",
)
_TRAINING_FOLDERS = (
    *("Training Images", "ODIR-5K/Training Images", "ODIR-5K/ODIR-5K/Training Images"),
    *("ODIR-5K_Training_Images/ODIR-5K_Training_Dataset", "ODIR-5K_Training_Dataset", "ODIR-5K_Training_Images"),
    *("Training Set/Images", "preprocessed_images"),
)
_TESTS = {"off-site test": "Off-site Test Set", "on-site test": "On-site Test Set"}


class _Meaning(NamedTuple):
    label: str
    dr_grade: str


def eye_labels(keywords: str) -> dict[str, str]:
    """Returns the labels of one eye.

    Args:
        keywords: The eye's diagnostic keywords as published, with either kind of comma between them.

    Returns:
        `N`, `D`, `G`, `C`, `A`, `H`, `M`, `O` and `dr_grade`, and `quality` with the remarks on the photograph. A
        label is unknown (empty) where there are only remarks, or where a keyword is not in the table.
    """
    words = [" ".join(word.lower().split()) for word in re.split("[,，]", keywords)]
    meanings = [_meanings().get(re.sub(r"^(suspected|suspicious) ", "", word)) for word in words if word]
    found = {meaning.label for meaning in meanings if meaning is not None}
    diseases = found & set(_DISEASES)
    known = bool(diseases or "N" in found) and None not in meanings
    labels = {code: "1" if code in diseases else "0" if known else "" for code in _DISEASES}
    normal = "0" if diseases else "1" if known else ""
    grades = [meaning.dr_grade for meaning in meanings if meaning is not None and meaning.dr_grade]
    dr_grade = max(grades, default="") if labels["D"] == "1" else labels["D"]
    remarks = [word for word in words if word in _meanings() and _meanings()[word].label == "quality"]
    return {"N": normal, **labels, "dr_grade": dr_grade, "quality": ", ".join(remarks)}


@cache
def _meanings() -> dict[str, _Meaning]:
    text = (files("fundusfm.data.sources") / "odir_keywords.csv").read_text(encoding="utf-8")
    return {row["keyword"]: _Meaning(row["label"], row["dr_grade"]) for row in csv.DictReader(text.splitlines())}


def _read(root: Path) -> pd.DataFrame:
    frames = [_rows(need_file(root, *_TRAINING_TABLES), need_folder(root, *_TRAINING_FOLDERS), "training")]
    for part, outer in _TESTS.items():
        path = find_file(root, f"{outer}/Annotation/{part} annotation (English).xlsx")
        if path is not None:
            frames.append(_rows(path, need_folder(path.parent.parent, "Images"), part))
    return pd.concat(frames, ignore_index=True)


def _rows(path: Path, folder: Path, part: str) -> pd.DataFrame:
    needed = [f"{side}-{what}" for side in ("Left", "Right") for what in ("Fundus", "Diagnostic Keywords")]
    table = read_table(path, ["ID", "Patient Age", "Patient Sex", *needed])
    frames = []
    for side in ("Left", "Right"):
        names = table[f"{side}-Fundus"]
        # `full_df.csv` has one line per photograph, each with both eyes, instead of one per patient.
        eye = table[names == table["filename"]] if "filename" in table.columns else table
        labels = pd.DataFrame([eye_labels(words) for words in eye[f"{side}-Diagnostic Keywords"]], index=eye.index)
        frame = pd.DataFrame(
            {
                "image": located(folder, eye[f"{side}-Fundus"]),
                "patient": eye["ID"],
                "eye": side.lower(),
                "age": eye["Patient Age"],
                "sex": eye["Patient Sex"].str.lower(),
                "part": part,
                "keywords": eye[f"{side}-Diagnostic Keywords"],
            }
        )
        frames.append(pd.concat([frame, labels], axis=1))
    return pd.concat(frames).sort_index(kind="stable")


SOURCE = PublicSet(
    name="odir",
    title="ODIR-5K",
    about=(
        "Both eyes of 5,000 patients of hospitals in China (Canon, Zeiss and Kowa cameras), with the diagnostic "
        "keywords of trained readers. Labels are made from the keywords of each eye, not from the published columns N "
        "to O, which are of the patient. `quality` holds remarks such as `lens dust`; a photograph with nothing but "
        "remarks has no labels. The two test parts are read where their annotations are there, as in OIA-ODIR."
    ),
    where="odir2019.grand-challenge.org or kaggle.com/datasets/andrewmvd/ocular-disease-recognition-odir5k",
    licence="research use; registration with the challenge",
    citation="Li et al., A benchmark of ocular disease intelligent recognition: one shot for multi-disease detection, "
    "BenchCouncil Bench 2020, LNCS 12614:177, 2021",
    layout="""
        ODIR-5K/data.xlsx                   ID, Patient Age, Patient Sex, Left-Fundus, Left-Diagnostic Keywords, …
        ODIR-5K/Training Images/0_left.jpg …
        or full_df.csv with preprocessed_images/ (one line per photograph)
        or ODIR-5K_Training_Annotations(Updated)_V2.xlsx with ODIR-5K_Training_Images/
        or Training Set/Annotation/training annotation (English).xlsx with Training Set/Images/,
           and likewise Off-site Test Set/ and On-site Test Set/
    """,
    labels={
        "N": "normal fundus and no disease, 0 or 1",
        **{code: f"{meaning}, 0 or 1; suspected counts" for code, meaning in _DISEASES.items()},
        "dr_grade": "diabetic retinopathy, 0 none, 1 mild, 2 moderate, 3 severe, 4 proliferative; unknown where no "
        "keyword tells",
        "keywords": "the eye's diagnostic keywords as published",
    },
    read=_read,
    counts={"images": 10000, "part=training": 7000, "part=off-site test": 1000, "part=on-site test": 2000},
    faults=(
        "keywords are of many readers: the same finding has several names, and drusen, laser spots or a tessellated "
        "fundus count as `O`",
        "some patients are listed with an age of 1 year",
    ),
)
