"""Frozen stages keep their weights and statistics; everything above them learns."""

import pytest
import timm
import torch

from fundusfm.errors import ConfigError
from fundusfm.training.fitting.frozen import freeze_stages


@pytest.mark.parametrize(
    ("backbone", "frozen", "learns"),
    [
        ("mobilenetv2_100", ("conv_stem.", "bn1.", "blocks.0.", "blocks.1."), "blocks.2."),
        ("resnet18", ("conv1.", "bn1.", "layer1.", "layer2."), "layer3."),
        ("vit_tiny_patch16_224", ("patch_embed.", "pos_embed", "cls_token", "blocks.0.", "blocks.1."), "blocks.2."),
    ],
)
def test_stem_and_stages_stay_as_they_are(backbone: str, frozen: tuple[str, ...], learns: str) -> None:
    torch.manual_seed(0)
    network = timm.create_model(backbone, num_classes=2).train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    freeze_stages(network, 2)
    optimizer = torch.optim.SGD([each for each in network.parameters() if each.requires_grad], lr=0.1)
    side = 224 if backbone.startswith("vit") else 64
    network(torch.randn(4, 3, side, side)).square().sum().backward()
    optimizer.step()
    changed = {name for name, value in network.state_dict().items() if not torch.equal(value, before[name])}
    assert not [name for name in changed if name.startswith(frozen)]
    assert [name for name in changed if name.startswith(learns)]


def test_more_stages_than_there_are_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"--freeze-stages is 5, but this backbone has 4 stages before its last"):
        freeze_stages(timm.create_model("resnet18", num_classes=2), 5)
