"""RFMiD 1.0: 45 conditions in photographs from India."""

from pathlib import Path

import pandas as pd

from fundusfm.data.sources.files import find_file, located, need_file, need_folder, read_table
from fundusfm.data.sources.source import PublicSet

# part -> folder, photographs inside it, photographs in the archive of all classes, table
_PARTS = {
    "training": ("Training_Set", "Training", "a. Training Set", "RFMiD_Training_Labels.csv"),
    "validation": ("Evaluation_Set", "Validation", "b. Validation Set", "RFMiD_Validation_Labels.csv"),
    "test": ("Test_Set", "Test", "c. Testing Set", "RFMiD_Testing_Labels.csv"),
}
_LABELS = {
    "Disease_Risk": "any abnormality",
    "DR": "diabetic retinopathy",
    "ARMD": "age-related macular degeneration",
    "MH": "media haze",
    "DN": "drusen",
    "MYA": "myopia",
    "BRVO": "branch retinal vein occlusion",
    "TSLN": "tessellation",
    "ERM": "epiretinal membrane",
    "LS": "laser scars",
    "MS": "macular scar",
    "CSR": "central serous retinopathy",
    "ODC": "optic disc cupping",
    "CRVO": "central retinal vein occlusion",
    "TV": "tortuous vessels",
    "AH": "asteroid hyalosis",
    "ODP": "optic disc pallor",
    "ODE": "optic disc edema",
    "ST": "optociliary shunt",
    "AION": "anterior ischemic optic neuropathy",
    "PT": "parafoveal telangiectasia",
    "RT": "retinal traction",
    "RS": "retinitis",
    "CRS": "chorioretinitis",
    "EDN": "exudation",
    "RPEC": "changes of the retinal pigment epithelium",
    "MHL": "macular hole",
    "RP": "retinitis pigmentosa",
    "CWS": "cotton wool spots",
    "CB": "coloboma",
    "ODPM": "optic disc pit maculopathy",
    "PRH": "preretinal hemorrhage",
    "MNF": "myelinated nerve fibers",
    "HR": "hemorrhagic retinopathy",
    "CRAO": "central retinal artery occlusion",
    "TD": "tilted disc",
    "CME": "cystoid macular edema",
    "PTCR": "post-traumatic choroidal rupture",
    "CF": "choroidal folds",
    "VH": "vitreous hemorrhage",
    "MCA": "macroaneurysm",
    "VS": "vasculitis",
    "BRAO": "branch retinal artery occlusion",
    "PLQ": "plaque",
    "HPED": "hemorrhagic pigment epithelial detachment",
    "CL": "collaterals",
}


def _read(root: Path) -> pd.DataFrame:
    frames = []
    for part, (outer, images, classes, table) in _PARTS.items():
        holders = [f"{outer}/", f"{outer}/{outer}/", ""]
        names = [*(holder + table for holder in holders), f"2. Groundtruths/{classes[0]}. {table}"]
        path = need_file(root, *names) if part == "training" else find_file(root, *names)
        if path is not None:
            cells = read_table(path, ["ID", *_LABELS])
            folder = need_folder(root, *(holder + images for holder in holders), f"1. Original Images/{classes}")
            frame = pd.DataFrame({"image": located(folder, cells["ID"], suffix=".png"), "part": part})
            frames.append(pd.concat([frame, cells[list(_LABELS)]], axis=1))
    return pd.concat(frames, ignore_index=True)


SOURCE = PublicSet(
    name="rfmid",
    title="RFMiD 1.0",
    about=(
        "Photographs of an eye clinic in Nanded, India, 2009 to 2020 (Topcon 3D OCT-2000, Kowa VX-10 alpha, Topcon "
        "TRC-NW300), with all conditions that two retinal experts agreed on. There is no patient column."
    ),
    where="ieee-dataport.org/open-access/retinal-fundus-multi-disease-image-dataset-rfmid",
    licence="CC BY 4.0",
    citation="Pachade et al., Retinal Fundus Multi-Disease Image Dataset (RFMiD), Data 6:14, 2021",
    layout="""
        Training_Set/RFMiD_Training_Labels.csv          ID, Disease_Risk, DR, ARMD, …
        Training_Set/Training/1.png …
        Evaluation_Set/RFMiD_Validation_Labels.csv      (may be absent, like the test part)
        Evaluation_Set/Validation/1.png …
        Test_Set/RFMiD_Testing_Labels.csv
        Test_Set/Test/1.png …
        or 1. Original Images/a. Training Set/ … with 2. Groundtruths/a. RFMiD_Training_Labels.csv …
    """,
    labels={code: f"{meaning}, 0 or 1" for code, meaning in _LABELS.items()},
    read=_read,
    counts={
        "images": 3200,
        "part=training": 1920,
        "part=validation": 640,
        "part=test": 640,
        "Disease_Risk=1": 2531,
        "Disease_Risk=0": 669,
    },
    faults=("signs that are no disease by themselves, such as tessellation or a tilted disc, count as abnormal",),
)
