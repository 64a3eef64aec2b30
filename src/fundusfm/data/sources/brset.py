"""BRSET: photographs from Brazil, each with thirteen findings and two grades of diabetic retinopathy."""

from pathlib import Path

import pandas as pd

from fundusfm.data.sources.files import located, need_file, need_folder, read_table
from fundusfm.data.sources.source import PublicSet

_GRADES = {
    "DR_ICDR": "diabetic retinopathy, international scale, 0 none to 4 proliferative or after laser",
    "DR_SDRG": "diabetic retinopathy, Scottish scale, 0 none to 4 proliferative or after laser",
}
_FINDINGS = {
    "diabetic_retinopathy": "diabetic retinopathy",
    "macular_edema": "macular edema",
    "scar": "scar, such as after toxoplasmosis",
    "nevus": "nevus",
    "amd": "age-related macular degeneration",
    "vascular_occlusion": "vascular occlusion",
    "hypertensive_retinopathy": "hypertensive retinopathy",
    "drusen": "drusen",
    "hemorrhage": "hemorrhage that is not diabetic",
    "retinal_detachment": "retinal detachment",
    "myopic_fundus": "myopic fundus",
    "increased_cup_disc": "increased cup-to-disc ratio",
    "other": "any other finding",
}
# `vessels` would be taken for the path of a vessel mask.
_STRUCTURES = {"optic_disc": "anatomy_optic_disc", "vessels": "anatomy_vessels", "macula": "anatomy_macula"}
_QUALITIES = {
    "focus": "quality_focus",
    "illumination": "quality_illumination",
    "image_field": "quality_image_field",
    "artifacts": "quality_artifacts",
}
_CODED = {**_STRUCTURES, **_QUALITIES}
_SPELLINGS = {"drusens": "drusen", "Illuminaton": "illumination", "iluminaton": "illumination"}
_PERSON = ["image_id", "patient_id", "camera", "patient_age", "patient_sex", "exam_eye", "quality"]


def _read(root: Path) -> pd.DataFrame:
    path = need_file(root, "labels_brset.csv", "labels.csv")
    table = read_table(path, [*_PERSON, *_CODED, *_GRADES, *_FINDINGS], also=_SPELLINGS).replace("NA", "")
    frame = pd.DataFrame(
        {
            "image": located(need_folder(root, "fundus_photos"), table["image_id"]),
            "patient": table["patient_id"],
            "eye": table["exam_eye"].map({"1": "right", "2": "left"}).fillna(""),
            "age": table["patient_age"].str.removesuffix(".0"),
            "sex": table["patient_sex"].map({"1": "male", "2": "female"}).fillna(""),
            "quality": table["quality"],
            "camera": table["camera"],
        }
    )
    labels = table[[*_GRADES, *_FINDINGS, *_CODED]].rename(columns=_CODED)
    return pd.concat([frame, labels], axis=1)


SOURCE = PublicSet(
    name="brset",
    title="BRSET",
    about=(
        "Photographs of 8,524 patients of three eye centres in São Paulo, 2010 to 2020 (Canon CR-2 and Nikon NF505, 45 "
        "degrees, macula-centred), labelled by a retinal specialist."
    ),
    where="physionet.org/content/brazilian-ophthalmological",
    licence="PhysioNet Credentialed Health Data License 1.5.0",
    citation="Nakayama et al., BRSET: a Brazilian multilabel ophthalmological dataset, PLOS Digital Health 3:e0000454, "
    "2024",
    layout="""
        labels_brset.csv                    image_id, patient_id, exam_eye, DR_ICDR, … (labels.csv in version 1.0.0)
        fundus_photos/img00001.jpg …
    """,
    labels={
        **_GRADES,
        **{column: f"{meaning}, 0 or 1" for column, meaning in _FINDINGS.items()},
        **{column: f"{name.replace('_', ' ')}, 1 normal, 2 abnormal" for name, column in _STRUCTURES.items()},
        **{column: f"{name.replace('_', ' ')}, 1 adequate, 2 not" for name, column in _QUALITIES.items()},
        "camera": "the camera's name",
    },
    read=_read,
    counts={"images": 16266},
    faults=(
        "`diabetic_retinopathy` and `DR_ICDR` contradict each other for about 15 photographs",
        "which eye a photograph shows was reviewed for version 1.0.2; earlier versions name the wrong one in places",
        "the age is unknown for a third of the photographs",
    ),
)
