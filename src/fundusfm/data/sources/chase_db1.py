"""CHASE_DB1: both eyes of fourteen children, with two observers' vessels."""

import re
from pathlib import Path

import pandas as pd

from fundusfm.data.sources.files import by_stem, photographs
from fundusfm.data.sources.source import PublicSet
from fundusfm.errors import SourceError

_PHOTOGRAPH = re.compile(r"image_(\d+)([lr])")
_EYES = {"l": "left", "r": "right"}


def _read(root: Path) -> pd.DataFrame:
    # The archive is one flat folder, copies keep images and masks apart under many names: the files' names tell.
    named = [path for path in photographs(root, recursive=True) if path.name.lower().startswith("image_")]
    files = {stem: str(path.absolute()) for stem, path in by_stem(named).items()}
    rows = [
        {
            "image": path,
            "patient": match[1],
            "eye": _EYES[match[2]],
            "vessels": files.get(f"{stem}_1stho", ""),
            "fov": "",
            "second_observer": files.get(f"{stem}_2ndho", ""),
        }
        for stem, path in files.items()
        if (match := _PHOTOGRAPH.fullmatch(stem))
    ]
    if not rows:
        raise SourceError(f"{root} holds no photograph named like `Image_01L.jpg`, as those of CHASE_DB1 are")
    return pd.DataFrame(rows, dtype=object)


SOURCE = PublicSet(
    name="chase_db1",
    title="CHASE_DB1",
    about=(
        "Both eyes of 14 British schoolchildren of the Child Heart and Health Study in England (hand-held Nidek "
        "NM-200-D, 30 degrees, 999x960, centred on the disc), with vessels drawn by two observers. No training and "
        "test parts and no field-of-view masks were published; splits by child keep both eyes together."
    ),
    where="researchdata.kingston.ac.uk/96",
    licence="CC BY 4.0",
    citation=(
        "Fraz et al., An ensemble classification-based approach applied to retinal blood vessel segmentation, IEEE "
        "TBME 59:2538, 2012; Owen et al., Measuring retinal vessel tortuosity in 10-year-old children, IOVS 50:2004, "
        "2009"
    ),
    layout="""
        Image_01L.jpg, Image_01R.jpg … Image_14R.jpg
        Image_01L_1stHO.png …             first observer
        Image_01L_2ndHO.png …             second observer
    """,
    labels={
        "vessels": "path of the first observer's vessel mask",
        "second_observer": "path of the second observer's vessel mask",
    },
    read=_read,
    counts={"images": 28, "eye=left": 14, "eye=right": 14},
)
