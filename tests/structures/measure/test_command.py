"""`fundusfm segment measure`: a tidy table from a manifest or from files."""

from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from fundusfm.commands.segment import measure_vessels
from fundusfm.errors import ConfigError, ManifestError, MaskError


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


def test_all_structures_of_a_manifest_are_measured_and_drawn(manifest: Path, tmp_path: Path) -> None:
    out = tmp_path / "m.csv"
    measure_vessels(
        data=str(manifest), select="patient == 'S1P00000'", out=str(out), figures=str(tmp_path / "figures"),
        microns_per_pixel=50.0,
    )  # fmt: skip
    table = pd.read_csv(out)
    assert {"vessels", "arteries", "veins", "artery_vein", "disc", "hard_exudates"} <= set(table["structure"])
    assert (table["value"].isna() == table["reason"].notna()).all()
    disc = table[table["structure"] == "disc"].set_index(["image", "measure"])["value"].unstack()
    assert np.allclose(disc["diameter_um"], 50 * disc["diameter"], rtol=1e-4)
    assert len(list((tmp_path / "figures").glob("*.jpg"))) == table["image"].nunique() == 2


def test_what_segment_predict_wrote_is_measured(tmp_path: Path) -> None:
    run = tmp_path / "run"
    down, across = np.mgrid[:120, :160] + 0.5
    masks = {"disc": np.hypot(across - 80, down - 60) < 10, "haemorrhages": np.hypot(across - 50, down - 60) < 4}
    for name, mask in masks.items():
        (run / "masks" / name).mkdir(parents=True)
        cv2.imwrite(str(run / "masks" / name / "0000_a.png"), mask.astype(np.uint8) * 255)
    row = {"image": "a.jpg", "status": "ok", "file": "0000_a", "width": 160, "height": 120, "fov_found": True,
           "fov_x": 80.0, "fov_y": 60.0, "fov_radius": 58.0, "reason": ""}  # fmt: skip
    refused = {"image": "b.jpg", "status": "failed", "reason": "no fundus photograph"}
    pd.DataFrame([row, refused]).astype({"width": "Int64", "height": "Int64"}).to_csv(run / "segment.csv", index=False)
    table = measure_vessels(predictions=str(run), out=str(tmp_path / "m.csv"), figures=str(tmp_path / "figures"))
    found = table.set_index(["structure", "region", "measure"])["value"]
    assert set(table["image"]) == {"a.jpg"}
    assert found["haemorrhages", "1_to_2_dd_of_disc", "count"] == 0
    assert found["haemorrhages", "within_1_dd_of_disc", "count"] == 1
    assert found["disc", "all", "diameter_share"] == pytest.approx(20 / 116, abs=0.01)
    with pytest.raises(ConfigError, match=r"holds no segment\.csv"):
        measure_vessels(predictions=str(tmp_path), out=str(tmp_path / "n.csv"))
    cv2.imwrite(str(run / "masks" / "disc" / "0000_a.png"), np.zeros((60, 80), np.uint8))
    with pytest.raises(MaskError, match=r"has 80 x 60 pixels, but .* says 160 x 120"):
        measure_vessels(predictions=str(run), out=str(tmp_path / "n.csv"))


def test_numbers_that_are_none_name_row_and_column(manifest: Path, tmp_path: Path) -> None:
    table = pd.read_csv(manifest, dtype=str).iloc[:1][["image", "vessels", "fov"]]
    for column in table:
        table[column] = [str(manifest.parent / path) for path in table[column]]
    for columns, error in (
        ({"disc_x": "72", "disc_y": "about 80"}, "`disc_x` and `disc_y` holds '72' and 'about 80', expected numbers"),
        ({"microns_per_pixel": "0"}, "row 2, column `microns_per_pixel`: 0 is not above 0"),
        ({"fovea_x": "nan", "fovea_y": "3"}, "row 2: `fovea_x` and `fovea_y` holds"),
    ):
        table.assign(**columns).to_csv(tmp_path / "manifest.csv", index=False)
        with pytest.raises(ManifestError, match=error):
            measure_vessels(data=str(tmp_path / "manifest.csv"), out=str(tmp_path / "m.csv"))
    with pytest.raises(ConfigError, match="--microns-per-pixel is -1"):
        measure_vessels(data=str(manifest), out=str(tmp_path / "m.csv"), microns_per_pixel=-1.0)


@pytest.mark.real
def test_drawn_masks_of_drive_and_idrid(real_folder: Path, tmp_path: Path) -> None:
    drive = measure_vessels(
        data=str(real_folder / "vessels" / "drive" / "manifest.csv"), select="image == 'images/01.png'",
        out=str(tmp_path / "drive.csv"),
    )  # fmt: skip
    calibre = drive[(drive["measure"] == "calibre") & (drive["region"] == "all")].set_index("structure")["value"]
    assert calibre["veins"] > calibre["arteries"] > 2
    zone = drive[drive["region"] == "zone_b"]
    assert zone["value"].isna().all() and (zone["reason"] == "the optic disc is not known").all()
    idrid = measure_vessels(
        data=str(real_folder / "idrid_lesions" / "manifest.csv"), select="image == 'images/IDRiD_02.jpg'",
        out=str(tmp_path / "idrid.csv"),
    )  # fmt: skip
    found = idrid.set_index(["structure", "region", "measure"])["value"]
    rings = [found["hard_exudates", f"{ring}_dd_of_fovea", "count"] for ring in ("within_1", "1_to_2", "beyond_2")]
    assert sum(rings) == found["hard_exudates", "all", "count"] > 0
    assert 0.05 < found["disc", "all", "diameter_share"] < 0.25
