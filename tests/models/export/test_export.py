"""Exports give the bundle's scores where FundusFM is not installed, by the README's own code."""

import ast
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.models.elsewhere import python_blocks, run_elsewhere

import fundusfm
from fundusfm.data.store.convert import crop_bytes
from fundusfm.errors import ConfigError, RunFolderError, WeightsError
from fundusfm.models.bundle import Bundle
from fundusfm.models.card.recipes import HERE
from fundusfm.models.card.schema import Card, OperatingPoint
from fundusfm.models.engine.engine import LOGITS
from fundusfm.models.inference import scores_from_logits
from fundusfm.models.network import to_input
from fundusfm.models.reference import fit_reference, read_reference
from fundusfm.models.segmentation.bundle import save_segmenter
from fundusfm.models.segmentation.load import load_segmenter
from fundusfm.models.segmentation.network import build_segmentation_network
from fundusfm.models.trainable import load_bundle, save_bundle

BACKBONE = "test_resnet"
BLOCKED = {
    "timm": ["fundusfm"],
    "torch": ["fundusfm", "timm", "torchvision", "lightning", "segmentation_models_pytorch"],
    "onnx": ["fundusfm", "timm", "torchvision", "torch", "onnx", "onnxscript", "segmentation_models_pytorch"],
}
formats = pytest.mark.parametrize("format", list(BLOCKED))


@pytest.fixture(scope="module")
def source(make_bundle: Callable[..., Bundle], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of two labels, with temperature, operating points and a reference."""
    bundle = make_bundle(BACKBONE, ("abnormal", "glaucoma"), 64)
    point = OperatingPoint(threshold=0.4, sensitivity=0.9, specificity=0.8)
    card = bundle.card.model_copy(
        update={"temperature": {"glaucoma": 2.0}, "operating_points": {"abnormal": {"youden": point}}}
    )
    features = np.random.default_rng(0).normal(size=(200, bundle.network.num_features))
    path = tmp_path_factory.mktemp("source") / "bundle"
    save_bundle(path, bundle.network, card, reference=fit_reference(features, np.arange(200).astype(object), seed=0))
    return path


@pytest.fixture(scope="module")
def exported(source: Path, manifest: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an export of each format, and a photograph."""
    folder = tmp_path_factory.mktemp("exports")
    for name in BLOCKED:
        fundusfm.export_weights(weights=str(source), format=name, out=str(folder / name))
    shutil.copy(sorted((manifest.parent / "images").iterdir())[0], folder / "photograph.jpg")
    return folder


def _recipe(folder: Path, format: str) -> str:
    """Returns the code of an export's README; for timm without the block that needs FundusFM."""
    blocks = [block for block in python_blocks(folder / format / "README.md") if "fundusfm" not in block]
    return "\n".join(blocks).replace(HERE, format) + "\nnp.save('square.npy', np.asarray(square))\n"


@formats
def test_readme_gives_the_bundles_scores_elsewhere(source: Path, exported: Path, format: str) -> None:
    printed = run_elsewhere(_recipe(exported, format), blocked=BLOCKED[format], folder=exported)
    found = ast.literal_eval(printed.splitlines()[-1])
    bundle, square = load_bundle(source), np.load(exported / "square.npy")
    images = torch.from_numpy(square).permute(2, 0, 1)[None]
    with torch.inference_mode():
        logits = bundle.network(to_input(images, bundle.card.mean, bundle.card.std)).numpy()
    expected = scores_from_logits(logits, "multilabel")[0]
    assert list(found) == ["abnormal", "glaucoma"]
    assert np.allclose(list(found.values()), expected, atol=1e-4 if format == "onnx" else 1e-5)


def test_the_readmes_crop_is_nearly_the_packages(exported: Path) -> None:
    code = _recipe(exported, "onnx").split("import json")[0]
    run_elsewhere(code + "np.save('square.npy', np.asarray(square))", blocked=["fundusfm"], folder=exported)
    photograph = exported / "photograph.jpg"
    ours, *_ = crop_bytes(photograph.read_bytes(), "photograph.jpg", 64)
    found = np.load(exported / "square.npy").astype(float)
    assert found.shape == ours.shape and np.abs(found - ours).mean() < 6


@formats
def test_every_export_has_its_card_and_files(source: Path, exported: Path, format: str) -> None:
    files = {
        "timm": {"model.safetensors", "model.onnx", "config.json", "reference.safetensors"},
        "torch": {"model.pt2"},
        "onnx": {"model.onnx"},
    }
    assert {path.name for path in (exported / format).iterdir()} == {"card.json", "README.md"} | files[format]
    card, original = Card.read(exported / format / "card.json"), Card.read(source / "card.json")
    assert card == (original if format == "timm" else original.model_copy(update={"graph": None}))
    assert "Without this crop scores drift" in (exported / format / "README.md").read_text()


def test_the_timm_export_is_a_bundle(source: Path, exported: Path) -> None:
    before, after = load_bundle(source), load_bundle(exported / "timm")
    assert before.hash == after.hash and before.card == after.card
    assert read_reference(exported / "timm", weights=after.hash) is not None
    config = json.loads((exported / "timm" / "config.json").read_text())
    assert config["label_names"] == ["abnormal", "glaucoma"] and config["fov_crop"] == after.card.crop
    assert config["pretrained_cfg"]["mean"] == after.card.mean and config["pretrained_cfg"]["input_size"] == [3, 64, 64]


def test_nothing_of_this_machine_travels(exported: Path) -> None:
    import timm

    for path in exported.glob("*/*"):
        content = path.read_bytes()
        assert str(Path(timm.__file__).parent).encode() not in content and str(exported).encode() not in content


def test_nothing_is_overwritten_unasked(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for _ in range(2):
        fundusfm.export_weights(weights=str(source), format="timm", out=str(out), overwrite=True)
    with pytest.raises(RunFolderError, match="exists and is not empty"):
        fundusfm.export_weights(weights=str(source), format="timm", out=str(out))
    other = tmp_path / "letters"
    other.mkdir()
    (other / "letter.txt").write_text("dear")
    with pytest.raises(RunFolderError, match=r"no card\.json"):
        fundusfm.export_weights(weights=str(source), format="timm", out=str(other), overwrite=True)
    with pytest.raises(RunFolderError, match="is a file"):
        fundusfm.export_weights(weights=str(source), format="timm", out=str(other / "letter.txt"))


def test_a_failed_export_leaves_the_earlier_one(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    fundusfm.export_weights(weights=str(source), format="timm", out=str(out))
    broken = tmp_path / "broken"
    save_segmenter(
        broken,
        build_segmentation_network("tiny", "tiny"),
        load_bundle(source).card.model_copy(
            update={"task": "vessels", "decoder": "tiny", "labels": ["vessels"], "temperature": {}}
        ),
    )
    with pytest.raises(WeightsError, match="is a segmenter, which timm has no network for"):
        fundusfm.export_weights(weights=str(broken), format="timm", out=str(out), overwrite=True)
    assert load_bundle(out).hash == load_bundle(source).hash
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken", "out"]
    fundusfm.export_weights(weights=str(broken), format="bundle", out=str(tmp_path / "copy"))
    assert load_segmenter(tmp_path / "copy").hash == load_segmenter(broken).hash


def test_starting_points_cannot_be_exported(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="imagenet is a starting point"):
        fundusfm.export_weights(weights="imagenet", format="timm", out=str(tmp_path / "out"))


def test_results_and_words_travel(source: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    cells = {"abnormal": {"auroc": {"value": 0.9, "low": 0.8, "high": 0.95}}}
    (run / "metrics.json").write_text(
        json.dumps(
            {
                "weights": {"name": "x", "hash": load_bundle(source).hash},
                "external": {"clinic": cells},
                "subgroups": {"clinic": {"sex": {"f": cells}}},
            }
        )
    )
    (tmp_path / "words.yaml").write_text("name: light\nlimits: [Not for children.]\n")
    fundusfm.export_weights(
        weights=str(source),
        format="timm",
        out=str(tmp_path / "out"),
        evaluations=[str(run)],
        statements=str(tmp_path / "words.yaml"),
    )
    card, text = load_bundle(tmp_path / "out").card, (tmp_path / "out" / "README.md").read_text()
    assert card.name == "light" and card.metrics["external"] == {"clinic": cells}
    assert card.created == load_bundle(source).card.created
    for part in ("# light", "Not for children.", "0.900 (0.800 to 0.950)", "By sex, external set clinic"):
        assert part in text


def test_results_of_real_runs_travel(store: Path, tmp_path: Path) -> None:
    options = {"data": str(store), "labels": ["abnormal"], "by": ["eye", "sex"]}
    fundusfm.probe(**options, weights="scratch", backbone=BACKBONE, folds=2, out=str(tmp_path / "probe"))
    own = load_bundle(tmp_path / "probe" / "bundle").card.metrics["subgroups"]
    assert set(own["cv"]) == {"eye", "sex"}
    fundusfm.evaluate(
        weights=str(tmp_path / "probe"),
        **(options | {"data": [f"clinic={store}"]}),
        out=str(tmp_path / "evaluation"),
        repeats=20,
    )
    fundusfm.export_weights(
        weights=str(tmp_path / "probe"),
        format="timm",
        out=str(tmp_path / "out"),
        evaluations=[str(tmp_path / "probe"), str(tmp_path / "evaluation")],
    )
    metrics = load_bundle(tmp_path / "out").card.metrics
    assert set(metrics["external"]) == {"clinic"} and set(metrics["subgroups"]) == {"cv", "clinic"}
    text = (tmp_path / "out" / "README.md").read_text()
    for title in ("By eye, cross-validation, out-of-fold scores pooled", "By sex, external set clinic"):
        assert f"**{title}**" in text


def test_half_takes_half_the_space_and_is_a_bundle_like_another(source: Path, tmp_path: Path) -> None:
    fundusfm.export_weights(weights=str(source), format="bundle", out=str(tmp_path / "half"), half=True)
    before, after = load_bundle(source), load_bundle(tmp_path / "half")
    images = np.random.default_rng(0).integers(0, 256, (3, 64, 64, 3), np.uint8)
    assert after.card.stored_bits == 16 and after.hash != before.hash
    assert all(tensor.dtype != torch.float16 for tensor in after.network.state_dict().values())
    for file in ("model.safetensors", "model.onnx"):
        assert (tmp_path / "half" / file).stat().st_size < 0.65 * (source / file).stat().st_size
    expected, found = (bundle.engine.run(images, (LOGITS,))[0] for bundle in (before, after))
    np.testing.assert_allclose(found, expected, atol=5e-3)
    assert read_reference(tmp_path / "half", weights=after.hash) is not None
    fundusfm.export_weights(weights=str(tmp_path / "half"), format="bundle", out=str(tmp_path / "again"))
    assert load_bundle(tmp_path / "again").hash == after.hash
    assert Card.read(tmp_path / "half" / "card.json").as_start().stored_bits == 32
    assert "stored in 16-bit floats" in (tmp_path / "half" / "README.md").read_text()
    fundusfm.export_weights(weights=str(tmp_path / "half"), format="onnx", out=str(tmp_path / "onnx"))
    assert Card.read(tmp_path / "onnx" / "card.json").stored_bits == 32
    assert "16-bit" not in (tmp_path / "onnx" / "README.md").read_text()
    with pytest.raises(ConfigError, match="--half is for the formats timm and bundle, not onnx"):
        fundusfm.export_weights(weights=str(source), format="onnx", out=str(tmp_path / "x"), half=True)


def test_a_segmenter_in_half_the_space(source: Path, tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = build_segmentation_network("unet_small", "mobilenetv2_035", 1).eval()
    segments = {"task": "vessels", "decoder": "unet_small", "architecture": "mobilenetv2_035", "labels": ["vessels"]}
    card = load_bundle(source).card.model_copy(update={**segments, "temperature": {}, "operating_points": {}})
    save_segmenter(tmp_path / "full", network, card)
    fundusfm.export_weights(weights=str(tmp_path / "full"), format="bundle", out=str(tmp_path / "half"), half=True)
    square = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    full, half = (load_segmenter(tmp_path / name).in_crop(square, whole=True)["vessels"] for name in ("full", "half"))
    assert np.abs(full - half).mean() < 5e-3  # of a network of random weights
