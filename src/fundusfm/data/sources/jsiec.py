"""JSIEC: a thousand photographs in 39 classes."""

from pathlib import Path

import pandas as pd

from fundusfm.data.sources.files import find_folder, need_folder, photographs
from fundusfm.data.sources.source import PublicSet

# Folder -> photographs; those who counted one class differ, 111 or 114
_FOLDERS = {
    "0.0.Normal": 38,
    "0.1.Tessellated fundus": 13,
    "0.2.Large optic cup": 50,
    "0.3.DR1": 18,
    "1.0.DR2": 49,
    "1.1.DR3": 39,
    "2.0.BRVO": 44,
    "2.1.CRVO": 22,
    "3.RAO": 16,
    "4.Rhegmatogenous RD": 57,
    "5.0.CSCR": 14,
    "5.1.VKH disease": 14,
    "6.Maculopathy": 74,
    "7.ERM": 26,
    "8.MH": 23,
    "9.Pathological myopia": 54,
    "10.0.Possible glaucoma": 13,
    "10.1.Optic atrophy": 12,
    "11.Severe hypertensive retinopathy": 15,
    "12.Disc swelling and elevation": 13,
    "13.Dragged Disc": 10,
    "14.Congenital disc abnormality": 10,
    "15.0.Retinitis pigmentosa": 22,
    "15.1.Bietti crystalline dystrophy": 8,
    "16.Peripheral retinal degeneration and break": 14,
    "17.Myelinated nerve fiber": 11,
    "18.Vitreous particles": 14,
    "19.Fundus neoplasm": 8,
    "20.Massive hard exudates": 13,
    "21.Yellow-white spots-flecks": 29,
    "22.Cotton-wool spots": 10,
    "23.Vessel tortuosity": 14,
    "24.Chorioretinal atrophy-coloboma": 15,
    "25.Preretinal hemorrhage": 10,
    "26.Fibrosis": 10,
    "27.Laser Spots": 20,
    "28.Silicon oil in eye": 19,
    "29.0.Blur fundus without PDR": None,
    "29.1.Blur fundus with suspected PDR": 45,
}

_PUBLISHED = 1000

_ABOVE = ("", "1000images/", "1000images/1000images/")
"""Where archives have the folders of the classes."""


def _read(root: Path) -> pd.DataFrame:
    places = {folder: [f"{above}{folder}" for above in _ABOVE] for folder in _FOLDERS}
    found = find_folder(root, *(place for each in places.values() for place in each))
    outer = (found or need_folder(root, *next(iter(places.values())))).parent
    rows = []
    uncounted = _PUBLISHED - sum(count for count in _FOLDERS.values() if count)
    for folder, count in _FOLDERS.items():
        code, name = _parted(folder)
        there = find_folder(outer, folder)
        # A class that is not there is so many missing photographs, whose names nothing lists.
        paths = [outer / folder / "*.JPG"] * (count or uncounted) if there is None else photographs(there)
        rows += [{"image": str(path.absolute()), "class": name, "class_code": code} for path in paths]
    return pd.DataFrame(rows, dtype=object)


def _parted(folder: str) -> tuple[str, str]:
    """Returns number and name, such as `5.1` and `VKH disease`."""
    code, _, name = folder.rpartition(".")
    return code, name


SOURCE = PublicSet(
    name="jsiec",
    title="JSIEC 1000",
    about=(
        "A thousand photographs of the Joint Shantou International Eye Center, China, in 39 classes: a small part of "
        "what its paper was trained on. There is no patient column."
    ),
    where="zenodo.org/records/3477553",
    licence="open access; the authors name no licence",
    citation="Cen et al., Automatic detection of 39 fundus diseases and conditions in retinal photographs using deep "
    "neural networks, Nature Communications 12:4828, 2021",
    layout="""
        1000images/0.0.Normal/*.JPG
        1000images/0.1.Tessellated fundus/*.JPG
        … 39 folders, to 29.1.Blur fundus with suspected PDR
    """,
    labels={
        "class": "the folder's name; DR1 to DR3 are stages of diabetic retinopathy, of which DR2 and DR3 are referred",
        "class_code": "the folder's number, such as 0.0; one first number is one group, such as 0 not to refer",
    },
    read=_read,
    counts={
        "images": _PUBLISHED,
        **{f"class={_parted(folder)[1]}": count for folder, count in _FOLDERS.items() if count},
    },
    faults=(
        "one class each, although many eyes have several conditions",
        "the classes of blurred photographs say little about the retina behind",
    ),
)
