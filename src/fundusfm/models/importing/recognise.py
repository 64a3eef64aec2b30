"""Which timm architecture weights belong to, told from names and shapes alone."""

import timm
import torch

_RESNETS = (
    "resnet18",
    "resnet34",
    "resnet50",
    "resnet101",
    "resnet152",
    "resnext50_32x4d",
    "resnext101_32x8d",
    "wide_resnet50_2",
    "wide_resnet101_2",
)
_CANDIDATES = {
    "layer1.0.conv1.weight": _RESNETS,
    "stages.0.blocks.0.conv_dw.weight": ("convnext_tiny", "convnext_small", "convnext_base", "convnext_large"),
    "features.denseblock1.denselayer1.conv1.weight": ("densenet121", "densenet169", "densenet201"),
    "layers.0.blocks.0.attn.cpb_mlp.0.weight": ("swinv2_tiny_window8_256", "swinv2_small_window8_256"),
    "blocks.0.0.conv_dw.weight": (
        "mobilenetv2_035",
        "mobilenetv2_050",
        "mobilenetv2_100",
        "mobilenetv3_small_100",
        "mobilenetv3_large_100",
        "efficientnet_b0",
        "efficientnet_b1",
        "efficientnet_b2",
        "efficientnet_b3",
        "efficientnet_b4",
    ),
}
"""A name that only this family has, and the members of it that are tried."""

_VITS = {192: "tiny", 384: "small", 768: "base", 1024: "large", 1280: "huge", 1536: "giant"}
_SHARE = 0.9


def recognise(tensors: dict[str, torch.Tensor]) -> str | None:
    """Returns the timm architecture whose names and shapes agree best with a state dict's.

    Args:
        tensors: With timm's, torchvision's or DINOv2's names, without a prefix.

    Returns:
        None where fewer than nine of ten tensors agree with any candidate.
    """
    shapes = {name: tuple(value.shape) for name, value in tensors.items()}
    best: str | None = None
    most = _SHARE
    for architecture in _candidates(shapes):
        # On the meta device nothing is allocated, so that the largest networks cost no memory either.
        with torch.device("meta"):
            network = timm.create_model(architecture, pretrained=False, num_classes=0)
        names = {name: tuple(value.shape) for name, value in network.state_dict().items() if _counts(name)}
        agreeing = sum(shapes.get(name) == shape for name, shape in names.items())
        share = agreeing / len(names.keys() | {name for name in shapes if _counts(name)})
        if share > most:
            best, most = architecture, share
    return best


def _candidates(shapes: dict[str, tuple[int, ...]]) -> tuple[str, ...]:
    for name, members in _CANDIDATES.items():
        if name in shapes:
            return members
    patches = shapes.get("patch_embed.proj.weight", ())
    if "blocks.0.attn.qkv.weight" not in shapes or len(patches) != 4 or patches[0] not in _VITS:
        return ()
    size, patch = _VITS[patches[0]], patches[-1]
    if any(name.startswith(("reg_token", "register_tokens")) for name in shapes):
        found = f"vit_{size}_patch{patch}_reg4_dinov2"
    elif "blocks.0.ls1.gamma" in shapes:
        found = f"vit_{size}_patch{patch}_dinov2"
    else:
        found = f"vit_{size}_patch{patch}_224"
    return (found,) if timm.is_model(found) else ()


def _counts(name: str) -> bool:
    """Whether a tensor tells architectures apart: not heads, nor what depends on the input size or on pooling."""
    return not name.startswith(
        ("head", "fc", "classifier", "norm.", "mask_token", "register_tokens", "reg_token")
    ) and (not name.endswith(("num_batches_tracked", "pos_embed", "relative_coords_table", "attn_mask")))
