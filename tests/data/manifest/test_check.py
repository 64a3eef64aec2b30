"""The command finds planted faults, says them in text and JSON, and ends with their exit code."""

import json
from pathlib import Path

import cv2
import pandas as pd
import pytest

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
