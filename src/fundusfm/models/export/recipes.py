"""How an exported program is used: what it takes and returns, and the few lines of code that run it."""

import torch

from fundusfm.models.card.recipes import HERE, crop_recipe
from fundusfm.models.engine.engine import FEATURES, STRUCTURES, VESSELS
from fundusfm.models.export.portable import INPUT, SCORES, Portable
from fundusfm.models.segmentation.segmenter import POINT
from fundusfm.models.segmentation.structures import VESSELS as VESSEL_MASK
from fundusfm.models.segmentation.tiles import MARGIN


def torch_use(portable: Portable) -> list[str]:
    """Returns how `model.pt2` is used with PyTorch alone."""
    names = ", ".join(portable.outputs) + ("," if len(portable.outputs) == 1 else "")
    code = [
        "import json",
        "from pathlib import Path",
        "",
        "import numpy as np",
        "import torch",
        "",
        f'network = torch.export.load("{HERE}/model.pt2").module()',
        f'card = json.loads(Path("{HERE}/card.json").read_text(encoding="utf-8"))',
        *_pixels(portable),
        f"{names} = network(torch.from_numpy(pixels))",
        *_shown(portable, 'card["labels"]'),
    ]
    version = torch.__version__.split("+")[0]
    return [
        f"`model.pt2` needs PyTorch, {version} or newer, and nothing else. {_contract(portable)}",
        "",
        *crop_recipe(portable.card),
        *_python(code),
    ]


def onnx_use(portable: Portable) -> list[str]:
    """Returns how `model.onnx` is used with ONNX Runtime alone."""
    names = ", ".join(portable.outputs) + ("," if len(portable.outputs) == 1 else "")
    code = [
        "import json",
        "",
        "import numpy as np",
        "import onnxruntime",
        "",
        f'session = onnxruntime.InferenceSession("{HERE}/model.onnx")',
        "told = session.get_modelmeta().custom_metadata_map",
        *_pixels(portable),
        f'{names} = session.run(None, {{"{INPUT}": pixels}})',
        *_shown(portable, 'json.loads(told["labels"])'),
    ]
    return [
        f"`model.onnx` needs ONNX Runtime and nothing else. {_contract(portable)} The file's metadata hold labels, "
        "operating points, temperature, mean and standard deviation, the crop's version, and the SHA-256 of the "
        "weights.",
        "",
        *crop_recipe(portable.card),
        *_python(code),
    ]


def _contract(portable: Portable) -> str:
    side, card = portable.side, portable.card
    takes = f"It takes `{INPUT}`, uint8 (n, 3, {side}, {side}), RGB, any n, and normalises them itself."
    if portable.outputs == (FEATURES,):
        return f"{takes} It returns `{FEATURES}` (n, d)."
    if portable.outputs == (VESSELS,):
        point = card.operating_points.get(VESSEL_MASK, {}).get(POINT)
        decided = "" if point is None else f" (a vessel from {point.threshold:.4f} on)"
        return (
            f"{takes} It returns `{VESSELS}`, the probability of vessel of every pixel{decided}. The crop of "
            f"{card.size} px lies in a black margin of {MARGIN} px, as in training."
        )
    if portable.outputs == (STRUCTURES,):
        return (
            f"{takes} It returns `{STRUCTURES}` (n, {len(card.labels)}, {side}, {side}), the probability of each mask "
            f"in every pixel, in the order of `labels`: {', '.join(card.labels)}. Thresholds are in `card.json`. The "
            f"crop of {card.size} px lies in a black margin of {MARGIN} px, as in training."
        )
    held = "Thresholds in `card.json` are held against the scores." if card.operating_points else ""
    return (
        f"{takes} It returns `{SCORES}` (n, {len(card.labels)}), 0 to 1, in the order of `labels`, and "
        f"`probabilities`, the same calibrated. {held}".rstrip()
    )


def _pixels(portable: Portable) -> list[str]:
    if portable.outputs not in ((VESSELS,), (STRUCTURES,)):
        return ["pixels = np.array(square).transpose(2, 0, 1)[None]"]
    side, margin = portable.side, f"{MARGIN}:{MARGIN + portable.card.size}"
    return [
        f"canvas = np.zeros(({side}, {side}, 3), np.uint8)",
        f"canvas[{margin}, {margin}] = np.array(square)",
        "pixels = canvas.transpose(2, 0, 1)[None]",
    ]


def _shown(portable: Portable, labels: str) -> list[str]:
    if portable.outputs == (FEATURES,):
        return []
    if portable.outputs == (VESSELS,):
        margin = f"{MARGIN}:{MARGIN + portable.card.size}"
        return [f"probability = {VESSELS}[0, {margin}, {margin}]"]
    if portable.outputs == (STRUCTURES,):
        margin = f"{MARGIN}:{MARGIN + portable.card.size}"
        return [f"probability = dict(zip({labels}, {STRUCTURES}[0, :, {margin}, {margin}]))"]
    return [f"print(dict(zip({labels}, {SCORES}[0].tolist())))"]


def _python(lines: list[str]) -> list[str]:
    return ["```python", *lines, "```", ""]
