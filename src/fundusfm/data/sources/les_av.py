"""LES-AV: arteries and veins of healthy and glaucomatous eyes."""

from pathlib import Path

import pandas as pd

from fundusfm.data.sources.files import find_file, find_folder, need_folder, paired, photographs, read_table
from fundusfm.data.sources.source import PublicSet

_COLUMNS = {  # beginning of the table's column name -> the manifest's column
    "eye": "eye",
    "age": "age",
    "sex": "sex",
    "diagnosis": "diagnosis",
    "iop": "intraocular_pressure",
    "sbp": "systolic_pressure",
    "dbp": "diastolic_pressure",
}
_VALUES = {"eye": {"OD": "right", "OS": "left"}, "sex": {"0": "female", "1": "male"}}
_HEALTHY = ("normal", "healthy")
_GLAUCOMA = ("glaucoma", "nag", "ntg", "oag", "poag")


def _read(root: Path) -> pd.DataFrame:
    images = photographs(need_folder(root, "images"))
    stems = [path.stem for path in images]
    frame = pd.DataFrame({"image": [str(path.absolute()) for path in images]}, dtype=object)
    clinical = _clinical(root).reindex(stems, fill_value="").reset_index(drop=True)
    frame = pd.concat([frame, clinical], axis=1)
    frame["class"] = frame["diagnosis"].map(_class)
    frame["vessels"] = paired(need_folder(root, "vessel-segmentations"), stems)
    frame["fov"] = paired(find_folder(root, "masks"), stems, ending="_mask")
    frame["second_observer"] = ""
    frame["artery_vein"] = paired(find_folder(root, "arteries-and-veins"), stems)
    return frame


def _clinical(root: Path) -> pd.DataFrame:
    """What Data.xlsx tells, by the number that names the photograph; copies without it tell nothing."""
    path = find_file(root, "Data.xlsx")
    if path is None:
        return pd.DataFrame(columns=list(_COLUMNS.values()), dtype=object)
    table = read_table(path, ["Identifier"]).set_index("Identifier")
    clinical = pd.DataFrame("", index=table.index, columns=list(_COLUMNS.values()), dtype=object)
    for column in table.columns:
        for beginning, name in _COLUMNS.items():
            if column.lower().startswith(beginning):
                known = _VALUES.get(name)
                clinical[name] = table[column].map(lambda cell, known=known: known.get(cell, "") if known else cell)
    return clinical


def _class(diagnosis: str) -> str:
    words = diagnosis.lower().split()
    if len(words) == 1 and words[0] in _HEALTHY:
        return "healthy"
    return "glaucoma" if any(word in _GLAUCOMA for word in words) else ""


SOURCE = PublicSet(
    name="les_av",
    title="LES-AV",
    about=(
        "Twenty-two photographs of a Belgian glaucoma clinic (21 of 30 degrees, one of 45), half of them of healthy "
        "eyes, half of eyes with glaucoma, with arteries and veins drawn, from which the vessel masks were made."
    ),
    where="figshare.com/articles/dataset/LES-AV_dataset/11857698",
    licence="scientific purposes only, no commercial use",
    citation="Orlando et al., Towards a glaucoma risk index based on simulated hemodynamics from fundus images, "
    "MICCAI 2018",
    layout="""
        images/275.png …
        vessel-segmentations/275.png …
        arteries-and-veins/275.png …      (optional)
        masks/275_mask.gif …              field of view
        Data.xlsx                         Identifier, Diagnosis5, SEX (0=female), Age, eye, … (optional)
    """,
    labels={
        "class": "healthy or glaucoma, from the diagnosis; unknown where the copy has no Data.xlsx",
        "diagnosis": "as published: normal, normal-tension or primary open-angle glaucoma",
        "vessels": "path of the vessel mask",
        "fov": "path of the field-of-view mask",
        "artery_vein": "path of the drawing: red arteries, blue veins, other colours where it is not clear",
    },
    read=_read,
    counts={"images": 22},
)
