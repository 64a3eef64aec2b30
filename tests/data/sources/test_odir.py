"""ODIR-5K in miniature, and its keywords against the real ones."""

from pathlib import Path

import pandas as pd
import pytest
from tests.data.sources.miniature import imported, pictures, table

from fundusfm.data.sources.odir import eye_labels
from fundusfm.errors import SourceError

_CODES = "NDGCAHMO"
_COLUMNS = ["ID", "Patient Age", "Patient Sex", "Left-Fundus", "Right-Fundus"]
_COLUMNS += ["Left-Diagnostic Keywords", "Right-Diagnostic Keywords", *_CODES]
_PATIENTS = {
    "0": ("69", "Female", "cataract", "normal fundus", "00010000"),
    "4": ("53", "Male", "macular epiretinal membrane", "mild nonproliferative retinopathy", "01000001"),
    "9": ("1", "Male", "lens dust", "low image quality,maculopathy", "00000001"),
}
_ROWS = [
    [patient, age, sex, f"{patient}_left.jpg", f"{patient}_right.jpg", left, right, *codes]
    for patient, (age, sex, left, right, codes) in _PATIENTS.items()
]
_FILES = [f"{patient}_{eye}.jpg" for patient in _PATIENTS for eye in ("left", "right")]


def _labels(keywords: str) -> str:
    """Returns the labels that are 1, `?` where all are unknown."""
    labels = eye_labels(keywords)
    return "".join(code for code in _CODES if labels[code] == "1") or "?" * (set(labels.values()) == {""})


@pytest.mark.parametrize(
    ("keywords", "expected"),
    [
        ("normal fundus", "N"),
        ("normal fundus，lens dust", "N"),
        ("epiretinal membrane，normal fundus，lens dust", "O"),
        ("hypertensive retinopathy,diabetic retinopathy", "DH"),
        ("moderate non proliferative retinopathy，abnormal pigment ", "DO"),
        ("suspected glaucoma，suspicious diabetic retinopathy", "DG"),
        ("suspected abnormal color of  optic disc", "O"),
        ("dry age-related macular degeneration，myopia retinopathy", "AM"),
        ("drusen", "O"),
        ("suspected cataract", "C"),
        ("refractive media opacity", "O"),
        ("", "?"),
    ],
)
def test_keywords(keywords: str, expected: str) -> None:
    assert _labels(keywords) == expected


@pytest.mark.parametrize(
    "remark",
    [
        *("anterior segment image", "no fundus image", "lens dust", "optic disk photographically invisible"),
        *("low image quality", "image offset", "lens dust，low image quality"),
    ],
)
def test_remarks_on_the_photograph_alone_leave_every_label_unknown(remark: str) -> None:
    labels = eye_labels(remark)
    assert labels.pop("quality") == remark.replace("，", ", ")
    assert set(labels.values()) == {""}


def test_a_keyword_that_is_not_in_the_table_leaves_the_other_labels_unknown() -> None:
    assert _labels("a finding of next year") == "?"
    assert _labels("normal fundus，a finding of next year") == "?"
    labels = eye_labels("glaucoma，a finding of next year")
    assert [labels[code] for code in "NGDO"] == ["0", "1", "", ""]


@pytest.mark.parametrize(
    ("keywords", "grade"),
    [
        ("normal fundus", "0"),
        ("glaucoma", "0"),
        ("diabetic retinopathy", ""),
        ("mild nonproliferative retinopathy", "1"),
        ("suspected moderate non proliferative retinopathy", "2"),
        ("diabetic retinopathy，severe nonproliferative retinopathy", "3"),
        ("proliferative diabetic retinopathy", "4"),
        ("lens dust", ""),
    ],
)
def test_grades_of_diabetic_retinopathy(keywords: str, grade: str) -> None:
    assert eye_labels(keywords)["dr_grade"] == grade


@pytest.mark.real
def test_the_labels_of_all_real_keywords_are_those_of_the_derived_table(real_folder: Path) -> None:
    real = pd.read_csv(real_folder / "odir" / "manifest.csv", dtype=str, keep_default_na=False)
    labels = pd.DataFrame([eye_labels(keywords) for keywords in real["keywords"]])
    labels["abnormal"] = labels["N"].map({"0": "1", "1": "0"})
    columns = [*_CODES, "abnormal"]
    differences = real[(labels[columns] != real[columns]).any(axis=1)]
    assert differences.empty, differences[["image", "keywords"]]


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("data.xlsx", "Training Images"),
        ("ODIR-5K/ODIR-5K/data.xlsx", "ODIR-5K/ODIR-5K/Training Images"),
        ("ODIR-5K_Training_Annotations(Updated)_V2.xlsx", "ODIR-5K_Training_Images/ODIR-5K_Training_Dataset"),
        ("Training Set/Annotation/training annotation (English).xlsx", "Training Set/Images"),
    ],
)
def test_both_eyes_of_every_patient(tmp_path: Path, name: str, folder: str) -> None:
    table(tmp_path / "odir" / name, _COLUMNS, _ROWS)
    pictures(tmp_path / "odir" / folder, _FILES)
    frame = imported("odir", tmp_path / "odir", tmp_path / "manifest.csv")
    assert frame.index.tolist() == _FILES
    known = ["patient", "eye", "age", "sex", "part", "keywords"]
    expected = ["0", "left", "69", "female", "training", "cataract"]
    assert frame.loc["0_left.jpg", known].tolist() == expected
    assert frame.loc["9_left.jpg", ["quality", "N", "O"]].tolist() == ["lens dust", "", ""]
    assert frame.loc["9_right.jpg", ["quality", "N", "O"]].tolist() == ["low image quality", "0", "1"]


def test_harmonised_labels_are_of_the_eye_and_not_of_the_patient(tmp_path: Path) -> None:
    table(tmp_path / "odir/data.xlsx", _COLUMNS, _ROWS)
    pictures(tmp_path / "odir/Training Images", _FILES)
    frame = imported("odir", tmp_path / "odir", tmp_path / "manifest.csv")
    harmonised = ["abnormal", "dr", "referable_dr", "glaucoma", "amd", "cataract", "pathologic_myopia", "hypertensive"]
    assert frame.loc["0_left.jpg", harmonised].tolist() == ["1", "0", "0", "0", "0", "1", "0", "0"]
    assert frame.loc["0_right.jpg", harmonised].tolist() == ["0"] * 8
    assert frame.loc["4_left.jpg", harmonised].tolist() == ["1", *["0"] * 7]
    assert frame.loc["4_right.jpg", harmonised].tolist() == ["1", "1", "0", "0", "0", "0", "0", "0"]
    assert frame.loc["9_left.jpg", harmonised].tolist() == [""] * 8


def test_the_copy_with_one_line_per_photograph(tmp_path: Path) -> None:
    lines = [
        [*_ROWS[patient], "../input/x.jpg", "['N']", "[1, 0]", name]
        for patient, name in [(0, "0_right.jpg"), (1, "4_right.jpg"), (0, "0_left.jpg")]
    ]
    table(tmp_path / "copy/full_df.csv", [*_COLUMNS, "filepath", "labels", "target", "filename"], lines)
    pictures(tmp_path / "copy/preprocessed_images", ["0_right.jpg", "4_right.jpg", "0_left.jpg"])
    frame = imported("odir", tmp_path / "copy", tmp_path / "manifest.csv")
    assert sorted(frame.index) == ["0_left.jpg", "0_right.jpg", "4_right.jpg"]
    assert frame.loc["0_right.jpg", ["eye", "N", "C"]].tolist() == ["right", "1", "0"]
    assert frame.loc["4_right.jpg", "D"] == "1"


def test_the_test_parts(tmp_path: Path) -> None:
    root = tmp_path / "OIA-ODIR"
    names = {"Training": "training", "Off-site Test": "off-site test", "On-site Test": "on-site test"}
    for row, (outer, part) in zip(_ROWS, names.items(), strict=True):
        table(root / f"{outer} Set/Annotation/{part} annotation (English).xlsx", _COLUMNS, [row])
        pictures(root / f"{outer} Set/Images", [str(row[3]), str(row[4])])
    frame = imported("odir", root, tmp_path / "manifest.csv")
    assert frame["part"].tolist() == [part for part in names.values() for _ in range(2)]
    assert frame.loc["4_right.jpg", ["part", "dr_grade"]].tolist() == ["off-site test", "1"]


def test_a_table_without_keywords_is_refused(tmp_path: Path) -> None:
    table(tmp_path / "data.xlsx", ["ID", "Patient Age", "Patient Sex", *_CODES], [["0", 69, "Female", *"00010000"]])
    pictures(tmp_path / "Training Images", ["0_left.jpg"])
    with pytest.raises(SourceError, match="no column `Left-Fundus` or `Left-Diagnostic Keywords`"):
        imported("odir", tmp_path, tmp_path / "manifest.csv")


def test_missing_photographs_are_refused_or_left_out(tmp_path: Path) -> None:
    table(tmp_path / "odir/data.xlsx", _COLUMNS, _ROWS)
    pictures(tmp_path / "odir/Training Images", _FILES[:5])
    with pytest.raises(SourceError, match=r"1 of 6 photographs .* Training Images/9_right\.jpg"):
        imported("odir", tmp_path / "odir", tmp_path / "manifest.csv")
    assert len(imported("odir", tmp_path / "odir", tmp_path / "manifest.csv", partial=True)) == 5
