"""How a bundle and its exports are used, in words and in a few lines of code; the tests run the code as it is written.

Every recipe is Python that needs no FundusFM. It starts from `square`, which `crop_recipe` makes.
"""

from fundusfm.models.card.schema import Card
from fundusfm.models.mirrors import mirror_axes
from fundusfm.models.segmentation.tiny import TINY

HERE = "PATH_OF_THIS_FOLDER"
"""What a reader replaces by the folder's path."""


def crop_recipe(card: Card) -> list[str]:
    """Returns how to cut a photograph to the square around its field of view, which every network here takes."""
    return [
        f"The network takes the square around the circle that the camera draws (the field of view), black beyond the "
        f"frame, resized to {card.size} px. **Without this crop scores drift**: the network has never seen another "
        "framing, and its thresholds hold for this one only. In plain Python:",
        "",
        "```python",
        "import numpy as np",
        "from PIL import Image, ImageOps",
        "",
        'photograph = ImageOps.exif_transpose(Image.open("photograph.jpg")).convert("RGB")',
        "bright = np.asarray(photograph).max(axis=2) > 20",
        "rows, columns = (np.flatnonzero(bright.mean(axis=axis) > 0.02) for axis in (1, 0))",
        "side = max(np.ptp(rows), np.ptp(columns)) + 1",
        "x, y = (int(places[0] + places[-1] + 1 - side) // 2 for places in (columns, rows))",
        f"square = photograph.crop((x, y, x + side, y + side)).resize(({card.size}, {card.size}), "
        "Image.Resampling.HAMMING)",
        "```",
        "",
        "This finds the box of what is bright. It fails where the frame around the circle is grey or carries bright "
        "writing; FundusFM itself fits the circle, and its scores are those that were validated.",
        "",
    ]


def bundle_use(card: Card) -> list[str]:
    """Returns how a bundle is used, with FundusFM and without."""
    if card.decoder is not None:
        return _segmenter_use(card)
    lines = []
    if card.labels:
        lines += [
            "```python",
            "import fundusfm",
            "",
            f'model = fundusfm.load("{HERE}")',
            'model.predict(["photograph.jpg"])',
            "```",
            "",
            "Without FundusFM:",
            "",
        ]
    return [*lines, *crop_recipe(card), *timm_recipe(card)]


def timm_recipe(card: Card) -> list[str]:
    """Returns how plain timm takes the square."""
    network = f'network = timm.create_model("local-dir:{HERE}", pretrained=True'
    lines = ["In timm:", "", "```python", "import timm", *(["import torch"] if card.views > 1 else []), ""]
    lines += [f"{network}).eval()" if card.labels else f"{network}, num_classes=0).eval()"]
    lines += [
        "images = timm.data.create_transform(**timm.data.resolve_model_data_config(network))(square)[None]",
    ]
    seen = "network(images)"
    if card.views > 1:
        seen = "torch.stack([network(view) for view in views]).mean(0)"
        flipped = [f"images.flip({', '.join(str(axis + 2) for axis in axes)})" for axes in mirror_axes(card.views)[1:]]
        lines.append(f"views = [images, {', '.join(flipped)}]  # the photograph and its mirror images")
    if not card.labels:
        return [*lines, f"features = {seen}", "```", ""]
    how = "softmax(1)" if card.task == "multiclass" else "sigmoid()"
    lines += [
        f"scores = {seen}.{how}[0].tolist()",
        'print(dict(zip(network.pretrained_cfg["label_names"], scores)))',
        "```",
        "",
    ]
    if card.temperature:
        lines += [
            "Thresholds are held against these scores. For a calibrated probability divide the logits by the "
            "`temperature` in `card.json` first.",
            "",
        ]
    return lines


def _segmenter_use(card: Card) -> list[str]:
    lines = [
        "```",
        f"fundusfm segment predict photograph.jpg --weights {HERE} --out OUT",
        "```",
        "",
    ]
    if card.decoder != TINY and not card.parts:
        returned = "the logit of vessel" if card.task == "vessels" else "a logit per label, in their order,"
        lines += [
            "Without fundusfm: `segmentation_models_pytorch.create_model` with the arguments in `config.json`, then "
            f"`load_state_dict` of `model.safetensors`; the network takes FOV crops of {card.size} px, scaled to 0..1, "
            f"minus {card.mean}, over {card.std}, and returns {returned} for every pixel.",
            "",
        ]
    return lines
