"""`fundusfm data import`: what is written, refused, left out and told."""

from pathlib import Path

import pytest
from tests.data.sources.miniature import imported, picture, pictures, table

import fundusfm
from fundusfm.cli import main
from fundusfm.data.manifest.table import read_manifest
from fundusfm.errors import SourceError


def _aptos(root: Path) -> Path:
    table(root / "train.csv", ["id_code", "diagnosis"], [["a1", 0], ["b2", 1], ["c3", 4]])
    pictures(root / "train_images", ["a1.png", "b2.png", "c3.png"])
    return root


def _hrf(root: Path) -> Path:
    picture(root / "images" / "01_h.jpg")
    pictures(root / "manual1", ["01_h.tif"], mask=True)
    return root


def _import(root: Path, out: Path, *, name: str = "aptos", partial: bool = False, overwrite: bool = False) -> None:
    fundusfm.import_source(name=name, root=str(root), out=str(out), partial=partial, overwrite=overwrite)


class TestPaths:
    def test_are_relative_to_the_manifest(self, tmp_path: Path) -> None:
        frame = imported("aptos", _aptos(tmp_path / "data" / "aptos"), tmp_path / "tables" / "new" / "manifest.csv")
        assert frame["image"].iloc[0] == "../../data/aptos/train_images/a1.png"

    def test_the_root_may_be_relative(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        _aptos(tmp_path / "aptos")
        monkeypatch.chdir(tmp_path)
        _import(Path("aptos"), Path("manifest.csv"))
        assert read_manifest("manifest.csv").frame["image"].iloc[0] == "aptos/train_images/a1.png"

    def test_the_home_folder_may_be_short(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        _aptos(tmp_path / "aptos")
        monkeypatch.setenv("HOME", str(tmp_path))
        _import(Path("~/aptos"), Path("~/manifest.csv"))
        assert (tmp_path / "manifest.csv").is_file()

    def test_a_manifest_behind_a_link(self, tmp_path: Path) -> None:
        _aptos(tmp_path / "aptos")
        (tmp_path / "far" / "away").mkdir(parents=True)
        (tmp_path / "link").symlink_to(tmp_path / "far" / "away")
        imported("aptos", tmp_path / "aptos", tmp_path / "link" / "manifest.csv")

    def test_linked_photographs_keep_their_names(self, tmp_path: Path) -> None:
        root = _aptos(tmp_path / "aptos")
        blob = (root / "train_images" / "a1.png").rename(tmp_path / "blob")
        (root / "train_images" / "a1.png").symlink_to(blob)
        assert imported("aptos", root, tmp_path / "manifest.csv").index[0] == "a1.png"


class TestTarget:
    def test_an_existing_manifest_is_refused_or_replaced(self, tmp_path: Path) -> None:
        out = tmp_path / "manifest.csv"
        out.write_text("mine")
        with pytest.raises(SourceError, match="exists already; choose another --out, or replace it with --overwrite"):
            _import(_aptos(tmp_path / "aptos"), out)
        assert out.read_text() == "mine"
        _import(tmp_path / "aptos", out, overwrite=True)
        assert len(read_manifest(str(out)).frame) == 3

    def test_a_failed_import_leaves_the_old_manifest(self, tmp_path: Path) -> None:
        out = tmp_path / "manifest.csv"
        out.write_text("mine")
        root = _aptos(tmp_path / "aptos")
        (root / "train.csv").unlink()
        with pytest.raises(SourceError, match=r"no file `train\.csv`"):
            _import(root, out, overwrite=True)
        assert out.read_text() == "mine"

    def test_the_imported_table_is_never_replaced(self, tmp_path: Path) -> None:
        picture(tmp_path / "a1.png")
        own = table(tmp_path / "table.csv", ["image"], [["a1"]])
        with pytest.raises(SourceError, match="is the table to import"):
            _import(own, own, name="csv", overwrite=True)

    @pytest.mark.parametrize("name", ["out", "out.parquet"])
    def test_other_suffixes_are_refused(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(SourceError, match=r"ends in \.csv, such as .*manifest\.csv"):
            _import(_aptos(tmp_path / "aptos"), tmp_path / name)

    def test_a_folder_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "out.csv").mkdir()
        with pytest.raises(SourceError, match="is a folder"):
            _import(_aptos(tmp_path / "aptos"), tmp_path / "out.csv", overwrite=True)

    def test_a_place_that_cannot_be_written(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(SourceError, match=r"cannot be written .* choose another --out"):
            _import(_aptos(tmp_path / "aptos"), tmp_path / "file" / "manifest.csv")


class TestMissing:
    def test_photographs(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        root = _aptos(tmp_path / "aptos")
        (root / "train_images" / "b2.png").unlink()
        with pytest.raises(SourceError) as refused:
            _import(root, tmp_path / "manifest.csv")
        sentence = str(refused.value)
        assert "1 of 3 photographs that APTOS 2019 lists are missing, such as train_images/b2.png" in sentence
        assert "--partial" in sentence
        assert "kaggle.com/competitions/aptos2019" in sentence
        assert sentence.endswith(" Expected: train.csv id_code, diagnosis; train_images/ID.png")
        assert not (tmp_path / "manifest.csv").exists()
        _import(root, tmp_path / "manifest.csv", partial=True)
        assert "b2.png; they are left out" in capsys.readouterr().out
        assert read_manifest(str(tmp_path / "manifest.csv")).frame["dr_grade"].tolist() == ["0", "4"]

    def test_all_photographs(self, tmp_path: Path) -> None:
        root = _aptos(tmp_path / "aptos")
        for path in (root / "train_images").iterdir():
            path.unlink()
        with pytest.raises(SourceError, match="3 of 3 photographs"):
            _import(root, tmp_path / "manifest.csv", partial=True)

    def test_masks(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        root = _aptos(tmp_path / "aptos")
        table(root / "table.csv", ["image", "vessels"], [["a1", "gone.png"], ["b2", "c3"], ["c3", ""]])
        with pytest.raises(SourceError, match=r"1 of 2 `vessels` files .* such as gone\.png"):
            _import(root / "table.csv", tmp_path / "manifest.csv", name="csv")
        _import(root / "table.csv", tmp_path / "manifest.csv", name="csv", partial=True)
        frame = read_manifest(str(tmp_path / "manifest.csv")).frame
        assert frame["vessels"].tolist() == ["", "aptos/train_images/c3.png", ""]
        assert "vessels: 1 of 3 have one" in capsys.readouterr().out

    def test_the_root(self, tmp_path: Path) -> None:
        with pytest.raises(SourceError, match=r"no.*; give the folder that APTOS 2019 was unpacked to"):
            _import(tmp_path / "nowhere", tmp_path / "manifest.csv")
        (tmp_path / "manifest.csv").write_text("mine")
        with pytest.raises(SourceError, match=r"no.*nowhere"):
            _import(tmp_path / "nowhere", tmp_path / "manifest.csv", overwrite=True)

    def test_an_archive_that_was_not_unpacked(self, tmp_path: Path) -> None:
        (tmp_path / "aptos.zip").write_bytes(b"PK")
        with pytest.raises(
            SourceError, match=r"no folder .*aptos\.zip; give the folder that the data set was unpacked"
        ):
            _import(tmp_path / "aptos.zip", tmp_path / "manifest.csv")

    def test_every_row(self, tmp_path: Path) -> None:
        root = _aptos(tmp_path / "aptos")
        table(root / "train.csv", ["id_code", "diagnosis"], [])
        with pytest.raises(SourceError, match="list no photograph"):
            _import(root, tmp_path / "manifest.csv")


class TestContent:
    def test_columns_begin_with_the_known_ones(self, tmp_path: Path) -> None:
        frame = imported("hrf", _hrf(tmp_path / "HRF"), tmp_path / "manifest.csv")
        assert frame.columns[:4].tolist() == ["image", "dataset", "vessels", "fov"]
        assert frame["dataset"].tolist() == ["hrf"]

    def test_everything_is_text_and_ends_in_plain_line_feeds(self, tmp_path: Path) -> None:
        out = tmp_path / "manifest.csv"
        frame = imported("aptos", _aptos(tmp_path / "aptos"), out)
        assert b"\r" not in out.read_bytes()
        assert read_manifest(str(out)).name == "aptos"
        assert frame.map(lambda cell: isinstance(cell, str)).all(axis=None)

    def test_a_layout_takes_its_folders_name(self, tmp_path: Path) -> None:
        pictures(tmp_path / "clinic.v2" / "a", ["1.png"])
        pictures(tmp_path / "clinic.v2" / "b", ["1.png"])
        frame = imported("folders", tmp_path / "clinic.v2", tmp_path / "manifest.csv")
        assert set(frame["dataset"]) == {"clinic.v2"}

    def test_unknown_is_never_0(self, tmp_path: Path) -> None:
        root = _aptos(tmp_path / "aptos")
        table(root / "train.csv", ["id_code", "diagnosis"], [["a1", ""], ["b2", 1], ["c3", 4]])
        frame = imported("aptos", root, tmp_path / "manifest.csv")
        assert frame.loc["a1.png", ["dr_grade", "abnormal", "dr", "referable_dr"]].tolist() == [""] * 4


class TestTold:
    def test_counts_masks_licence_and_what_comes_next(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        _import(_hrf(tmp_path / "HRF"), tmp_path / "manifest.csv", name="hrf")
        lines = capsys.readouterr().out.splitlines()
        assert lines[0] == f"{tmp_path / 'manifest.csv'}: 1 photographs of HRF"
        assert "  images: 1 found, 45 published" in lines
        assert "  class=glaucoma: 0 found, 15 published" in lines
        assert "  fov: 0 of 1 have one" in lines
        assert "  licence: CC BY 4.0" in lines
        assert lines[-1] == f"Next: fundusfm data check {tmp_path / 'manifest.csv'} --labels abnormal"

    def test_faults(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        _import(_aptos(tmp_path / "aptos"), tmp_path / "manifest.csv")
        assert "  known fault: about 130 photographs" in capsys.readouterr().out

    def test_on_the_command_line(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        root, out = _aptos(tmp_path / "aptos"), tmp_path / "manifest.csv"
        assert main(["data", "import", "aptos", "--root", str(root), "--out", str(out)]) == 0
        assert main(["data", "import", "aptos", "--root", str(root), "--out", str(out)]) == 2
        assert "--overwrite" in capsys.readouterr().err
        assert main(["data", "check", str(out)]) in (0, 2)

    def test_an_unknown_name(self, tmp_path: Path) -> None:
        with pytest.raises(SourceError, match=r"No data source 'aptoss'\. Did you mean aptos\?"):
            _import(tmp_path, tmp_path / "manifest.csv", name="aptoss")
