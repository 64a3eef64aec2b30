"""How quality falls when real photographs are blurred inside their field of view.

    python experiments/blur.py DATA [COUNT]

DATA holds folders with a `manifest.csv` each; COUNT photographs (100) of each folder are blurred by Gaussians whose
standard deviation is a share of the field's height, and saved as JPEG again. The rim stays as sharp as it was. Prints
a table of Markdown: median quality, and the share that is still gradable.
"""

import sys
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from fundusfm.data.decode.image import decode
from fundusfm.data.fov.detect import FOV, find_fov
from fundusfm.data.inputs.find import find_sources
from fundusfm.data.inputs.photograph import Photograph
from fundusfm.screening.gates.quality import Quality, judge_quality
from fundusfm.screening.prepare import Prepared, prepare

_SHARES = (0.0, 0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08)
_KEPT_RIM = 0.985
_SIZES = (384,)


def main(data: Path, count: int) -> None:
    cv2.setNumThreads(1)
    print("| photographs | " + " | ".join(f"{share:.1%}" for share in _SHARES) + " |")
    print("| --- |" + " --- |" * len(_SHARES), flush=True)
    for manifest in sorted(data.rglob("manifest.csv")):
        sources = find_sources([str(manifest)])
        chosen = np.random.default_rng(0).permutation(len(sources))[:count]
        images = [decode(Path(sources[index].path)).image for index in sorted(chosen)]
        cells = [_cell([_quality(image, share) for image in images]) for share in _SHARES]
        print(f"| {manifest.parent.relative_to(data)} ({len(images)}) | " + " | ".join(cells) + " |", flush=True)


def _cell(found: list[Quality]) -> str:
    gradable = sum(not quality.reason for quality in found)
    return f"{np.median([quality.value for quality in found]):.2f}, {gradable / len(found):.0%}"


def _quality(image: NDArray[np.uint8], share: float) -> Quality:
    blurred = blur(image, find_fov(image), share)
    _, content = cv2.imencode(".jpg", cv2.cvtColor(blurred, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 90])
    prepared = prepare(Photograph("blurred", content.tobytes()), _SIZES)
    assert isinstance(prepared, Prepared), prepared.reason
    return judge_quality(prepared.evidence)


def blur(image: NDArray[np.uint8], fov: FOV, share: float) -> NDArray[np.uint8]:
    """Blurs a photograph inside its field of view by `share` of the field's height."""
    if share == 0:
        return image
    height, width = image.shape[:2]
    rows, columns = np.mgrid[:height, :width] + 0.5
    inside = np.hypot(columns - fov.x, rows - fov.y) < _KEPT_RIM * fov.radius
    blurred = cv2.GaussianBlur(image, (0, 0), share * 2 * fov.radius)
    return np.where(inside[..., None], blurred, image)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 100)
