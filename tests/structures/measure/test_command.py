"""`fundusfm segment measure`: a tidy table from a manifest or from files."""

from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from fundusfm.commands.segment import measure_vessels
from fundusfm.errors import ConfigError, MaskError


def test_a_manifest_with_discs_gives_quadrants(manifest: Path, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "measures.csv"
    measure_vessels(data=str(manifest), select="patient in ['S1P00000', 'S1P00001']", out=str(out))
    table = pd.read_csv(out)
    assert list(table) == ["dataset", "image", "patient", "eye", "structure", "region", "measure", "value", "unit",
                           "source", "reason"]  # fmt: skip
    assert table["image"].nunique() == 4
    vessels = table[table["structure"] == "vessels"]
    assert vessels.groupby("image")["region"].nunique().eq(5).all()
    density = vessels[(vessels["measure"] == "density") & (vessels["region"] == "all")]["value"]
    assert density.between(0.02, 0.3).all()


def test_files_are_measured_in_their_full_frame_or_their_fov(manifest: Path, tmp_path: Path) -> None:
    row = pd.read_csv(manifest).iloc[0]
    vessels, fov = (str(manifest.parent / row[column]) for column in ("vessels", "fov"))
    measure_vessels(masks=[vessels], out=str(tmp_path / "full.csv"))
    measure_vessels(masks=[vessels], fov=[fov], out=str(tmp_path / "fov.csv"))
    tables = [pd.read_csv(tmp_path / f"{name}.csv") for name in ("full", "fov")]
    full, inside = (table[table["region"] == "all"].set_index("measure")["value"] for table in tables)
    assert full["density"] < inside["density"]
    assert full["calibre"] == pytest.approx(inside["calibre"])


def test_tables_are_not_overwritten_unasked(manifest: Path, tmp_path: Path) -> None:
    mask = str(manifest.parent / pd.read_csv(manifest)["vessels"][0])
    out = str(tmp_path / "m.csv")
    measure_vessels(masks=[mask], out=out)
    with pytest.raises(ConfigError, match="exists already"):
        measure_vessels(masks=[mask], out=out)
    measure_vessels(masks=[mask], out=out, overwrite=True)


def test_contradictions_and_missing_files_are_said(manifest: Path, tmp_path: Path) -> None:
    out = str(tmp_path / "m.csv")
    with pytest.raises(ConfigError, match="one of the three"):
        measure_vessels(out=out)
    with pytest.raises(ConfigError, match="one of the three"):
        measure_vessels(out=out, data=str(manifest), masks=["x.png"])
    with pytest.raises(ConfigError, match="one for each"):
        measure_vessels(out=out, masks=["x.png"], fov=["a.png", "b.png"])
    with pytest.raises(MaskError, match=r"x.png does not exist"):
        measure_vessels(out=out, masks=["x.png"])


def test_a_disc_of_another_size_names_its_row(manifest: Path, tmp_path: Path) -> None:
    table = pd.read_csv(manifest, dtype=str)
    table = table[["image", "vessels", "fov", "disc"]]
    for column in table:
        table[column] = [str(manifest.parent / path) for path in table[column]]
    cv2.imwrite(str(tmp_path / "disc.png"), np.full((7, 9), 255, np.uint8))
    table.loc[0, "disc"] = str(tmp_path / "disc.png")
    table.to_csv(tmp_path / "manifest.csv", index=False)
    with pytest.raises(MaskError, match=r"row 2, mask of the optic disc: .* has 9 x 7 pixels"):
        measure_vessels(data=str(tmp_path / "manifest.csv"), out=str(tmp_path / "m.csv"))
