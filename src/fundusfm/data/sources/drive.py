"""DRIVE: the vessel segmentation set everybody compares on, and the arteries and veins that RITE adds to it."""

from pathlib import Path

import pandas as pd

from fundusfm.data.sources.files import find_folder, need_folder, photographs
from fundusfm.data.sources.source import PublicSet
from fundusfm.errors import SourceError


def _read(root: Path) -> pd.DataFrame:
    rows = []
    for part in ("training", "test"):
        images = photographs(need_folder(root, f"{part}/images"))
        fov = _by_number(need_folder(root, f"{part}/mask"))
        # Copies from the challenge page have no manual segmentation of the test part, others lack the second observer.
        first = _by_number(find_folder(root, f"{part}/1st_manual"))
        second = _by_number(find_folder(root, f"{part}/2nd_manual"))
        artery_vein = _by_number(find_folder(root, f"AV_groundTruth/{part}/av", f"RITE/{part}/av", f"{part}/av"))
        if part == "training" and not first:
            raise SourceError(f"{root} has no folder `training/1st_manual`, which holds the vessel masks")
        for image in images:
            number = image.stem.split("_")[0]
            row = {"image": str(image), "part": part}
            masks = {"vessels": first, "artery_vein": artery_vein, "fov": fov, "second_observer": second}
            rows.append(row | {name: files.get(number, "") for name, files in masks.items()})
    return pd.DataFrame(rows, dtype=object)


def _by_number(folder: Path | None) -> dict[str, str]:
    """Returns leading number of the file name -> path, for names such as `21_manual1.gif`."""
    if folder is None:
        return {}
    return {path.stem.split("_")[0]: str(path.absolute()) for path in photographs(folder)}


SOURCE = PublicSet(
    name="drive",
    title="DRIVE",
    about=(
        "Forty photographs of a Dutch diabetic retinopathy screening programme (Canon CR5, 45 degrees, 565x584), with "
        "vessels drawn by a first observer and, for the test part, by a second one."
    ),
    where="drive.grand-challenge.org",
    licence="research use; registration with the challenge",
    citation="Staal et al., Ridge-based vessel segmentation in color images of the retina, IEEE TMI 23:501, 2004",
    layout="""
        training/images/21_training.tif … 40_training.tif
        training/1st_manual/21_manual1.gif …
        training/mask/21_training_mask.gif …
        test/images/01_test.tif … 20_test.tif
        test/1st_manual/01_manual1.gif …           (absent in copies from the challenge)
        test/2nd_manual/01_manual2.gif …           (likewise)
        test/mask/01_test_mask.gif …
        AV_groundTruth/training/av/21_training.png …   (RITE, optional; likewise test)
    """,
    labels={
        "vessels": "path of the first observer's vessel mask",
        "artery_vein": "path of RITE's drawing: red arteries, blue veins, green crossings, white uncertain",
        "fov": "path of the field-of-view mask",
        "second_observer": "path of the second observer's vessel mask, test part only",
    },
    read=_read,
    counts={"images": 40, "part=training": 20, "part=test": 20},
    faults=(
        "RITE's arteries and veins of the test part are drawn on the second observer's vessels, so they do not cover "
        "those of the first",
    ),
)
