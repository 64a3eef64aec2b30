"""G1020: glaucoma in routine photographs."""

from pathlib import Path

import pandas as pd

from fundusfm.data.sources.files import located, need_file, need_folder, read_table
from fundusfm.data.sources.source import PublicSet


def _read(root: Path) -> pd.DataFrame:
    table = read_table(need_file(root, "G1020.csv", "G1020/G1020.csv"), ["imageID", "binaryLabels"])
    # One copy has the photographs in Images/Images, beside their outlines; `Images` alone would be found there too.
    folder = need_folder(root, "Images/Images", "G1020/Images/Images", "Images", "G1020/Images")
    return pd.DataFrame(
        {
            "image": located(folder, table["imageID"]),
            "class": table["binaryLabels"].map({"0": "healthy", "1": "glaucoma"}).fillna(""),
            "glaucoma_label": table["binaryLabels"],
        }
    )


SOURCE = PublicSet(
    name="g1020",
    title="G1020",
    about=(
        "Photographs of 432 patients of a private practice in Kaiserslautern, Germany, 2005 to 2017 (45 degrees, "
        "dilated pupils), taken as in routine: discs are not always in the centre. The table does not tell the patient."
    ),
    where="dfki.uni-kl.de/g1020",
    licence="none stated; published for research",
    citation="Bajwa et al., G1020: a benchmark retinal fundus image dataset for glaucoma detection, IJCNN, 2020",
    layout="""
        G1020.csv               imageID, binaryLabels
        Images/image_0.jpg …    (outlines of disc and cup as .json beside them are not read)
    """,
    labels={"class": "`glaucoma` or `healthy`", "glaucoma_label": "the same as published, 1 or 0"},
    read=_read,
    counts={"images": 1020, "glaucoma_label=1": 296, "glaucoma_label=0": 724},
    faults=(
        "several photographs are of one patient, and no column tells which, so a split puts patients on both sides",
    ),
)
