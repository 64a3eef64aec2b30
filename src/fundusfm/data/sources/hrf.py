"""HRF: high-resolution photographs of healthy, glaucomatous and diabetic eyes, with vessels."""

from pathlib import Path

import pandas as pd

from fundusfm.data.sources.files import find_folder, need_folder, paired, photographs
from fundusfm.data.sources.source import PublicSet
from fundusfm.errors import SourceError

_CLASSES = {"h": "healthy", "dr": "diabetic retinopathy", "g": "glaucoma"}


def _read(root: Path) -> pd.DataFrame:
    images = photographs(need_folder(root, "images"))
    stems = [path.stem for path in images]
    codes = [stem.lower().partition("_")[2] for stem in stems]
    for path, code in zip(images, codes, strict=True):
        if code not in _CLASSES:
            raise SourceError(f"{path} does not tell its class; HRF names its photographs like `01_h`, `01_dr`, `01_g`")
    frame = pd.DataFrame(
        {
            "image": [str(path.absolute()) for path in images],
            "class": [_CLASSES[code] for code in codes],
            "vessels": paired(need_folder(root, "manual1", "manual"), stems),
            "fov": paired(find_folder(root, "mask"), stems, ending="_mask"),
            "second_observer": "",
        }
    )
    arteries_veins = find_folder(root, "HRF_AV_GT")
    if arteries_veins is not None:
        frame["artery_vein"] = paired(arteries_veins, stems, ending="_AVmanual")
    return frame


SOURCE = PublicSet(
    name="hrf",
    title="HRF",
    about=(
        "Forty-five photographs of a German centre (Canon CR-1, 45 degrees, 3504x2336): 15 of healthy patients, 15 "
        "with diabetic retinopathy, 15 with glaucoma, with vessels drawn by one group of experts. No parts were "
        "published; papers take the first five of each class for training. The pairs of good and poor quality from "
        "the same page are not read."
    ),
    where="www5.cs.fau.de/research/data/fundus-images",
    licence="CC BY 4.0",
    citation="Budai et al., Robust vessel segmentation in fundus images, International Journal of Biomedical Imaging "
    "2013:154860, 2013",
    layout="""
        images/01_h.jpg, 01_dr.JPG, 01_g.jpg … 15_g.jpg
        manual1/01_h.tif …
        mask/01_h_mask.tif …
        HRF_AV_GT/01_h_AVmanual.png …     (optional, Hemelings et al. 2019; published apart)
    """,
    labels={
        "class": "healthy, diabetic retinopathy or glaucoma",
        "vessels": "path of the vessel mask",
        "fov": "path of the field-of-view mask",
    },
    read=_read,
    counts={"images": 45, "class=healthy": 15, "class=diabetic retinopathy": 15, "class=glaucoma": 15},
)
