"""APTOS 2019 Blindness Detection: diabetic retinopathy grades from rural India."""

from pathlib import Path

import pandas as pd

from fundusfm.data.sources.files import located, need_file, need_folder, read_table
from fundusfm.data.sources.source import PublicSet


def _read(root: Path) -> pd.DataFrame:
    table = read_table(need_file(root, "train.csv"), ["id_code", "diagnosis"])
    folder = need_folder(root, "train_images")
    return pd.DataFrame(
        {"image": located(folder, table["id_code"], suffix=".png"), "part": "train", "dr_grade": table["diagnosis"]}
    )


SOURCE = PublicSet(
    name="aptos",
    title="APTOS 2019",
    about=(
        "Photographs from several cameras of Aravind Eye Hospital's technicians in rural India, graded for diabetic "
        "retinopathy by one clinician each. The test part's grades were never published, so only the training part is "
        "read. There is no patient column."
    ),
    where="kaggle.com/competitions/aptos2019-blindness-detection",
    licence="competition rules: research and education, non-commercial",
    citation="APTOS 2019 Blindness Detection, Asia Pacific Tele-Ophthalmology Society, Kaggle, 2019",
    layout="""
        train.csv               id_code, diagnosis
        train_images/ID.png
    """,
    labels={"dr_grade": "diabetic retinopathy, 0 none, 1 mild, 2 moderate, 3 severe, 4 proliferative"},
    read=_read,
    counts={
        "images": 3662,
        "dr_grade=0": 1805,
        "dr_grade=1": 370,
        "dr_grade=2": 999,
        "dr_grade=3": 193,
        "dr_grade=4": 295,
    },
    faults=("about 130 photographs are there twice, some under two grades; `fundusfm data check` lists them",),
)
