"""`fundusfm weights import`: from a source to a name that other commands accept."""

import hashlib
import json
import os
import pickle
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from tests.models.importing.conftest import Tensors

import fundusfm
from fundusfm.cli import main
from fundusfm.errors import ConfigError, FundusFMError, MissingExtraError, WeightsError
from fundusfm.models.bundle import Bundle
from fundusfm.models.listing import cache_folder
from fundusfm.models.trainable import load_bundle, save_bundle


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUNDUSFM_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def bundle(make_bundle: Callable[..., Bundle], tmp_path: Path) -> Bundle:
    made = make_bundle()
    return save_bundle(tmp_path / "run" / "bundle", made.network, made.card)


def _left_over() -> list[str]:
    return sorted(path.name for path in cache_folder().rglob("*") if path.is_dir() and path.name != "weights")


@pytest.mark.parametrize("kind", ["folder", "run", "zip"])
def test_a_bundle(bundle: Bundle, tmp_path: Path, kind: str) -> None:
    assert bundle.path is not None
    (bundle.path / "notes.txt").write_text("not the bundle's")
    source = {"folder": bundle.path, "run": bundle.path.parent, "zip": tmp_path / "packed.zip"}[kind]
    if kind == "zip":
        shutil.make_archive(str(tmp_path / "packed"), "zip", bundle.path.parent, "bundle")
    folder = Path(fundusfm.import_weights(source=str(source), name="mine"))
    assert load_bundle(folder).hash == bundle.hash and folder == cache_folder() / "weights" / "mine"
    files = {"model.safetensors", "model.onnx", "config.json", "README.md", "card.json"}
    assert {path.name for path in folder.iterdir()} == files
    assert _left_over() == ["mine"]


def test_without_pytorch_bundles_alone(bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fundusfm.extras.find_spec", lambda name: None)
    assert Path(fundusfm.import_weights(source=str(bundle.path), name="mine")).is_dir()
    save_file({"fc.weight": torch.zeros(2, 2)}, tmp_path / "other.safetensors")
    for source in (str(tmp_path / "other.safetensors"), "hf:owner/name"):
        with pytest.raises(
            MissingExtraError, match=r"^Importing .* needs the extra \[train\]: torch is .*fundusfm\[train\]"
        ):
            fundusfm.import_weights(source=source, name="other")
    assert _left_over() == ["mine"]


def test_a_damaged_bundle_leaves_nothing(bundle: Bundle) -> None:
    assert bundle.path is not None
    (bundle.path / "model.safetensors").write_bytes(b"cut")
    with pytest.raises(WeightsError, match="cannot be read"):
        fundusfm.import_weights(source=str(bundle.path), name="mine")
    assert _left_over() == []


def test_options_that_a_bundle_answers_itself(bundle: Bundle) -> None:
    with pytest.raises(ConfigError, match="leave --backbone, --licence out"):
        fundusfm.import_weights(source=str(bundle.path), name="mine", backbone="resnet18", licence="MIT")


def test_a_state_dict_becomes_a_bundle(resnet: Tensors, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "weights.pth"
    torch.save({"model": {f"module.{name}": value for name, value in resnet.items()}}, path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    arguments = ["weights", "import", str(path), "--name", "theirs", "--size", "64", "--licence", "CC-BY-NC-4.0"]
    assert main([*arguments, "--sha256", digest.upper()]) == 0
    shown = capsys.readouterr().out
    assert "loaded            100  100.0% of" in shown and "module.fc.bias" in shown and "--weights theirs" in shown
    folder = cache_folder() / "weights" / "theirs"
    card = load_bundle(folder).card
    assert (card.architecture, card.strategy, card.labels, card.size) == ("resnet18", "imported", [], 64)
    assert (card.licence, card.name) == ("CC-BY-NC-4.0", "theirs")
    assert card.lineage[0].what.startswith("imported from weights.pth") and card.lineage[0].detail["sha256"] == digest
    record = json.loads((folder / "import.json").read_text())
    assert record["unexpected"] == ["module.fc.bias", "module.fc.weight"] and len(record["loaded"]) == 100
    assert record["prefix"] == "module." and record["sha256"] == digest


def test_pooling_travels_with_the_bundle(retfound: Callable[..., Tensors], tmp_path: Path) -> None:
    """Here and in timm, which knows nothing of fundusfm."""
    import timm

    save_file(retfound(fine_tuned=True), tmp_path / "weights.safetensors")
    folder = fundusfm.import_weights(source=str(tmp_path / "weights.safetensors"), name="theirs")
    bundle = load_bundle(folder)
    elsewhere = timm.create_model(f"local-dir:{folder}", pretrained=True).eval()
    images = torch.randn(1, 3, 64, 64)
    with torch.inference_mode():
        assert torch.equal(bundle.network(images), elsewhere(images))
    assert bundle.card.arguments == {"global_pool": "avg"} and "unknown" in bundle.card.licence


def test_a_folder_of_timm(resnet: Tensors, tmp_path: Path) -> None:
    folder = tmp_path / "timm"
    folder.mkdir()
    save_file(resnet, folder / "model.safetensors")
    torch.save(resnet, folder / "pytorch_model.bin")
    (folder / "config.json").write_text(json.dumps({"architecture": "resnet18"}))
    assert load_bundle(fundusfm.import_weights(source=str(folder), name="theirs")).card.architecture == "resnet18"
    save_file(resnet, folder / "other.safetensors")
    with pytest.raises(WeightsError, match=r"one file of weights is expected.*model\.safetensors, other\.safetensors"):
        fundusfm.import_weights(source=str(folder), name="again")


def test_another_checksum(tmp_path: Path) -> None:
    """Told before the file is opened: it would not even be read."""
    (tmp_path / "weights.pth").write_bytes(b"something else")
    with pytest.raises(WeightsError, match="not 00 as --sha256 says"):
        fundusfm.import_weights(source=str(tmp_path / "weights.pth"), name="theirs", sha256="00")


def test_code_is_refused(tmp_path: Path) -> None:
    class Harmful:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.system, (f"touch {tmp_path / 'ran'}",)

    torch.save({"model": Harmful()}, tmp_path / "weights.pth")
    with pytest.raises(WeightsError, match="code in a file is never run"):
        fundusfm.import_weights(source=str(tmp_path / "weights.pth"), name="theirs")
    assert not (tmp_path / "ran").exists() and _left_over() == []


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("nothing.pth", "does not exist"),
        ("owner/repo", "write hf:owner/repo"),
        ("hf:owner", "hf:OWNER/REPO"),
        ("notes.txt", "no kind of weights"),
        ("numbers.pth", "no state dict and no model"),
        ("damaged.safetensors", "cannot be read"),
        ("endless.pickle", "contains itself"),
    ],
)
def test_sources_that_are_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, sentence: str) -> None:
    monkeypatch.chdir(tmp_path)
    Path("notes.txt").write_text("notes", encoding="utf-8")
    Path("damaged.safetensors").write_bytes(b"cut")
    torch.save([1, 2], "numbers.pth")
    endless: dict[str, object] = {}
    endless["model"] = endless
    Path("endless.pickle").write_bytes(pickle.dumps(endless))
    with pytest.raises(FundusFMError, match=sentence):
        fundusfm.import_weights(source=source, name="theirs")


def test_names(bundle: Bundle) -> None:
    for name in ("", "../up", "a/b", ".hidden", "imagenet", "-x"):
        with pytest.raises(ConfigError, match="cannot be used"):
            fundusfm.import_weights(source=str(bundle.path), name=name)
    fundusfm.import_weights(source=str(bundle.path), name="resnet50_512_ImageNet+Fundus")
    with pytest.raises(WeightsError, match="is taken by"):
        fundusfm.import_weights(source=str(bundle.path), name="resnet50_512_ImageNet+Fundus")


def test_a_zip_of_nothing(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w"):
        pass
    with pytest.raises(WeightsError, match="holds 0 bundles"):
        fundusfm.import_weights(source=str(tmp_path / "a.zip"), name="theirs")
    assert _left_over() == []


def test_probe_of_imported_weights(retfound: Callable[..., Tensors], store: Path, tmp_path: Path) -> None:
    torch.save({"model": retfound()}, tmp_path / "RETFound_cfp_weights.pth")
    fundusfm.import_weights(source=str(tmp_path / "RETFound_cfp_weights.pth"), name="retfound")
    out = tmp_path / "probe"
    arguments = ["--data", str(store), "--labels", "abnormal", "--weights", "retfound", "--folds", "2"]
    assert main(["probe", *arguments, "--out", str(out)]) == 0
    card = load_bundle(out / "bundle").card
    assert card.strategy == "imported" and card.arguments == {"global_pool": "avg"} and card.labels == ["abnormal"]
    assert "imported from RETFound_cfp_weights.pth" in card.lineage[0].what and (out / "report.html").exists()
