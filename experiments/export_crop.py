"""How far scores move with the few-line crop of an export's README, and without any crop.

    python experiments/export_crop.py WEIGHTS FOLDER [COUNT]

Scores COUNT (100) photographs of a folder three times: with FundusFM's own crop, with the README's, and squashed to a
square. Prints the differences of the first label's score from the own crop's. Writes nothing.
"""

import os
import random
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from fundusfm.data.decode.image import SUFFIXES
from fundusfm.data.store.convert import crop_bytes
from fundusfm.models.card.recipes import crop_recipe
from fundusfm.models.inference import scores_from_logits
from fundusfm.models.network import to_input
from fundusfm.models.resolve import resolve_weights


def main(weights: str, folder: Path, count: int) -> None:
    bundle = resolve_weights(weights, size=224)
    card = bundle.card
    text = "\n".join(crop_recipe(card))
    recipe = compile(text.split("```python\n")[1].split("```")[0], "README", "exec")
    found = sorted(path.resolve() for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    photographs = random.Random(0).sample(found, min(count, len(found)))

    def readme(path: Path) -> np.ndarray:
        Path("photograph.jpg").unlink(missing_ok=True)
        Path("photograph.jpg").symlink_to(path)
        names: dict[str, object] = {}
        exec(recipe, names)  # noqa: S102 - the code that readers are told to run
        return np.asarray(names["square"])

    def squashed(path: Path) -> np.ndarray:
        return np.asarray(Image.open(path).convert("RGB").resize((card.size, card.size), Image.Resampling.BOX))

    def scores(squares: list[np.ndarray]) -> np.ndarray:
        images = torch.from_numpy(np.stack(squares)).permute(0, 3, 1, 2)
        with torch.inference_mode():
            logits = bundle.network(to_input(images, card.mean, card.std)).numpy()
        return scores_from_logits(logits, card.task)[:, 0]

    own = scores([crop_bytes(path.read_bytes(), path.name, card.size)[0] for path in photographs])
    for name, cut in (("README's crop", readme), ("no crop", squashed)):
        moved = np.abs(scores([cut(path) for path in photographs]) - own)
        median, most = np.quantile(moved, (0.5, 0.95))
        print(
            f"{card.labels[0]}, {len(photographs)} photographs, {name}: median {median:.3f}, 95 % {most:.3f}, "
            f"largest {moved.max():.3f}"
        )


if __name__ == "__main__":
    import tempfile

    where = Path(sys.argv[2]).resolve()
    named = str(Path(sys.argv[1]).resolve()) if Path(sys.argv[1]).exists() else sys.argv[1]
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)
        main(named, where, int(sys.argv[3]) if len(sys.argv) > 3 else 100)
