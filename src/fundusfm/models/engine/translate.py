"""From PyTorch to a graph of ONNX, once, held against the network before anything relies on it."""

import io
import logging
import warnings

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from fundusfm.errors import WeightsError
from fundusfm.models.card.schema import Card
from fundusfm.models.engine.eager import TorchEngine
from fundusfm.models.engine.engine import FEATURES, IMAGES, LOGITS, MAP, STRUCTURES, VESSELS
from fundusfm.models.engine.half_graph import with_half_weights
from fundusfm.models.engine.pixels import FromPixels, outputs_of
from fundusfm.models.engine.session import OnnxEngine
from fundusfm.models.half import HALF

_OPSET = 17
_SCORE_TOLERANCE = 1e-4
_PIXEL_TOLERANCE = 1e-3
"""Of single pixels of a probability map; the others agree as scores do."""

_ALIKE_PIXELS, _ALIKE_RESAMPLED = 0.9999, 0.995
"""Share of the pixels that agree as scores do. Joined networks resample the images that are compared, which hold noise,
and there the last digit of a place between two pixels decides."""

_RELATIVE_TOLERANCE = 1e-3
"""Of features and maps, relative to their largest value: what rounding does to deep networks of random weights."""

_BATCH = "batch"


def translated(network: nn.Module, card: Card, side: int | None = None) -> bytes:
    """Returns a network as a graph from pixels, which gives the same scores within 1e-4.

    PyTorch's newer exporter takes twenty times as long and leaves batch norms unfolded, so the older one is used.

    Args:
        network: On the CPU.
        card: Its card.
        side: Side of the images; by default the one that the network takes.

    Raises:
        WeightsError: The network cannot be translated, or the graph gives other outputs.
    """
    pixels = outputs_of(network, card)
    example, half = calibration_images(side or card.size)[:2], card.stored_bits == HALF
    graph = onnx_graph(pixels, example, IMAGES, pixels.outputs, card.architecture, fold=not half)
    if half:
        graph = with_half_weights(graph)
    _check(graph, pixels, card, side or card.size)
    return graph


def onnx_graph(
    network: nn.Module,
    example: NDArray[np.uint8],
    name: str,
    outputs: tuple[str, ...],
    architecture: str,
    *,
    fold: bool = True,
) -> bytes:
    """Returns a module of one input as a graph for any number of images.

    Args:
        network: In evaluation mode.
        example: Images of the size that the graph is for.
        name: What the graph calls its input.
        outputs: What it calls its outputs.
        architecture: For messages.
        fold: Fold batch norms into the convolutions before them; ONNX Runtime does so anyway.

    Raises:
        WeightsError: The module cannot be translated.
    """
    content = io.BytesIO()
    logger = logging.getLogger("torch.onnx")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), torch.inference_mode():
            warnings.simplefilter("ignore")  # of a trace: which sizes it took for constants; the check finds them
            torch.onnx.export(
                network,
                (torch.from_numpy(np.ascontiguousarray(example)),),
                content,  # type: ignore[arg-type]
                input_names=[name],
                output_names=list(outputs),
                dynamic_axes={key: {0: _BATCH} for key in (name, *outputs)},
                opset_version=_OPSET,
                dynamo=False,
                training=torch.onnx.TrainingMode.EVAL if fold else torch.onnx.TrainingMode.PRESERVE,
            )
    except (RuntimeError, TypeError, ValueError, torch.onnx.OnnxExporterError) as error:
        raise WeightsError(
            f"{architecture} cannot be written as an ONNX graph: {str(error).splitlines()[0]}"
        ) from error
    finally:
        logger.setLevel(before)
    return content.getvalue()


def linear_head(network: nn.Module, card: Card) -> str | None:
    """Returns the name of the layer that turns globally averaged maps into logits; None where there is no such layer.

    Told by computing both ways, whatever the architecture says of itself.
    """
    if not card.labels or card.decoder is not None:
        return None
    images = calibration_images(card.size)
    logits, features, last = TorchEngine(outputs_of(network, card), "cpu", card.size).run(
        images, (LOGITS, FEATURES, MAP)
    )
    if last.ndim != 4 or last.shape[1] != features.shape[1] or not _alike(last.mean((2, 3)), features):
        return None
    for name, layer in network.named_modules():
        if isinstance(layer, nn.Linear) and tuple(layer.weight.shape) == (logits.shape[1], features.shape[1]):
            found = features @ layer.weight.detach().numpy().T
            if layer.bias is not None:
                found = found + layer.bias.detach().numpy()
            if _alike(found, logits):
                return str(name)
    return None


def calibration_images(side: int) -> NDArray[np.uint8]:
    """Returns what a graph is compared on, uint8 (3, side, side, 3): noise, a disc of a retina's colours, black."""
    noise = np.random.default_rng(0).integers(0, 256, (side, side, 3), np.uint8)
    across = np.linspace(-1, 1, side, dtype=np.float32)
    disc = np.clip(1.2 - np.hypot(across[:, None], across[None]), 0, 1)[..., None] * np.array([200, 90, 40], np.float32)
    return np.stack([noise, disc.astype(np.uint8), np.zeros_like(noise)])


def _check(graph: bytes, pixels: FromPixels, card: Card, side: int) -> None:
    images = calibration_images(side)
    expected = dict(zip(pixels.outputs, TorchEngine(pixels, "cpu", side).run(images, pixels.outputs), strict=True))
    engine = OnnxEngine(graph)
    found = dict(zip(pixels.outputs, engine.run(images, pixels.outputs), strict=True))
    for name in pixels.outputs:
        wanted, got = expected[name], found[name]
        if name == LOGITS:
            wanted, got = (_squashed(values, card.task) for values in (wanted, got))
        if not agree(name, got, wanted, resampled=bool(card.parts)):
            raise WeightsError(f"{card.architecture} as an ONNX graph gives other {name} than as a network.")


def agree(name: str, found: NDArray[np.float32], wanted: NDArray[np.float32], *, resampled: bool = False) -> bool:
    """Tells whether two engines give the same: scores, and nearly all pixels of probability maps, within 1e-4.

    Args:
        name: Which output: of `LOGITS`, probabilities.
        found: Of one engine.
        wanted: Of the other.
        resampled: Whether the network resamples its images, as joined ones do.
    """
    if found.shape != wanted.shape:
        return False
    if name not in (LOGITS, VESSELS, STRUCTURES):
        return _alike(found, wanted)
    difference = np.abs(found - wanted)
    if name == LOGITS:
        return bool(difference.max() <= _SCORE_TOLERANCE)
    alike = _ALIKE_RESAMPLED if resampled else _ALIKE_PIXELS
    return bool(difference.max() <= _PIXEL_TOLERANCE and np.quantile(difference, alike) <= _SCORE_TOLERANCE)


def _squashed(logits: NDArray[np.float32], task: str | None) -> NDArray[np.float32]:
    values = torch.from_numpy(logits)
    scores: NDArray[np.float32] = (values.softmax(1) if task == "multiclass" else values.sigmoid()).numpy()
    return scores


def _alike(found: NDArray[np.float32], wanted: NDArray[np.float32]) -> bool:
    if found.shape != wanted.shape:
        return False
    return bool(np.abs(found - wanted).max() <= _RELATIVE_TOLERANCE * max(float(np.abs(wanted).max()), 1e-6))
