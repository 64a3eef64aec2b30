"""FIVES: the largest vessel segmentation set, four kinds of eyes."""

from pathlib import Path

import pandas as pd

from fundusfm.data.sources.files import find_file, need_folder, paired, photographs, read_table
from fundusfm.data.sources.source import PublicSet
from fundusfm.errors import SourceError

_CLASSES = {"A": "age-related macular degeneration", "D": "diabetic retinopathy", "G": "glaucoma", "N": "normal"}
_QUALITY = {"IC": "quality_illumination", "Blur": "quality_blur", "LC": "quality_contrast"}


def _read(root: Path) -> pd.DataFrame:
    return pd.concat([_part(root, part) for part in ("train", "test")], ignore_index=True)


def _part(root: Path, part: str) -> pd.DataFrame:
    images = photographs(need_folder(root, f"{part}/Original"))
    masks = need_folder(root, f"{part}/Ground truth", f"{part}/Ground_truth", f"{part}/GroundTruth")
    stems = [path.stem.upper() for path in images]
    codes = [stem.rpartition("_")[2] for stem in stems]
    for path, code in zip(images, codes, strict=True):
        if code not in _CLASSES:
            raise SourceError(f"{path} does not tell its class; FIVES names its photographs like `1_A.png`")
    frame = pd.DataFrame(
        {
            "image": [str(path.absolute()) for path in images],
            "part": part,
            "class": [_CLASSES[code] for code in codes],
            "vessels": paired(masks, stems),
            "fov": "",
            "second_observer": "",
        }
    )
    scores = find_file(root, "Quality Assessment.xlsx")  # mirrors leave it out
    if scores is None:
        return frame.assign(**dict.fromkeys(_QUALITY.values(), ""))
    table = read_table(scores, ["Disease", "Number", *_QUALITY], sheet=part.capitalize())
    table.index = pd.Index(table["Number"] + "_" + table["Disease"].str.upper())
    for column, name in _QUALITY.items():
        frame[name] = [table[column].get(stem, "") for stem in stems]
    return frame


SOURCE = PublicSet(
    name="fives",
    title="FIVES",
    about=(
        "Eight hundred photographs of a Chinese eye centre (Topcon TRC-NW8, 50 degrees, 2048x2048, centred on the "
        "macula), 200 of each class, with vessels drawn in a crowdsourcing among medical experts. Which photographs "
        "show the same patient was not published, so both eyes of one may lie in both parts."
    ),
    where="figshare.com/articles/figure/FIVES_A_Fundus_Image_Dataset_for_AI-based_Vessel_Segmentation/19688169",
    licence="CC BY 4.0",
    citation="Jin et al., FIVES: a fundus image dataset for artificial intelligence based vessel segmentation, "
    "Scientific Data 9:475, 2022",
    layout="""
        train/Original/1_A.png … 600_N.png
        train/Ground truth/1_A.png …
        test/Original/1_A.png … 200_N.png
        test/Ground truth/1_A.png …
        Quality Assessment.xlsx           sheets Train, Test: Disease, Number, IC, Blur, LC (optional)
    """,
    labels={
        "class": "normal, age-related macular degeneration, diabetic retinopathy or glaucoma (N, A, D, G in the names)",
        "vessels": "path of the vessel mask",
        "quality_illumination": "illumination and colour, 0 or 1 as published (IC); unknown without the table",
        "quality_blur": "blur, 0 or 1 as published; unknown without the table",
        "quality_contrast": "contrast, 0 or 1 as published (LC); unknown without the table",
    },
    read=_read,
    counts={
        "images": 800,
        "part=train": 600,
        "part=test": 200,
        "class=age-related macular degeneration": 200,
        "class=diabetic retinopathy": 200,
        "class=glaucoma": 200,
        "class=normal": 200,
    },
)
