"""IDRiD, the segmentation part: masks of the lesions of diabetic retinopathy and of the optic disc."""

from pathlib import Path

import pandas as pd

from fundusfm.data.sources.files import ABSENT, find_folder, need_folder, paired, photographs
from fundusfm.data.sources.source import PublicSet

_SEGMENTATION = "A. Segmentation"
_MASKS = "2. All Segmentation Groundtruths"
_PARTS = {"training": "a. Training Set", "testing": "b. Testing Set"}
_KINDS = {
    "MA": ("1. Microaneurysms", "_MA"),
    "HE": ("2. Haemorrhages", "_HE"),
    "EX": ("3. Hard Exudates", "_EX"),
    "SE": ("4. Soft Exudates", "_SE"),
    "disc": ("5. Optic Disc", "_OD"),
}


def _read(root: Path) -> pd.DataFrame:
    frames = []
    for part, name in _PARTS.items():
        outer = (f"{_SEGMENTATION}/", f"{_SEGMENTATION}/{_SEGMENTATION}/", "")
        names = [f"{folder}{_MASKS}/{name}" for folder in outer]
        masks = need_folder(root, *names) if part == "training" else find_folder(root, *names)
        if masks is not None:
            images = photographs(need_folder(masks.parent.parent, f"1. Original Images/{name}"))
            frame = pd.DataFrame({"image": [str(path.absolute()) for path in images], "part": part}, dtype=object)
            for column, (folder, ending) in _KINDS.items():
                found = paired(need_folder(masks, folder), [path.stem for path in images], ending=ending)
                frame[column] = found if column == "disc" else [path or ABSENT for path in found]
            frames.append(frame)
    return pd.concat(frames, ignore_index=True)


SOURCE = PublicSet(
    name="idrid_lesions",
    title="IDRiD (segmentation part)",
    about=(
        "Eighty-one photographs with signs of diabetic retinopathy from an eye clinic in Nanded, India (Kowa VX-10 "
        "alpha, 50 degrees, 4288x2848), with masks of four kinds of lesions and of the optic disc."
    ),
    where="ieee-dataport.org/open-access/indian-diabetic-retinopathy-image-dataset-idrid",
    licence="CC BY 4.0",
    citation="Porwal et al., Indian Diabetic Retinopathy Image Dataset (IDRiD), Data 3:25, 2018",
    layout="""
        A. Segmentation/
            1. Original Images/a. Training Set/IDRiD_01.jpg … IDRiD_54.jpg
            1. Original Images/b. Testing Set/IDRiD_55.jpg … IDRiD_81.jpg
            2. All Segmentation Groundtruths/a. Training Set/1. Microaneurysms/IDRiD_01_MA.tif …
            (likewise 2. Haemorrhages, 3. Hard Exudates, 4. Soft Exudates, 5. Optic Disc, and b. Testing Set)
    """,
    labels={
        "MA": "path of the mask of microaneurysms",
        "HE": "path of the mask of haemorrhages; `none` where there is none to see",
        "EX": "path of the mask of hard exudates",
        "SE": "path of the mask of soft exudates; `none` where there is none to see",
        "disc": "path of the optic disc's mask",
    },
    read=_read,
    counts={"images": 81, "part=training": 54, "part=testing": 27},
    faults=(
        "a photograph without lesions of a kind has no mask instead of an empty one: 41 lack soft exudates, one "
        "haemorrhages; the manifest says `none`",
        "the photographs are also in `idrid` under other names, so do not train on one and test on the other",
    ),
)
