"""Tables to review, of generated photographs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import fundusfm
from fundusfm.config.serve import ReviewConfig
from fundusfm.review.desk import Desk
from fundusfm.review.record import ReviewRecord
from fundusfm.review.review import start_record

LABELS = ["abnormal", "glaucoma"]


@pytest.fixture(scope="session")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A manifest of twelve generated photographs, both eyes of six people."""
    out = tmp_path_factory.mktemp("review") / "generated"
    fundusfm.synth(out=str(out), count=12, size=64, seed=2, workers=1)
    return out / "manifest.csv"


@pytest.fixture
def results(generated: Path) -> Path:
    """The photographs with scores: 0 is doubtful, 1 ungradable, 4 uncertain, 5 referred."""
    table = pd.read_csv(generated, dtype=str)[["image", "patient", "eye", "abnormal", "glaucoma"]]
    table["disputed"] = ["1"] + ["0"] * 11
    table["reasons"] = ["abnormal is 1, and the model's probability of 0 is 0.93"] + [""] * 11
    table["status"] = ["ok", "ungradable"] + ["ok"] * 10
    table["uncertain"] = ["0"] * 4 + ["1"] + ["0"] * 7
    table["refer"] = ["no"] * 5 + ["yes"] + ["no"] * 6
    for label in LABELS:
        table[f"{label}.probability"] = [str(round(0.05 + 0.08 * place, 2)) for place in range(12)]
    path = generated.with_name("results.csv")
    table.to_csv(path, index=False)
    return path


@pytest.fixture
def start(results: Path, tmp_path: Path) -> Callable[..., ReviewRecord]:
    """Starts reviews of the photographs."""

    def begin(**options: Any) -> ReviewRecord:
        return start_record(ReviewConfig(**{"source": str(results), "out": str(tmp_path), **options}))

    return begin


@pytest.fixture
def desk(start: Callable[..., ReviewRecord]) -> Desk:
    """A review of all photographs, in the order of the table."""
    return Desk(start(reasons=["all"], control=0))


def give(desk: Desk, photograph: int, reader: str, abnormal: int | None, **options: Any) -> int:
    """Grades a photograph."""
    values = {"quality": "good", "comment": "", "seconds": 2.0, **options}
    return desk.record.add(photograph, reader, {"abnormal": abnormal, "glaucoma": 0}, **values)
