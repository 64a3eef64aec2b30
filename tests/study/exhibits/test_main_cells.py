from pathlib import Path

import pandas as pd

from fundusfm.study.exhibits import main_cells as module
from fundusfm.study.exhibits.main_cells import main_cells
from fundusfm.study.matrix import Cell

AXES = {"task": "abnormality", "backbone": "test_resnet", "method": "LF", "fold": None, "seed": 0}


def _rows(*cells: tuple[str, int, float]) -> pd.DataFrame:
    return pd.DataFrame([{**AXES, "strategy": name, "size": size, "fraction": part} for name, size, part in cells])


def test_a_task_without_cells_has_no_table() -> None:
    assert main_cells("vessels", _rows(("scratch", 32, 1.0)), {}) is None


def test_only_cells_on_all_patients_are_tested_and_each_at_its_size(monkeypatch) -> None:
    seen: list[tuple[Path, Path]] = []

    def test(run: Path, other: Path) -> list[dict[str, object]]:
        seen.append((run, other))
        return []

    cells = [("scratch", 32, 1.0), ("fundus", 32, 1.0), ("fundus", 32, 0.1), ("fundus", 64, 1.0), ("scratch", 64, 1.0)]
    runs = {
        Cell(
            task="abnormality", strategy=name, backbone="test_resnet", size=size, fraction=part, method="LF", seed=0
        ): Path(f"{name}-{size}-{part}")
        for name, size, part in cells
    }
    said: list[dict[Cell, Path]] = []
    monkeypatch.setattr(module, "facts_of", lambda compared: said.append(compared) or {})
    found = main_cells("abnormality", _rows(*cells), runs, test)
    assert found is not None and found.reference == "scratch"
    assert seen == [(Path(f"fundus-{size}-1.0"), Path(f"scratch-{size}-1.0")) for size in (32, 64)]
    assert [len(compared) for compared in said] == [4]
