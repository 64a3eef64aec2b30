"""Segmentation networks: decoders of segmentation-models-pytorch on any timm backbone, and the tiny cascade."""

from typing import Any, Literal, get_args

import segmentation_models_pytorch as smp
import torch
from torch import nn

from fundusfm.errors import ConfigError, WeightsError
from fundusfm.models.card.schema import Card
from fundusfm.models.network import model_arguments
from fundusfm.models.segmentation.joined import JoinedNetwork
from fundusfm.models.segmentation.tiles import STRIDE
from fundusfm.models.segmentation.tiny import TINY, TinyVesselNet, start_from_vessel_share

Decoder = Literal[
    "unet", "unet_small", "unetplusplus", "manet", "linknet", "fpn", "deeplabv3plus", "upernet", "segformer", "tiny"
]  # fmt: skip
"""Decoders by the names of segmentation-models-pytorch; `unet_small` is its U-Net with fewer channels, and `tiny` a
whole network without a backbone."""

# A fifth of the usual U-Net decoder's weights over MobileNetV2, and two thirds of its time.
_SMALL = {"arch": "unet", "decoder_channels": [64, 48, 32, 24, 16]}


def network_arguments(decoder: str, architecture: str, masks: int) -> dict[str, Any]:
    """Returns the arguments with which `segmentation_models_pytorch.create_model` builds the network."""
    return (_SMALL if decoder == "unet_small" else {"arch": decoder}) | {
        "encoder_name": f"tu-{architecture}",
        "encoder_weights": None,
        "in_channels": 3,
        "classes": masks,
    }


def build_segmentation_network(decoder: str, architecture: str, masks: int = 1) -> nn.Module:
    """Builds a network with random weights; float (n, 3, h, w) normalised to logits (n, masks, h, w).

    Args:
        decoder: One of `Decoder`.
        architecture: timm name of the backbone; ignored for `tiny`.
        masks: Number of masks that it finds, one output each.

    Raises:
        ConfigError: There is no such decoder, or it cannot be built on this backbone.
    """
    if decoder not in get_args(Decoder):
        raise ConfigError(f"There is no decoder {decoder!r}; there are {', '.join(get_args(Decoder))}.")
    if decoder == TINY:
        return TinyVesselNet(masks)
    network = _with_backbone(decoder, architecture, masks)
    for layer in network.segmentation_head.modules():  # type: ignore[union-attr]
        if isinstance(layer, nn.Conv2d):
            start_from_vessel_share(layer)
    return network


def network_of_parts(card: Card) -> nn.Module:
    """Builds the network of a segmenter's card with random weights, of one part or several; errors as above."""
    if not card.parts:
        return build_segmentation_network(str(card.decoder), card.architecture, max(len(card.labels), 1))
    networks = [build_segmentation_network(part.decoder, part.architecture, len(part.labels)) for part in card.parts]
    return JoinedNetwork(networks, card.parts, card.labels)


def _with_backbone(decoder: str, architecture: str, masks: int) -> nn.Module:
    if model_arguments(architecture, STRIDE):
        raise ConfigError(
            f"Backbone {architecture} takes images of one size only, but vessels are learnt from patches: use a "
            "convolutional backbone, such as resnet50, convnext_tiny or mobilenetv2_100."
        )
    try:
        network: nn.Module = smp.create_model(**network_arguments(decoder, architecture, masks))
    except (ValueError, KeyError, TypeError, RuntimeError, AttributeError) as error:  # timm's and smp's own refusals
        raise ConfigError(f"Decoder {decoder} cannot be built over backbone {architecture}: {error}.") from error
    return network


def load_encoder(network: nn.Module, backbone: nn.Module) -> None:
    """Copies a backbone's weights into the encoder of a segmentation network; no weight may be missing.

    timm's feature extractors name some modules differently from the network they are cut from (`stages_0` for
    `stages.0`), so names are compared without their separators.

    Args:
        network: Network from `build_segmentation_network`; changed in place.
        backbone: A timm network of the same architecture.

    Raises:
        WeightsError: A weight of the encoder is missing in the backbone, or has another shape.
    """
    encoder: nn.Module = network.encoder.model  # type: ignore[union-attr, assignment]
    given = {_plain_name(name): value for name, value in backbone.state_dict().items()}
    weights: dict[str, torch.Tensor] = {}
    for name, value in encoder.state_dict().items():
        found = given.get(_plain_name(name.removeprefix("model.")))
        if found is None or found.shape != value.shape:
            what = "is missing" if found is None else f"has shape {tuple(found.shape)}, not {tuple(value.shape)}"
            raise WeightsError(f"The backbone does not fit the encoder: its weight {name} {what}.")
        weights[name] = found
    encoder.load_state_dict(weights)


def freeze_encoder(network: nn.Module) -> None:
    """Freezes the encoder (LF): its weights take no gradients, and normalisation and dropout are in evaluation mode."""
    network.encoder.eval()  # type: ignore[union-attr]
    network.freeze_encoder()  # type: ignore[operator]


def _plain_name(name: str) -> str:
    return name.replace("_", ".")
