"""Options of a segmenter's training that contradict each other, and what it starts from."""

from pathlib import Path
from typing import Any

import pytest
import torch

from fundusfm.config.segment import SegmentTrainConfig
from fundusfm.errors import ConfigError
from fundusfm.models.segmentation.bundle import save_segmenter
from fundusfm.structures.training.start import check_names, check_options, decoder_and_size, start_segmenter


def _config(**options: Any) -> SegmentTrainConfig:
    return SegmentTrainConfig(data=["manifest.csv"], out="run", **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": 8}, "--size is 8"),
        ({"patch": 33}, "--patch is 33"),
        ({"patches": 0}, "--patches is 0"),
        ({"folds": 1}, "--folds is 1"),
        ({"folds": 2, "protocol": "drive"}, "leave --folds out"),
        ({"fraction": 0.0}, "--fraction is 0"),
        ({"encoder_rate": 0.0}, "--encoder-rate is 0"),
        ({"decoder": "tiny", "weights": "light"}, "has no backbone"),
        ({"decoder": "tiny", "method": "LF"}, "has no encoder"),
    ],
    ids=lambda value: "" if isinstance(value, str) else "-".join(value),
)
def test_contradictions_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        check_options(_config(**options))


def test_external_sets_have_names_of_their_own() -> None:
    check_names(["drive"], ["stare"])
    for name in ("drive", "cv"):
        with pytest.raises(ConfigError, match=f"a set called {name} is there already"):
            check_names(["drive"], [name])


def test_the_tiny_network_starts_from_its_seed() -> None:
    lines: list[str] = []
    one, same, other = (start_segmenter(_config(decoder="tiny", seed=seed), log=lines.append) for seed in (0, 0, 1))
    weights = [next(iter(start.network.parameters())) for start in (one, same, other)]
    assert weights[0].equal(weights[1]) and not weights[0].equal(weights[2])
    assert one.card.strategy == "scratch" and one.card.size == 768


def test_a_segmenter_is_trained_further_and_masks_it_knows_keep_their_outputs(tmp_path: Path) -> None:
    start = start_segmenter(
        _config(decoder="unet_small", backbone="test_resnet", structures=["vessels", "disc"]), log=print
    )
    card = start.card.model_copy(
        update={
            "task": "structures",
            "labels": ["vessels", "disc"],
            "decoder": "unet_small",
            "method": "FF",
            "stored_bits": 16,
        }
    )
    save_segmenter(tmp_path / "bundle", start.network, card)
    lines: list[str] = []
    weights = str(tmp_path / "bundle")
    further = start_segmenter(
        _config(weights=weights, decoder="unet_small", structures=["artery_vein", "disc"]), log=lines.append
    )
    told = "trained further at 768 px; new: arteries, veins; dropped, as --structures does not name them: vessels"
    assert lines == [f"{card.name} (unet_small), {told}"]
    assert further.card.stored_bits == 32
    before, after = start.network.state_dict(), further.network.state_dict()
    head = "segmentation_head.0.weight"
    assert after[head].shape[0] == 3
    assert torch.equal(after[head][2], before[head][1])
    assert all(torch.equal(value, before[name]) for name, value in after.items() if not name.startswith("segm"))
    with pytest.raises(ConfigError, match="add --decoder unet_small"):
        start_segmenter(_config(weights=weights, decoder="unet"), log=print)


def test_decoder_and_size_are_those_of_the_segmenter_unless_they_are_given(tmp_path: Path) -> None:
    start = start_segmenter(_config(decoder="unet_small", backbone="test_resnet", size=96), log=print)
    card = start.card.model_copy(
        update={"task": "vessels", "labels": ["vessels"], "decoder": "unet_small", "method": "FF", "size": 96}
    )
    save_segmenter(tmp_path / "bundle", start.network, card)
    weights = str(tmp_path / "bundle")
    assert decoder_and_size(_config(weights=weights)) == ("unet_small", 96)
    assert decoder_and_size(_config(weights=weights, size=128)) == ("unet_small", 128)
    assert decoder_and_size(_config()) == ("unet", 768)
    assert start_segmenter(_config(weights=weights), log=print).card.size == 96
