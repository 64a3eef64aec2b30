"""Messidor-2 with the adjudicated grades: the usual external test of diabetic retinopathy."""

from pathlib import Path

import pandas as pd

from fundusfm.data.sources.files import find_file, located, need_file, need_folder, read_table
from fundusfm.data.sources.source import PublicSet

_COLUMNS = ["image_id", "adjudicated_dr_grade", "adjudicated_dme", "adjudicated_gradable"]
_PREPROCESSED = {"id_code": "image_id", "diagnosis": "adjudicated_dr_grade"}
_FOLDERS = ("IMAGES", "messidor-2/preprocess", "messidor-2/messidor-2/preprocess", "preprocess")


def _read(root: Path) -> pd.DataFrame:
    table = read_table(need_file(root, "messidor_data.csv"), _COLUMNS, also=_PREPROCESSED)
    frame = pd.DataFrame(
        {
            "image": located(need_folder(root, *_FOLDERS), table["image_id"]),
            "quality": _whole(table["adjudicated_gradable"]).map({"1": "gradable", "0": "ungradable"}).fillna(""),
            "dr_grade": _whole(table["adjudicated_dr_grade"]),
            "macular_edema": _whole(table["adjudicated_dme"]),
        }
    )
    pairs = find_file(root, "messidor-2.csv")
    if pairs is not None:
        stems = table["image_id"].map(_stem)
        people = _people(pairs)
        frame["patient"] = [people.get(stem, ("", ""))[0] for stem in stems]
        frame["eye"] = [people.get(stem, ("", ""))[1] for stem in stems]
    return frame


def _whole(cells: "pd.Series[str]") -> "pd.Series[str]":
    return cells.str.removesuffix(".0")  # columns with empty cells were written as decimals by some copies


def _people(path: Path) -> dict[str, tuple[str, str]]:
    """Returns the photograph's stem -> patient, who is the line of the table of pairs, and eye."""
    pairs = read_table(path, ["left", "right"])
    return {
        _stem(name): (str(number), eye) for eye in ("left", "right") for number, name in enumerate(pairs[eye], start=1)
    }


def _stem(name: str) -> str:
    return Path(name).stem.lower()


SOURCE = PublicSet(
    name="messidor2",
    title="Messidor-2",
    about=(
        "One photograph of each eye of 874 examinations: the pairs of the first Messidor set, from three French "
        "hospitals, and more from Brest (Topcon TRC-NW6, 45 degrees). The grades are those that three American retina "
        "specialists agreed on, and were published apart."
    ),
    where="adcis.net/en/third-party/messidor2 and kaggle.com/datasets/google-brain/messidor2-dr-grades",
    licence="photographs: research and education; grades: CC0",
    citation="Decencière et al., Image Analysis & Stereology 33:231, 2014; Abràmoff et al., JAMA Ophthalmology "
    "131:351, 2013; grades: Krause et al., Ophthalmology 125:1264, 2018",
    layout="""
        IMAGES/20051020_43808_0100_PP.png …, IM004832.JPG …
        messidor_data.csv       image_id, adjudicated_dr_grade, adjudicated_dme, adjudicated_gradable
        messidor-2.csv          left;right: which two photographs belong together (optional; gives patient and eye)
    """,
    labels={
        "dr_grade": "diabetic retinopathy, 0 none, 1 mild, 2 moderate, 3 severe, 4 proliferative; unknown where "
        "`quality` is `ungradable`",
        "macular_edema": "referable diabetic macular edema, 0 or 1; likewise",
    },
    read=_read,
    counts={
        "images": 1748,
        "dr_grade=0": 1017,
        "dr_grade=1": 270,
        "dr_grade=2": 347,
        "dr_grade=3": 75,
        "dr_grade=4": 35,
        "quality=ungradable": 4,
    },
    faults=("without messidor-2.csv nothing tells which photographs are of one patient, so a split can part them",),
)
