"""From a file's tensors to a timm network with a card."""

import contextlib
import sys
from dataclasses import dataclass

import timm
import torch
from torch import nn

from fundusfm.errors import WeightsError
from fundusfm.models.importing.family import Family, family_of, split_backbone
from fundusfm.models.importing.recognise import recognise
from fundusfm.models.importing.table import LoadReport, compare
from fundusfm.models.network import build_network, fit_position_embedding

_SHARE = 0.9
"""Share of the backbone's tensors and parameters that must be found."""


@dataclass(frozen=True)
class Fitted:
    """A network that holds a file's weights.

    Attributes:
        network: A timm model without a head.
        architecture: timm name of the architecture.
        size: Side of its input in pixels.
        family: What is known of the weights.
        prefix: What stood before the backbone's names in the file.
        table: What was and was not loaded.
    """

    network: nn.Module
    architecture: str
    size: int
    family: Family
    prefix: str
    table: LoadReport


def fit_tensors(tensors: dict[str, torch.Tensor], *, where: str, backbone: str | None, size: int | None) -> Fitted:
    """Loads a file's backbone into the timm network that it belongs to.

    Args:
        tensors: By the file's names.
        where: The file, for messages.
        backbone: timm model name; recognised when None.
        size: Side of the input in pixels; that of the weights when None. Position embeddings are resampled to it.

    Raises:
        WeightsError: The architecture is not recognised, less than nine tenths of it is in the file, or values are not
            finite.
        ConfigError: timm knows no such backbone, or it cannot take that size.
    """
    prefix, inner = split_backbone(tensors, _first_layer(backbone) if backbone else None)
    architecture = backbone or recognise(inner)
    if architecture is None:
        raise WeightsError(
            f"{where}: no known architecture has these names and shapes (the file begins with "
            f"{', '.join(list(tensors)[:3])}). Name it as timm does: --backbone NAME."
        )
    family = family_of(architecture, prefix, set(tensors), inner)
    side = size or family.size
    torch.manual_seed(0)  # what the file lacks is new, and should be the same each time
    network = build_network(architecture, outputs=0, size=side, **family.arguments)
    weights = _renamed(inner, network)
    others = [name for name in tensors if not (name.startswith(prefix) and name.removeprefix(prefix) in inner)]
    table = compare(weights, network.state_dict(), others=others, prefix=prefix)
    if table.share < _SHARE:
        raise WeightsError(
            f"{where} holds only {table.share:.0%} of {architecture}, {_SHARE:.0%} are needed:\n{table.text()}\n"
            "Name the architecture that these weights are of: --backbone NAME."
        )
    found = {name: weights[name] for name in table.loaded}
    broken = next((name for name, value in found.items() if not torch.isfinite(value).all()), None)
    if broken:
        raise WeightsError(f"{where}: {broken} holds values that are not finite, so the weights are damaged.")
    network.load_state_dict(found, strict=False)
    return Fitted(network.eval(), architecture, side, family, prefix, table)


def _first_layer(architecture: str) -> str:
    if not timm.is_model(architecture):
        build_network(architecture, outputs=0, size=224)  # says which names are near
    with torch.device("meta"):
        network = timm.create_model(architecture, pretrained=False, num_classes=0)
    return next(name for name, value in network.state_dict().items() if value.ndim > 1 and name.endswith(".weight"))


def _renamed(weights: dict[str, torch.Tensor], network: nn.Module) -> dict[str, torch.Tensor]:
    """Applies timm's own conversion of other projects' names for this architecture, position embeddings included."""
    convert = getattr(sys.modules[type(network).__module__], "checkpoint_filter_fn", None)
    if convert is not None:
        with contextlib.suppress(AttributeError, IndexError, KeyError, RuntimeError):  # unknown names: as they are
            weights = convert(dict(weights), network)
    with contextlib.suppress(RuntimeError):  # no grid of positions: the table shows its shape
        weights = fit_position_embedding(network, weights)
    return weights
