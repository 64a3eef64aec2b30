"""What a forward pass costs on ONNX Runtime and on PyTorch's eager mode, in milliseconds of processor time per image.

The two take turns, so that whatever else the machine does meets both; medians over turns. Run with OMP_NUM_THREADS=1.

    python experiments/engine_speed.py mobilenetv2_100 tf_efficientnet_lite0 --sizes 224 384
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
import torch

from fundusfm.models.engine.devices import threads
from fundusfm.models.engine.engine import FEATURES
from fundusfm.models.engine.session import OnnxEngine
from fundusfm.models.engine.translate import translated
from fundusfm.models.network import pooled_features, to_input
from fundusfm.models.start import start_network

_IMAGES = 24
"""Images that each of both passes per row, at least."""


def compare(architecture: str, size: int, batch: int) -> tuple[float, float]:
    """Returns milliseconds per image of the graph, and of the network in PyTorch with channels last."""
    start = start_network("scratch", backbone=architecture, size=size)
    engine = OnnxEngine(translated(start.network, start.card))
    network = start.network.to(memory_format=torch.channels_last)
    images = np.random.default_rng(0).integers(0, 256, (batch, size, size, 3), np.uint8)

    def eager() -> None:
        with torch.inference_mode():
            pixels = torch.from_numpy(images).permute(0, 3, 1, 2)
            pooled_features(network, to_input(pixels, start.card.mean, start.card.std))

    ways: list[Callable[[], object]] = [lambda: engine.run(images, (FEATURES,)), eager]
    spent: list[list[float]] = [[], []]
    for _ in range(1 + max(3, -(-_IMAGES // batch))):
        for way, times in zip(ways, spent, strict=True):
            started = time.process_time()
            way()
            times.append((time.process_time() - started) / batch * 1000)
    found, usual = (float(np.median(times[1:])) for times in spent)
    return found, usual


def main() -> None:
    """Prints a row per backbone, size and batch."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("backbones", nargs="+")
    parser.add_argument("--sizes", nargs="+", type=int, default=[224, 384])
    parser.add_argument("--batches", nargs="+", type=int, default=[1, 8, 64])
    options = parser.parse_args()
    torch.set_num_threads(threads())
    print("| backbone | px | batch | ONNX Runtime | eager | ratio |\n| --- | --- | --- | --- | --- | --- |")
    for backbone in options.backbones:
        for size in options.sizes:
            for batch in options.batches:
                found, usual = compare(backbone, size, batch)
                row = f"| {backbone} | {size} | {batch} | {found:.1f} | {usual:.1f} | {usual / found:.1f} |"
                print(row, flush=True)


if __name__ == "__main__":
    main()
