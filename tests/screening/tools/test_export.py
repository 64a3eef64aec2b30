"""From `predict` to the files of other tools."""

import json
from pathlib import Path

import pytest

import fundusfm
from fundusfm.errors import ConfigError, RunFolderError


@pytest.fixture(scope="module")
def results(manifest: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of three photographs."""
    out = tmp_path_factory.mktemp("results") / "results.csv"
    paths = [str(path) for path in sorted((manifest.parent / "images").iterdir())[:3]]
    fundusfm.predict(paths=paths, out=str(out), single_process=True)
    return out


def test_results_for_fiftyone(results: Path, tmp_path: Path) -> None:
    out = fundusfm.export(results=str(results), to="fiftyone", out=str(tmp_path / "out"))
    data, labels = (json.loads((out / name).read_text(encoding="utf-8")) for name in ("data.json", "labels.json"))
    assert len(data) == len(labels["labels"]) == 3
    assert all(Path(path).is_file() for path in data.values())
    assert "abnormal" in labels["classes"]


def test_results_for_label_studio(
    results: Path, manifest: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = {"results": str(results), "to": "label-studio", "out": str(tmp_path)}
    fundusfm.export(**options, images=str(manifest.parent), url="https://pictures.example/")
    found = json.loads((tmp_path / "tasks.json").read_text(encoding="utf-8"))
    assert [task["data"]["image"][:32] for task in found] == ["https://pictures.example/images/"] * 3
    assert 'value="$image"' in (tmp_path / "label_config.xml").read_text(encoding="utf-8")
    assert "3 photographs for label-studio" in capsys.readouterr().err
    with pytest.raises(RunFolderError, match=r"tasks\.json exists already"):
        fundusfm.export(**options, images=str(manifest.parent))
    fundusfm.export(**options, images=str(manifest.parent), overwrite=True)


def test_what_cannot_be_exported_is_said(results: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.csv is no file"):
        fundusfm.export(results=str(tmp_path / "none.csv"), to="fiftyone", out=str(tmp_path))
    (tmp_path / "other.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"no table of results .* fundusfm predict --out wrote"):
        fundusfm.export(results=str(tmp_path / "other.csv"), to="fiftyone", out=str(tmp_path))
    text = results.read_text(encoding="utf-8").replace("/images/", "/moved/")
    (tmp_path / "moved.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"None of the 3 photographs .* --images"):
        fundusfm.export(results=str(tmp_path / "moved.csv"), to="fiftyone", out=str(tmp_path))
