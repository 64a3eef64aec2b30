"""Leaving the first stages of a backbone as they are while the rest is trained."""

from timm.models import group_modules, group_parameters
from torch import nn

from fundusfm.errors import ConfigError
from fundusfm.training.fitting.batch_norm import freeze_batch_norm


def freeze_stages(network: nn.Module, stages: int) -> None:
    """Takes gradients, and changing statistics, from the stem and the first stages of a timm network.

    Args:
        network: A timm network in training mode, changed in place; a later `train()` undoes it for batch norms.
        stages: How many stages after the stem, at least 1. A stage is what timm takes for one: the blocks of one
            resolution in most CNNs, one block in a ViT.

    Raises:
        ConfigError: The network has no more stages than that.
    """
    matcher = network.group_matcher(coarse=True)  # type: ignore[operator]
    parameters = group_parameters(network, matcher)
    last = max(parameters)  # the head, with the layers that belong to no stage
    if stages >= last:
        raise ConfigError(
            f"--freeze-stages is {stages}, but this backbone has {last - 1} stages before its last layers: give less.",
            code="RANGE",
        )
    frozen = {name for group, names in parameters.items() if group <= stages for name in names}
    for name, parameter in network.named_parameters():
        if name in frozen:
            parameter.requires_grad_(False)
    modules = dict(network.named_modules())
    for group, names in group_modules(network, matcher).items():
        if group <= stages:
            for name in names:
                freeze_batch_norm(modules[name])
