"""Kaggle Diabetic Retinopathy Detection: the largest public set of grades, from EyePACS."""

from pathlib import Path

import pandas as pd

from fundusfm.data.sources.files import find_file, find_folder, located, need_file, need_folder, read_table
from fundusfm.data.sources.source import PublicSet

_TABLES = ("trainLabels.csv", "labels/trainLabels15.csv", "trainLabels15.csv", "trainLabels_cropped.csv")
_FOLDERS = (
    *("train", "resized_train/resized_train", "resized_train", "resized train 15"),
    *("resized_train_cropped/resized_train_cropped", "resized_train_cropped"),
)
_TEST_TABLES = ("retinopathy_solution.csv", "labels/testLabels15.csv", "testLabels15.csv")
_TEST_FOLDERS = ("test", "resized_test/resized_test", "resized_test", "resized test 15")
_USAGES = {"Public": "public test", "Private": "private test"}


def _read(root: Path) -> pd.DataFrame:
    table = read_table(need_file(root, *_TABLES), ["image", "level"])
    frames = [_rows(need_folder(root, *_FOLDERS), table, pd.Series("train", index=table.index))]
    path, folder = find_file(root, *_TEST_TABLES), find_folder(root, *_TEST_FOLDERS)
    # Either is of no use without the other: the test photographs alone are as large as the training part.
    if path is not None and folder is not None:
        table = read_table(path, ["image", "level", "Usage"])
        frames.append(_rows(folder, table, table["Usage"].map(_USAGES).fillna("test")))
    return pd.concat(frames, ignore_index=True)


def _rows(folder: Path, table: pd.DataFrame, parts: "pd.Series[str]") -> pd.DataFrame:
    named = table["image"].str.extract(r"^(?P<patient>\d+)_(?P<eye>left|right)").fillna("")
    return pd.DataFrame(
        {
            "image": located(folder, table["image"], suffix=".jpeg"),
            "patient": named["patient"],
            "eye": named["eye"],
            "part": parts,
            "dr_grade": table["level"],
        }
    )


SOURCE = PublicSet(
    name="eyepacs",
    title="EyePACS (Kaggle 2015)",
    about=(
        "Photographs of both eyes from primary care clinics of the EyePACS network in the United States, taken by many "
        "cameras, graded for diabetic retinopathy by one clinician each. The test part's grades were published after "
        "the competition; it is read where both its table and its photographs are there."
    ),
    where="kaggle.com/competitions/diabetic-retinopathy-detection",
    licence="competition rules: research and education, non-commercial",
    citation="Diabetic Retinopathy Detection, California Healthcare Foundation and EyePACS, Kaggle, 2015",
    layout="""
        trainLabels.csv                 image, level
        train/10_left.jpeg …            (or resized_train/, or `resized train 15/` with labels/trainLabels15.csv)
        retinopathy_solution.csv        image, level, Usage     (optional, with test/)
        test/1_left.jpeg …              (or `resized test 15/` with labels/testLabels15.csv)
    """,
    labels={"dr_grade": "diabetic retinopathy, 0 none, 1 mild, 2 moderate, 3 severe, 4 proliferative"},
    read=_read,
    counts={"images": 88702, "part=train": 35126, "part=public test": 10906, "part=private test": 42670},
    faults=(
        "graded by one person each, so that neighbouring grades, above all 0 and 1, are often confused",
        "many photographs are dark, out of focus or overexposed, and some cannot be graded, yet all have a grade",
        "some photographs are inverted, as seen through a lens, without a column that tells",
    ),
)
