"""STARE: the twenty photographs with two observers' vessels."""

from pathlib import Path

import pandas as pd

from fundusfm.data.sources.files import find_folder, need_folder, photographs
from fundusfm.data.sources.source import PublicSet
from fundusfm.errors import SourceError


def _read(root: Path) -> pd.DataFrame:
    # The archives hold bare files, which some unpack into one folder.
    flat = root if any(root.glob("im0001.ah.*")) else None
    images = _by_number(flat or need_folder(root, "stare-images", "images"))
    first = _by_number(flat or need_folder(root, "labels-ah", "labels_ah", "masks"), "ah")
    second_folder = flat or find_folder(root, "labels-vk", "labels_vk", "masks")
    second = {} if second_folder is None else _by_number(second_folder, "vk")
    rows = [
        {
            "image": path,
            "vessels": first.get(number, ""),
            "fov": "",
            "second_observer": second.get(number, ""),
        }
        for number, path in images.items()
    ]
    return pd.DataFrame(rows, dtype=object)


def _by_number(folder: Path, observer: str = "") -> dict[str, str]:
    """Returns `im0001` -> path of that photograph, or of what the observer drew on it (`im0001.ah.ppm`)."""
    if any(folder.glob("*.ppm.gz")) and not any(folder.glob("*.ppm")):
        raise SourceError(f"The files in {folder} are still packed (.ppm.gz); unpack them, as `gunzip -r` does")
    found: dict[str, str] = {}
    for path in photographs(folder):
        number, mark, *_ = path.name.lower().split(".")
        if (mark if mark in ("ah", "vk") else "") == observer:
            # Some copies hold `im0001.ppm.png`, resized, beside `im0001.ppm`, which comes first.
            found.setdefault(number, str(path.absolute()))
    return found


SOURCE = PublicSet(
    name="stare",
    title="STARE",
    about=(
        "Twenty slides of American patients, half of them with disease (TopCon TRV-50, 35 degrees, digitised at "
        "700x605), with vessels drawn by two observers. The other photographs of the STARE project have no drawn "
        "vessels and are not read. Field-of-view masks were not published."
    ),
    where="cecas.clemson.edu/~ahoover/stare/probing",
    licence="none stated; free for research",
    citation=(
        "Hoover et al., Locating blood vessels in retinal images by piecewise threshold probing of a matched filter "
        "response, IEEE TMI 19:203, 2000"
    ),
    layout="""
        stare-images/im0001.ppm …         unpacked: the archives hold im0001.ppm.gz
        labels-ah/im0001.ah.ppm …         drawn by Adam Hoover
        labels-vk/im0001.vk.ppm …         drawn by Valentina Kouznetsova (optional)
    """,
    labels={
        "vessels": "path of the vessel mask of the first observer, Adam Hoover",
        "second_observer": "path of the vessel mask of the second observer, Valentina Kouznetsova, who drew more of "
        "the thin vessels",
    },
    read=_read,
    counts={"images": 20},
)
