"""The command finds planted faults, says them in text and JSON, and ends with their exit code."""

import json
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from PIL import Image

import fundusfm


def _plant(manifest: Path, folder: Path) -> Path:
    """Copies a clean manifest beside absolute paths and plants one fault of each kind."""
    table = pd.read_csv(manifest, dtype=str, keep_default_na=False)
    table["image"] = [str(manifest.parent / image) for image in table["image"]]
    table["part"] = ["train" if int(patient[-4:]) % 2 else "test" for patient in table["patient"]]
    mirrored = folder / "mirrored.jpg"
    cv2.imwrite(str(mirrored), cv2.imread(table["image"].iloc[4])[:, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 70])
    truncated = folder / "truncated.jpg"
    truncated.write_bytes(Path(table["image"].iloc[5]).read_bytes()[:900])
    rows = [
        {**table.iloc[0], "image": "absent.jpg"},
        {**table.iloc[5], "image": str(truncated)},
        {**table.iloc[4], "image": str(mirrored), "abnormal": "1" if table["abnormal"].iloc[4] == "0" else "0"},
        {
            **table.iloc[6],
            "image": str(folder / "same.jpg"),
            "part": "train" if table["part"].iloc[6] == "test" else "test",
        },
        {**table.iloc[7], "image": "", "abnormal": "3"},
    ]
    (folder / "same.jpg").write_bytes(Path(table["image"].iloc[6]).read_bytes())
    path = folder / "planted.csv"
    pd.concat([table, pd.DataFrame(rows)]).to_csv(path, index=False)
    return path


def test_clean_manifest(manifest: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert fundusfm.check(manifest=str(manifest), labels=["abnormal"]).ok
    assert "32 rows, 32 readable photographs, no faults" in capsys.readouterr().out


def test_planted_faults(manifest: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    planted = _plant(manifest, tmp_path)
    assert fundusfm.check(manifest=str(planted), labels=["abnormal"], workers=1, json=True).faults
    found = json.loads(capsys.readouterr().out)
    by_kind = {fault["kind"]: fault for fault in found["faults"]}
    assert set(by_kind) == {
        "missing_file",
        "unreadable_file",
        "near_duplicate",
        "exact_duplicate",
        "patient_in_two_parts",
        "bad_label",
    }
    assert by_kind["unreadable_file"]["rows"] == [35]
    assert by_kind["near_duplicate"]["rows"] == [6, 36]
    assert "labels differ (abnormal)" in by_kind["near_duplicate"]["message"]
    assert by_kind["exact_duplicate"]["rows"] == [8, 37]
    assert "different part" in by_kind["exact_duplicate"]["message"]
    assert by_kind["bad_label"]["rows"] == [38]
    assert found["summary"]["rows"] == 37
    assert any("32 of 37 files lie outside" in note for note in found["notes"])
    fundusfm.check(manifest=str(planted), workers=1)
    text = capsys.readouterr().out
    assert "row 6, 36" in text
    assert "bad label" not in text, "labels are looked at only when named"


def _photographs(folder: Path, *names: str) -> None:
    rng = np.random.default_rng(0)
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (40, 40, 3), np.uint8)).save(folder / name)


def test_absent_patients_are_never_no_faults(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _photographs(tmp_path, "a.png", "b.png")
    (tmp_path / "m.csv").write_text("image\na.png\nb.png\n")
    report = fundusfm.check(manifest=str(tmp_path / "m.csv"))
    text = capsys.readouterr().out
    assert report.ok and [fault.kind for fault in report.warnings] == ["no_patient"]
    assert "folds are by photograph" in text and "no faults" not in text and "0 faults, 1 warning" in text
    (tmp_path / "n.csv").write_text("image,Patient ID\na.png,007\nb.png,7\n")
    assert [fault.kind for fault in fundusfm.check(manifest=str(tmp_path / "n.csv")).faults] == ["patient_spelling"]
    assert "patient: taken from the column `Patient ID`" in capsys.readouterr().out


def test_paths_that_nearly_exist_are_one_fault(tmp_path: Path) -> None:
    _photographs(tmp_path, "images/a.png", "images/b.png")
    (tmp_path / "m.csv").write_text(f"image,patient\nimages/a,1\nimages/b,2\n{'x' * 5000},3\n")
    report = fundusfm.check(manifest=str(tmp_path / "m.csv"))
    assert [(fault.kind, fault.rows) for fault in report.faults] == [("missing_file", (2, 3)), ("missing_file", (4,))]
    assert "2 files do not exist: the suffix is missing" in report.faults[0].message


def test_photographs_of_one_file_are_no_duplicates(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    pages = [Image.fromarray(rng.integers(0, 256, (90, 90, 3), np.uint8)) for _ in range(2)]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    (tmp_path / "m.csv").write_text("image,patient\na.tif,1\na.tif#2,1\na.tif#3,1\n")
    report = fundusfm.check(manifest=str(tmp_path / "m.csv"))
    assert [(fault.kind, fault.rows) for fault in report.faults] == [("unreadable_file", (4,))]
    assert "holds 2 photograph(s); there is no number 3" in report.faults[0].message
    assert not report.warnings
    (tmp_path / "n.csv").write_text("image,patient\na.tif,1\n")
    (warning,) = fundusfm.check(manifest=str(tmp_path / "n.csv")).warnings
    assert (warning.kind, warning.rows) == ("unnamed_photographs", (2,))
    assert warning.message == "a.tif holds 2 photographs, of which 1 have no row" and "a.tif#2" in warning.fix


def test_declared_words_are_no_labels(tmp_path: Path) -> None:
    _photographs(tmp_path, *(f"{number}.png" for number in range(4)))
    rows = "".join(f"{number}.png,{number},{label}\n" for number, label in enumerate(("0", "1", "NA", "-")))
    (tmp_path / "m.csv").write_text("image,patient,abnormal\n" + rows)
    assert {fault.kind for fault in fundusfm.check(manifest=str(tmp_path / "m.csv"), labels=["abnormal"]).faults} == {
        "bad_label"
    }
    report = fundusfm.check(manifest=str(tmp_path / "m.csv"), labels=["abnormal"], missing=["NA,-"])
    assert report.ok and "label abnormal: 2 of 4 rows are unknown" in report.notes


def test_columns_are_named_as_the_table_names_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _photographs(tmp_path, "a.png", "b.png")
    (tmp_path / "m.csv").write_text("Filename,Patient ID\na.png,007\nb.png,7\nc.png,8\n")
    report = fundusfm.check(manifest=str(tmp_path / "m.csv"))
    assert {fault.kind: fault.column for fault in report.faults} == {
        "patient_spelling": "Patient ID", "missing_file": "Filename"
    }  # fmt: skip
    assert "row 2, 3: Patient ID: 007, 7 differ" in capsys.readouterr().out
