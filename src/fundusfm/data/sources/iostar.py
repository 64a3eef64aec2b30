"""IOSTAR: vessels, arteries, veins and disc on scanning laser ophthalmoscope images."""

import re
from pathlib import Path

import pandas as pd

from fundusfm.data.sources.files import find_folder, need_folder, paired, photographs
from fundusfm.data.sources.source import PublicSet
from fundusfm.errors import SourceError

_NAME = re.compile(r"star ?\d+_o([ds])[a-z]*", re.IGNORECASE)
_EYES = {"d": "right", "s": "left"}


def _read(root: Path) -> pd.DataFrame:
    images = photographs(need_folder(root, "image", "images"))
    stems = [path.stem for path in images]
    eyes = []
    for path in images:
        match = _NAME.fullmatch(path.stem)
        if match is None:
            raise SourceError(f"{path} is not named like the photographs of IOSTAR, such as `STAR 01_OSC.jpg`")
        eyes.append(_EYES[match[1].lower()])
    return pd.DataFrame(
        {
            "image": [str(path.absolute()) for path in images],
            "eye": eyes,
            "vessels": paired(need_folder(root, "GT"), stems, ending="_GT"),
            "fov": paired(find_folder(root, "mask"), stems, ending="_Mask"),
            "second_observer": "",
            "mask_optic_disc": paired(find_folder(root, "mask_OD"), stems, ending="_ODMask"),
            "artery_vein": paired(find_folder(root, "AV_GT"), stems, ending="_AV"),
        }
    )


SOURCE = PublicSet(
    name="iostar",
    title="IOSTAR",
    about=(
        "Thirty images of a scanning laser ophthalmoscope (i-Optics EasyScan, 45 degrees, 1024x1024), which looks "
        "through small pupils with two lasers instead of a flash, so the colours are not those of a fundus camera. "
        "Vessels, optic disc, arteries and veins were drawn by a group of experts. No parts were published."
    ),
    where="retinacheck.org/download-iostar-retinal-vessel-segmentation-dataset",
    licence="none stated; free for research",
    citation="Zhang et al., Robust retinal vessel segmentation via locally adaptive derivative frames in orientation "
    "scores, IEEE TMI 35:2631, 2016",
    layout="""
        image/STAR 01_OSC.jpg …           OD right, OS left
        GT/STAR 01_OSC_GT.tif …           vessels
        mask/STAR 01_OSC_Mask.tif …       field of view
        mask_OD/STAR 01_OSC_ODMask.tif …  optic disc (optional)
        AV_GT/STAR 01_OSC_AV.tif …        arteries and veins (optional, in the archive of 2018)
    """,
    labels={
        "vessels": "path of the vessel mask",
        "fov": "path of the field-of-view mask",
        "mask_optic_disc": "path of the optic disc mask, in which the disc is black",
        "artery_vein": "path of the drawing with arteries red and veins blue; not of every photograph",
    },
    read=_read,
    counts={"images": 30},
    faults=("the optic disc masks are inverted: black inside the disc, and also outside the field of view",),
)
