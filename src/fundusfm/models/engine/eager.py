"""Networks on PyTorch: on graphics cards, and where a network has no graph."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from fundusfm.models.engine.devices import CPU
from fundusfm.models.engine.pixels import FromPixels


class TorchEngine:
    """A network on a device.

    Args:
        pixels: The network; it is moved to the device.
        device: As PyTorch names it.
        side: Side of the images in pixels.
    """

    def __init__(self, pixels: FromPixels, device: str, side: int) -> None:
        # The processor's networks stay as they are: other layouts in memory give other last digits.
        self._pixels = (
            pixels if device == CPU else pixels.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        ).eval()
        self._device, self._side = device, side

    def run(self, images: NDArray[np.uint8], outputs: Sequence[str]) -> list[NDArray[np.float32]]:
        """See `NetworkEngine`."""
        places = [self._pixels.outputs.index(name) for name in outputs]
        with torch.inference_mode():
            found = self._pixels(torch.from_numpy(np.ascontiguousarray(images)).to(self._device))
        return [found[place].float().cpu().numpy() for place in places]

    def width(self, output: str) -> int:
        """See `NetworkEngine`."""
        black = np.zeros((1, self._side, self._side, 3), np.uint8)
        return int(self.run(black, (output,))[0].shape[1])
