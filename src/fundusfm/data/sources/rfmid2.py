"""RFMiD 2.0: 860 more photographs, with rare conditions."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from fundusfm.data.sources.files import find_file, located, need_file, need_folder, read_table
from fundusfm.data.sources.source import PublicSet

_PARTS = {
    "training": ("RFMiD_2_Training_labels.csv", ("Training_set", "Training", "Train")),
    "validation": ("RFMiD_2_Validation_labels.csv", ("Validation_set", "Validation")),
    "test": ("RFMiD_2_Testing_labels.csv", ("Test_set", "Test", "Testing_set", "Testing")),
}
_LABELS = {
    "WNL": "within normal limits",
    "AH": "asteroid hyalosis",
    "AION": "anterior ischemic optic neuropathy",
    "ARMD": "age-related macular degeneration",
    "BRVO": "branch retinal vein occlusion",
    "CB": "coloboma",
    "CF": "choroidal folds",
    "CL": "collaterals",
    "CME": "cystoid macular edema",
    "CNV": "choroidal neovascularization",
    "CRAO": "central retinal artery occlusion",
    "CRS": "chorioretinitis",
    "CRVO": "central retinal vein occlusion",
    "CSR": "central serous retinopathy",
    "CWS": "cotton wool spots",
    "CSC": "cysticercosis",
    "DN": "drusen",
    "DR": "diabetic retinopathy",
    "EDN": "exudation",
    "ERM": "epiretinal membrane",
    "GRT": "giant retinal tear",
    "HPED": "hemorrhagic pigment epithelial detachment",
    "HR": "hemorrhagic retinopathy",
    "LS": "laser scars",
    "MCA": "microaneurysm",
    "ME": "macular edema",
    "MH": "media haze",
    "MHL": "macular hole",
    "MS": "macular scar",
    "MYA": "myopia",
    "ODC": "optic disc cupping",
    "ODE": "optic disc edema",
    "ODP": "optic disc pallor",
    "ON": "optic neuritis",
    "ODPM": "optic disc pit maculopathy",
    "PRH": "preretinal hemorrhage",
    "RD": "retinal detachment",
    "RHL": "retinal holes",
    "RTR": "retinal tears",
    "RP": "retinitis pigmentosa",
    "RPEC": "changes of the retinal pigment epithelium",
    "RS": "retinitis",
    "RT": "retinal traction",
    "SOFE": "eye filled with silicone oil",
    "ST": "optociliary shunt",
    "TD": "tilted disc",
    "TSLN": "tessellation",
    "TV": "tortuous vessels",
    "VS": "vasculitis",
    "HTN": "hypertensive retinopathy",
    "IIH": "idiopathic intracranial hypertension",
}


def _read(root: Path) -> pd.DataFrame:
    frames = []
    for part, (table, folders) in _PARTS.items():
        alternatives = [f"{folder}/{table}" for folder in folders] + [table]
        path = need_file(root, *alternatives) if part == "training" else find_file(root, *alternatives)
        if path is not None:
            frames.append(_part(root, path, part, folders))
    return pd.concat(frames, ignore_index=True)


def _part(root: Path, path: Path, part: str, folders: Sequence[str]) -> pd.DataFrame:
    cells = read_table(path, ["ID", *_LABELS], also={"OPDM": "ODPM"})  # misspelt as published
    labels = cells[list(_LABELS)]
    if not (labels == "0").any(axis=None):  # a table that holds ones only: what is not marked is absent
        labels = labels.replace("", "0")
    # The table is unpacked among the photographs, or beside their folder.
    folder = path.parent if path.parent.name.lower() in map(str.lower, folders) else need_folder(root, *folders)
    frame = pd.DataFrame({"image": located(folder, cells["ID"]), "part": part})
    return pd.concat([frame, labels], axis=1)


SOURCE = PublicSet(
    name="rfmid2",
    title="RFMiD 2.0",
    about=(
        "Photographs of eye clinics in Jalna and Nanded, India, with all conditions that three eye specialists saw, "
        "many of them rare. Other photographs than those of RFMiD 1.0. There is no patient column."
    ),
    where="zenodo.org/records/7505822",
    licence="CC BY 4.0",
    citation="Panchal et al., Retinal Fundus Multi-Disease Image Dataset (RFMiD) 2.0, Data 8:29, 2023",
    layout="""
        Training_set/RFMiD_2_Training_labels.csv            ID, WNL, AH, AION, …; or beside the folder
        Training_set/1.jpg …
        Validation_set/RFMiD_2_Validation_labels.csv        (may be absent, like the test part)
        Validation_set/1.jpg …
        Test_set/RFMiD_2_Testing_labels.csv
        Test_set/1.jpg …
    """,
    labels={code: f"{meaning}, 0 or 1" for code, meaning in _LABELS.items()},
    read=_read,
    counts={"images": 860, "part=training": 509, "part=validation": 177, "part=test": 174},
    faults=("many conditions have fewer than ten photographs, some none in one of the parts",),
)
