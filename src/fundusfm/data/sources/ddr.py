"""DDR: diabetic retinopathy grades from hospitals all over China."""

from pathlib import Path

import pandas as pd

from fundusfm.data.sources.files import find_file, located, need_file, need_folder, read_table
from fundusfm.data.sources.source import PublicSet
from fundusfm.errors import SourceError

_PARTS = ("train", "valid", "test")
_UNGRADABLE = "5"


def _read(root: Path) -> pd.DataFrame:
    table = find_file(root, "DR_grading.csv")  # the copy without parts, and without ungradable photographs
    if table is not None:
        cells = read_table(table, ["id_code", "diagnosis"])
        folder = need_folder(root, "DR_grading/DR_grading", "DR_grading")
        return _rows(folder, list(cells["id_code"]), list(cells["diagnosis"]), part="")
    frames = []
    for part in _PARTS:
        listed = need_file(root, f"DR_grading/{part}.txt", f"DDR-dataset/DR_grading/{part}.txt", f"{part}.txt")
        names, grades = _listed(listed)
        frames.append(_rows(need_folder(listed.parent, part), names, grades, part=part))
    return pd.concat(frames, ignore_index=True)


def _listed(path: Path) -> tuple[list[str], list[str]]:
    """Returns names and grades from lines such as `007-0004-000.jpg 0`."""
    pairs = [line.split() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    for number, pair in enumerate(pairs, start=1):
        if len(pair) != 2 or pair[1] not in ("0", "1", "2", "3", "4", _UNGRADABLE):
            raise SourceError(
                f"{path}, line {number}: {' '.join(pair)!r} is no photograph and its grade; each line of DDR's grading "
                "lists reads like `007-0004-000.jpg 0`, while those of its lesion parts are different"
            )
    return [name for name, _ in pairs], [grade for _, grade in pairs]


def _rows(folder: Path, names: list[str], grades: list[str], *, part: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "image": located(folder, names),
            "part": part,
            "quality": ["ungradable" if grade == _UNGRADABLE else "gradable" for grade in grades],
            "dr_grade": ["" if grade == _UNGRADABLE else grade for grade in grades],
        }
    )


SOURCE = PublicSet(
    name="ddr",
    title="DDR (grading part)",
    about=(
        "Photographs of 9,598 patients from 147 hospitals in 23 provinces of China (42 types of cameras, 45 degrees), "
        "graded on the international scale. The lesion masks and boxes of 757 of them are not read."
    ),
    where="github.com/nkicsl/DDR-dataset",
    licence="research use; the authors state no licence",
    citation="Li et al., Diagnostic assessment of deep learning algorithms for diabetic retinopathy screening, "
    "Information Sciences 501:511, 2019",
    layout="""
        DR_grading/train.txt                        a photograph and its grade on each line
        DR_grading/train/007-0004-000.jpg …
        DR_grading/valid.txt, DR_grading/valid/
        DR_grading/test.txt, DR_grading/test/
        or DR_grading.csv (id_code, diagnosis) with DR_grading/DR_grading/, without parts and ungradable photographs
    """,
    labels={
        "dr_grade": "diabetic retinopathy, 0 none, 1 mild, 2 moderate, 3 severe, 4 proliferative; unknown where "
        "`quality` is `ungradable`, which is published as grade 5",
    },
    read=_read,
    counts={
        "images": 13673,
        "part=train": 6835,
        "part=valid": 2733,
        "part=test": 4105,
        "dr_grade=0": 6266,
        "dr_grade=1": 630,
        "dr_grade=2": 4477,
        "dr_grade=3": 236,
        "dr_grade=4": 913,
        "quality=ungradable": 1151,
    },
    faults=(
        "no patients were published, and file names do not tell them: the same patient can be in two parts",
        "some photographs were published at 512 pixels already, others at full size",
    ),
)
