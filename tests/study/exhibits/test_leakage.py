"""Leaks between roles, found by name and by looks."""

from pathlib import Path

import pandas as pd
from PIL import Image

import fundusfm
from fundusfm.data.store.reader import open_store
from fundusfm.study.exhibits.cohorts import Group, cohort_table
from fundusfm.study.exhibits.leakage import find_leaks, leakage_text


def _stores(manifest: Path, folder: Path) -> Path:
    """A store of six photographs, and one of two others beside a mirrored copy of the first."""
    table = pd.read_csv(manifest, dtype=str, keep_default_na=False)
    table["image"] = [str(manifest.parent / name) for name in table["image"]]
    folder.mkdir()
    copy = folder / "copy.jpg"
    Image.open(table["image"][0]).transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(copy, quality=80)
    table[:6].to_csv(folder / "a.csv", index=False)
    other = table[6:9].copy()
    other.loc[other.index[0], ["image", "patient"]] = [str(copy), "stranger"]
    other.to_csv(folder / "b.csv", index=False)
    for name in ("a", "b"):
        fundusfm.prepare(manifest=f"{name}={folder / name}.csv", size=32, out=str(folder / "stores" / f"{name}-32px"),
                         workers=1)  # fmt: skip
    return folder


def test_a_mirrored_copy_across_roles_is_found(manifest: Path, tmp_path: Path) -> None:
    folder = _stores(manifest, tmp_path / "study")
    groups = [
        Group(role, open_store(f"{name}={folder / 'stores' / f'{name}-32px'}"), ["abnormal"], "binary")
        for name, role in (("a", "upstream"), ("b", "task, 2 folds"))
    ]
    leaks, photographs = find_leaks(groups, folder, workers=1)
    assert photographs == 9
    assert leaks[["kind", "set", "other_set", "other_patient"]].to_numpy().tolist() == [
        ["same picture", "a", "b", "stranger"]
    ]
    assert "in two roles that show the same picture: 1" in leakage_text(leaks, photographs)[-1]
    again, _ = find_leaks(groups, folder, workers=1)
    pd.testing.assert_frame_equal(leaks, again)


def test_cohorts_count_photographs_patients_and_positives(manifest: Path, tmp_path: Path) -> None:
    folder = _stores(manifest, tmp_path / "study")
    store = open_store(f"a={folder / 'stores' / 'a-32px'}")
    exhibit = cohort_table([Group("upstream", store, ["abnormal"], "binary")])
    row = exhibit.numbers.iloc[0]
    assert (row["set"], row["photographs"], row["known"]) == ("a", 6, 6)
    assert row["positives"] == (store.frame["abnormal"] == "1").sum()
    assert row["patients"] == store.frame["patient"].nunique()


def test_no_leak_is_said_too() -> None:
    columns = ["kind", "role", "other_role"]
    assert "No patient and no picture" in leakage_text(pd.DataFrame(columns=columns), 10)[-1]
