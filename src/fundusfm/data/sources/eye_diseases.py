"""Eye diseases classification: four classes gathered from several public sets."""

import re
from pathlib import Path

import pandas as pd

from fundusfm.data.sources.files import need_folder, photographs
from fundusfm.data.sources.source import PublicSet

_CLASSES = ("cataract", "diabetic retinopathy", "glaucoma", "normal")
_PATIENT = re.compile(r"(\d+)_(left|right)", re.IGNORECASE)
_GENERATED = re.compile(r"_\d+_\d+")


def _read(root: Path) -> pd.DataFrame:
    rows = []
    for name in _CLASSES:
        folder = name.replace(" ", "_")
        for path in photographs(need_folder(root, folder, f"dataset/{folder}")):
            found = _PATIENT.fullmatch(path.stem)
            # Numbers are from two sets, which differ in the suffix: `7_left.jpg` and `7_left.jpeg` are two patients.
            patient = f"{path.suffix.lower()[1:]}-{found[1]}" if found else ""
            eye = found[2].lower() if found else ""
            generated = str(int(_GENERATED.fullmatch(path.stem) is not None))
            row = {"image": str(path.absolute()), "patient": patient, "eye": eye, "class": name}
            rows.append({**row, "generated": generated})
    return pd.DataFrame(rows, dtype=object)


SOURCE = PublicSet(
    name="eye_diseases",
    title="Eye diseases classification",
    about=(
        "Photographs of four classes that were gathered from other public sets, among them IDRiD, HRF and ocular "
        "recognition sets, without a record of which is from where; patient and eye are read from the file names that "
        "tell them. Suited for trying things, not for claims about diagnosis."
    ),
    where="kaggle.com/datasets/gunavenkatdoddi/eye-diseases-classification",
    licence="unclear; those of the sets that it was gathered from apply",
    citation="Doddi, Eye diseases classification, Kaggle, 2022",
    layout="""
        dataset/cataract/, dataset/diabetic_retinopathy/, dataset/glaucoma/, dataset/normal/
    """,
    labels={
        "class": "the folder: `cataract`, `diabetic retinopathy`, `glaucoma`, `normal`",
        "generated": "1 where the file has a name as an augmenting image generator gives it, such as _12_345678.jpg",
    },
    read=_read,
    counts={
        "images": 4217,
        "class=cataract": 1038,
        "class=diabetic retinopathy": 1098,
        "class=glaucoma": 1007,
        "class=normal": 1074,
    },
    faults=(
        "classes are from different sets, cameras and resolutions, so a model can tell the set instead of the disease",
        "it holds augmented and repeated files of the same photograph, which a split puts on both sides; "
        "`generated=0` leaves out those that their name tells, `fundusfm data check` lists more",
        "the folder is a photograph's only label: taken over from patients or other labels of the sets, never checked, "
        "and silent about a second disease",
        "sets that this one was gathered from may be in your training data as well",
    ),
)
