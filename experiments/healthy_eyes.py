"""Writes a manifest of photographs that their sets call normal, one per person, drawn by chance.

    python experiments/healthy_eyes.py OUT SEED NAME MANIFEST EXPRESSION COUNT [NAME MANIFEST EXPRESSION COUNT ...]

OUT is the manifest to write. It says `none` for each kind of lesion, so `segment train` learns that there are none, and
`segment evaluate` counts what is found all the same. NAME tells the people of one set from those of another.
"""

import csv
import random
import sys
from pathlib import Path

import pandas as pd

from fundusfm.data.manifest.select import select

_LESIONS = ("MA", "HE", "EX", "SE")


def main(out: str, seed: str, *sets: str) -> None:
    """Writes the manifest."""
    chance = random.Random(int(seed))
    with Path(out).open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["image", "patient", *_LESIONS])
        for place in range(0, len(sets), 4):
            name, manifest, expression, count = sets[place : place + 4]
            frame = pd.read_csv(manifest, dtype=str, keep_default_na=False)
            frame = frame[select(frame, expression, where=manifest)]
            order = list(range(len(frame)))
            chance.shuffle(order)
            people = frame.iloc[order].drop_duplicates("patient").head(int(count))
            for image, patient in zip(people["image"], people["patient"], strict=True):
                table.writerow([Path(manifest).parent / image, f"{name}-{patient}", *["none"] * len(_LESIONS)])


if __name__ == "__main__":
    main(*sys.argv[1:])
