"""HYGD, the Hillel Yaffe Glaucoma Dataset: glaucoma by full examination."""

from pathlib import Path

import pandas as pd

from fundusfm.data.sources.files import located, need_file, need_folder, read_table
from fundusfm.data.sources.source import PublicSet


def _read(root: Path) -> pd.DataFrame:
    table = read_table(need_file(root, "Labels.csv"), ["Image Name", "Patient", "Label", "Quality Score"])
    return pd.DataFrame(
        {
            "image": located(need_folder(root, "Images"), table["Image Name"]),
            "patient": table["Patient"],
            "quality": table["Quality Score"],
            "class": table["Label"].map({"GON+": "glaucoma", "GON-": "not glaucoma"}).fillna(""),
            "gon": table["Label"],
        }
    )


SOURCE = PublicSet(
    name="hygd",
    title="Hillel Yaffe Glaucoma Dataset",
    about=(
        "Photographs of 288 patients of Hillel Yaffe Medical Center in Hadera, Israel (Topcon DRI OCT Triton, 45 "
        "degrees), diagnosed from a full examination with visual field, OCT and at least one year of follow-up."
    ),
    where="physionet.org/content/hillel-yaffe-glaucoma-dataset",
    licence="Open Data Commons Attribution 1.0",
    citation="Abramovich et al., Hillel Yaffe Glaucoma Dataset (HYGD), PhysioNet, 2025",
    layout="""
        Labels.csv          Image Name, Patient, Label, Quality Score
        Images/1_0.jpg …
    """,
    labels={
        "class": "`glaucoma` or `not glaucoma`",
        "gon": "glaucomatous optic neuropathy as published, GON+ or GON-",
    },
    read=_read,
    counts={"images": 747, "gon=GON+": 548, "gon=GON-": 199},
    faults=(
        "ten files are copies of others, some under another patient; `fundusfm data check` lists them",
        "the quality score was computed by a model (FundusQ-Net), no person gave it",
    ),
)
