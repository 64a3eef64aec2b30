"""Row `predict`: a folder of camera-size JPEGs to scores, beside an eager loop over photographs decoded in full.

The usual pipeline is a `DataLoader` (a process per core, which was quicker for it than fewer) of PIL's full decoding
and torchvision's transforms, and a loop of eager forward passes. Both are whole commands: a fresh process that imports,
loads the model and starts its own processes.

    python -m benchmarks.predict BUNDLE FOLDER      (the usual pipeline)
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd
import timm
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from benchmarks.interleave import interleave, processor_seconds
from benchmarks.material import camera_photographs, probed, released
from benchmarks.table import Row, timed_row
from fundusfm.data.store.convert import crop_bytes
from fundusfm.models.card.schema import Card
from fundusfm.screening.pipeline import default_workers

_COUNT, _BATCH = int(os.environ.get("FUNDUSFM_BENCH_COUNT", "480")), 16


class _Folder(Dataset[torch.Tensor]):
    def __init__(self, paths: list[Path], card: Card) -> None:
        self._paths = paths
        self._transform = transforms.Compose(
            [
                transforms.Resize(card.size),
                transforms.CenterCrop(card.size),
                transforms.ToTensor(),
                transforms.Normalize(card.mean, card.std),
            ]
        )

    def __len__(self) -> int:
        return len(self._paths)

    def __getitem__(self, index: int) -> torch.Tensor:
        image: torch.Tensor = self._transform(Image.open(self._paths[index]).convert("RGB"))
        return image


def usual(bundle: Path, paths: list[Path]) -> torch.Tensor:
    """Scores by timm's loader of local weights, PyTorch's DataLoader and an eager loop."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    network = timm.create_model(f"local-dir:{bundle}", pretrained=True).eval().to(device)
    data = _Folder(paths, Card.read(bundle / "card.json"))
    batches = DataLoader(data, batch_size=_BATCH, num_workers=default_workers(), pin_memory=device == "cuda")
    with torch.no_grad():
        return torch.cat([network(batch.to(device)).sigmoid().cpu() for batch in batches])


def rows(folder: Path, repeats: int) -> list[Row]:
    """Measures `fundusfm predict` of 480 photographs (6, or the ones named, each under many names).

    `FUNDUSFM_BENCH_COUNT` sets another number.
    """
    on_gpu = torch.cuda.is_available()
    bundle = probed(folder, backbone="resnet50", size=512) if on_gpu else released("light")
    card = Card.read(bundle / "card.json")
    paths = camera_photographs(folder, count=_COUNT)
    table = Path(tempfile.mkdtemp()) / "scores.csv"

    used = {"ours": list[float](), "usual": list[float]()}

    def ours() -> None:
        files = [str(paths[0].parent), "--weights", str(bundle), "--out", str(table)]
        used["ours"].append(_run("fundusfm", "predict", *files, "--overwrite"))

    def theirs() -> None:
        used["usual"].append(_run("benchmarks.predict", str(bundle), str(paths[0].parent)))

    timing = interleave(ours, theirs, repeats=repeats)
    return [
        timed_row(f"predict, {'GPU' if on_gpu else 'CPU'}",
                  f"{_COUNT} JPEGs of 3872x2592, {card.architecture}, {card.size} px, whole command", timing,
                  items=_COUNT, unit="images/s", target="5" if on_gpu else "4",
                  beside=f"processor time {median(used['ours']):.0f} s, usual {median(used['usual']):.0f} s; largest "
                         f"difference of a score to the eager network {_difference(bundle, paths, table):.1e}")
    ]  # fmt: skip


def _difference(bundle: Path, paths: list[Path], table: Path) -> float:
    """Returns the largest difference of a score to timm's eager network on the same crops."""
    found = pd.read_csv(table)[:_BATCH]
    card = Card.read(bundle / "card.json")
    crops = [crop_bytes(path.read_bytes(), path.name, card.size)[0] for path in paths[:_BATCH]]
    pixels = torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2) / 255
    network = timm.create_model(f"local-dir:{bundle}", pretrained=True).eval()
    with torch.no_grad():
        eager = network(transforms.Normalize(card.mean, card.std)(pixels)).sigmoid().numpy()
    scores = found[[f"{label}.score" for label in card.labels]].to_numpy(float)
    return float(np.nanmax(np.abs(scores - eager), initial=0.0))


def _run(*arguments: str) -> float:
    """Runs a command and returns the processor time that it took."""
    before = processor_seconds()
    subprocess.run([sys.executable, "-m", *arguments], check=True, capture_output=True)
    return processor_seconds() - before


if __name__ == "__main__":
    usual(Path(sys.argv[1]), sorted(Path(sys.argv[2]).iterdir()))
