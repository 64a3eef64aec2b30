"""Measures what a backbone costs on this machine, for an estimate before a study starts."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import timm
import torch

from fundusfm.models.network import model_arguments
from fundusfm.training.fitting.trainer import resolve_precision

_BATCH = 8
_REPEATS = 3


@dataclass(frozen=True)
class Cost:
    """Cost of one backbone.

    Attributes:
        forward: Seconds of one core per image and pixel, features only.
        training: Seconds of one core per image and pixel, of a training step.
        parameters: Number of weights.
        features: Width of the pooled features.
    """

    forward: float
    training: float
    parameters: int
    features: int


def measure(backbone: str, size: int) -> Cost:
    """Times a few batches of random images on one core; other sizes cost in proportion to their pixels.

    A GPU is not timed: the estimate says what the study would take without one.

    Args:
        backbone: timm model name.
        size: Side of the images, in pixels.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        network = timm.create_model(backbone, num_classes=0, **model_arguments(backbone, size))
        images = torch.randn(_BATCH, 3, size, size)
        with torch.inference_mode():
            forward = _fastest(lambda: network.eval()(images))
        halved = resolve_precision("auto") == "bf16-mixed"

        def train() -> None:
            with torch.autocast("cpu", torch.bfloat16, enabled=halved):
                loss = network.train()(images).mean()
            loss.backward()

        training = _fastest(train)
    finally:
        torch.set_num_threads(threads)
    pixels = _BATCH * size * size
    weights = sum(parameter.numel() for parameter in network.parameters())
    return Cost(forward / pixels, training / pixels, weights, int(str(network.num_features)))


def _fastest(step: Callable[[], object]) -> float:
    times = []
    for _ in range(_REPEATS):
        started = time.perf_counter()
        step()
        times.append(time.perf_counter() - started)
    return min(times)
