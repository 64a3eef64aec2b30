"""The page on weights: its exports are made, and its code runs where FundusFM is not, with the bundle's scores."""

import ast
import re
import shlex
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import yaml
from tests.models.elsewhere import python_blocks, run_elsewhere

from fundusfm.cli import main
from fundusfm.models.bundle import Bundle
from fundusfm.models.card.statements import Statements
from fundusfm.models.engine.eager import TorchEngine
from fundusfm.models.engine.engine import LOGITS
from fundusfm.models.engine.pixels import outputs_of
from fundusfm.models.inference import scores_from_logits
from fundusfm.models.network import attach_head
from fundusfm.models.released import released_bundles
from fundusfm.models.resolve import resolve_weights
from fundusfm.models.start import start_network
from fundusfm.models.trainable import save_bundle

pytest.importorskip("onnxruntime", reason="ONNX is not installed: pip install 'fundusfm[train]'")

_PAGE = Path(__file__).resolve().parents[2] / "docs" / "weights.md"
_CROP, _TIMM, _FRESH_HEAD, _TORCH, _ONNX = python_blocks(_PAGE)


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory, manifest: Path) -> tuple[Path, Bundle]:
    """A folder in which the page's exports were made, and the bundle `light` that they are of.

    Where no `light` ships, an untrained one in the cache takes its place.
    """
    folder = tmp_path_factory.mktemp("weights")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("FUNDUSFM_CACHE", str(folder / "cache"))
        if "light" not in released_bundles():
            start = start_network("scratch", backbone="test_resnet", size=64)
            attach_head(start.network, 2)
            card = start.card.model_copy(update={"labels": ["abnormal", "D"], "task": "multilabel"})
            save_bundle(folder / "cache" / "weights" / "light", start.network, card)
        text = _PAGE.read_text(encoding="utf-8")
        for line in re.findall(r"^fundusfm (weights (?:list|show|export) .*light.*)$", text, flags=re.MULTILINE):
            assert main(shlex.split(line)) == 0
        bundle = resolve_weights("light", size=64)
    shutil.copy(sorted((manifest.parent / "images").iterdir())[0], folder / "photograph.jpg")
    return folder, bundle


@pytest.mark.parametrize(("code", "blocked", "tolerance"), [
    (_TIMM, ["fundusfm"], 1e-5),
    (_TORCH, ["fundusfm", "timm", "torchvision", "lightning"], 1e-5),
    (_ONNX, ["fundusfm", "timm", "torchvision", "torch", "onnx", "onnxscript"], 1e-4),
], ids=["timm", "torch", "onnx"])  # fmt: skip
def test_code_gives_the_bundles_scores(
    followed: tuple[Path, Bundle], code: str, blocked: Sequence[str], tolerance: float
) -> None:
    folder, bundle = followed
    save = "\nnp.save('square.npy', np.asarray(square))\n"
    printed = run_elsewhere(f"{_CROP}\n{code}{save}", blocked=blocked, folder=folder)
    found = ast.literal_eval(printed.splitlines()[-1])
    pixels = outputs_of(bundle.load_network(), bundle.card)
    (logits,) = TorchEngine(pixels, "cpu", bundle.card.size).run(np.load(folder / "square.npy")[None], (LOGITS,))
    assert list(found) == bundle.card.labels
    assert np.allclose(list(found.values()), scores_from_logits(logits, bundle.card.task)[0], atol=tolerance)


def test_a_fresh_head_is_one_line(followed: tuple[Path, Bundle]) -> None:
    shown = "print(network.get_classifier().out_features)"
    assert run_elsewhere(f"{_FRESH_HEAD}\n{shown}", blocked=["fundusfm"], folder=followed[0]).split() == ["4"]


def test_the_statements_of_the_example_are_known() -> None:
    (block,) = re.findall(r"^```yaml\n(.*?)^```", _PAGE.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    assert Statements.model_validate(yaml.safe_load(block)).name == "light"
