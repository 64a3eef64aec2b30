"""ADAM, the iChallenge-AMD set: age-related macular degeneration or not."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from fundusfm.data.sources.files import find_file, find_folder, need_folder, photographs
from fundusfm.data.sources.source import PublicSet

_TRAINING = ("Training400", "Train/Training-image-400")
_CLASSES = {"1": "age-related macular degeneration", "0": "no age-related macular degeneration"}
_LETTERS = {"A": "1", "N": "0"}  # of file names in the training part


def _read(root: Path) -> pd.DataFrame:
    rows = [
        {"image": str(path.absolute()), "part": "training", "amd_label": _LETTERS.get(path.stem[0].upper(), "")}
        for path in photographs(need_folder(root, *_TRAINING), recursive=True)
    ]
    for part, folders in {"validation": ("image",), "test": ("Test-image-400", "image")}.items():
        folder = find_folder(root, *(f"{part}/{name}" for name in folders))
        if folder is not None:
            labels = _labels(find_file(root, f"{part}/{part}_classification_GT.txt"))
            rows += [
                {"image": str(path.absolute()), "part": part, "amd_label": labels.get(path.name.lower(), "")}
                for path in photographs(folder)
            ]
    frame = pd.DataFrame(rows, dtype=object)
    frame.insert(2, "class", frame["amd_label"].map(_CLASSES).fillna(""))
    return frame


def _labels(path: Path | None) -> Mapping[str, str]:
    """Returns file name in lower case -> label; each line of the file holds both, apart by one space or two."""
    lines = [] if path is None else [line.split() for line in path.read_text(encoding="utf-8-sig").splitlines()]
    return {line[0].lower(): line[1] for line in lines if len(line) == 2}


SOURCE = PublicSet(
    name="adam",
    title="ADAM (iChallenge-AMD)",
    about=(
        "Photographs from Zhongshan Ophthalmic Center in Guangzhou (Zeiss Visucam 500 and Canon CR-2), labelled from "
        "health records. Non-AMD photographs are of normal eyes and of eyes with other conditions, such as myopia."
    ),
    where="amd.grand-challenge.org",
    licence="research use; registration with the challenge",
    citation="Fang et al., ADAM challenge: detecting age-related macular degeneration, IEEE TMI 41:2828, 2022",
    layout="""
        Train/Training-image-400/AMD/A0001.jpg, …/Non-AMD/N0001.jpg   (or Training400/AMD/ and Training400/Non-AMD/)
        Validation/image/V0001.jpg                                    (may be absent, like the test part)
        Validation/validation_classification_GT.txt                   file name and label, no header
        Test/Test-image-400/T0001.jpg                                 (or Test/image/)
        Test/test_classification_GT.txt
    """,
    labels={
        "class": "`age-related macular degeneration` or none; unknown for a part without its label file",
        "amd_label": "the same as published, 1 or 0",
    },
    read=_read,
    counts={"images": 1200, "part=training": 400, "part=validation": 400, "part=test": 400},
    faults=("copies from before the challenge of 2020 have a damaged A0012.jpg and lack A0013.jpg",),
)
