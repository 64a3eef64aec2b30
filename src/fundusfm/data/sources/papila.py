"""PAPILA: both eyes of patients of a glaucoma unit, with clinical data."""

from pathlib import Path

import pandas as pd

from fundusfm.data.sources.files import located, need_file, need_folder, read_table
from fundusfm.data.sources.source import PublicSet
from fundusfm.errors import SourceError

_CLASSES = {"0": "healthy", "1": "glaucoma", "2": "suspicious"}
_EYES = {"OD": "right", "OS": "left"}


def _read(root: Path) -> pd.DataFrame:
    folder = need_folder(root, "FundusImages")
    frames = []
    for code, eye in _EYES.items():
        name = f"patient_data_{code.lower()}.xlsx"
        path = need_file(root, f"ClinicalData/{name}", name)
        table = read_table(path, ["Age", "Gender", "Diagnosis"])
        # Two more lines of names follow the first. Patients are `#002` in the first column, which has no name.
        numbers = table.iloc[:, 0].str.extract(r"^#?(\d+)$", expand=False)
        table, numbers = table[numbers.notna()], numbers.dropna()
        if table.empty:
            raise SourceError(f"{path} has no patient such as `#002` in its first column")
        frame = pd.DataFrame({"image": located(folder, "RET" + numbers + code), "patient": list(numbers), "eye": eye})
        frame["age"] = list(table["Age"])
        frame["sex"] = list(table["Gender"].map({"0": "male", "1": "female"}).fillna(""))
        frame["class"] = list(table["Diagnosis"].map(_CLASSES).fillna(""))
        frame["diagnosis"] = list(table["Diagnosis"])
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


SOURCE = PublicSet(
    name="papila",
    title="PAPILA",
    about=(
        "Both eyes of 244 patients of the glaucoma unit of Hospital General Universitario Reina Sofía in Murcia, Spain "
        "(Topcon TRC-NW400, 30 degrees around the optic disc), diagnosed from clinical data. The outlines of disc and "
        "cup by two experts are not read."
    ),
    where="figshare.com/articles/dataset/PAPILA/14798004",
    licence="CC BY 4.0",
    citation="Kovalyk et al., PAPILA: fundus images and clinical data of both eyes, Scientific Data 9:291, 2022",
    layout="""
        ClinicalData/patient_data_od.xlsx, patient_data_os.xlsx     Age, Gender, Diagnosis, … under three header lines
        FundusImages/RET002OD.jpg, RET002OS.jpg …
    """,
    labels={
        "class": "`healthy`, `glaucoma`, or `suspicious` where doctors could not decide",
        "diagnosis": "the same as published, 0, 1, 2",
    },
    read=_read,
    counts={"images": 488, "diagnosis=0": 333, "diagnosis=1": 87, "diagnosis=2": 68},
)
