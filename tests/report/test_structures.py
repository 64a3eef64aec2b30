"""The report of a segmenter: tables with the second observer, curves, sheets."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fundusfm.report.run_report import write_run_report
from fundusfm.runs import open_run
from fundusfm.structures.photographs import read_structures
from fundusfm.structures.scoring.scoring import SegmentScoring


@pytest.fixture(scope="module")
def run(manifest: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An evaluation of four generated photographs, each with a second observer."""
    table = pd.read_csv(manifest, dtype=str)[:4]
    for column in ("image", "vessels", "fov"):
        table[column] = [str(manifest.parent / path) for path in table[column]]
    table["second_observer"] = table["vessels"]
    source = tmp_path_factory.mktemp("set") / "manifest.csv"
    table.to_csv(source, index=False)
    folder = open_run(tmp_path_factory.mktemp("vessels") / "run", command="segment evaluate", config={"data": ["set"]})
    scoring = SegmentScoring(folder.path)
    rng = np.random.default_rng(0)
    for image in read_structures(str(source), select=None, need_masks=True, log=print):
        loaded = image.load()
        probability = np.clip(0.6 * loaded.drawn["vessels"] + 0.5 * rng.random(loaded.drawn["vessels"].shape), 0, 1)
        scoring.add("ours", image, loaded, {"vessels": probability}, thresholds={"vessels": 0.55}, pieces={})
    folder.write_metrics(scoring.finish(seed=0).plain())
    return folder.path


def test_numbers_curves_and_sheets_are_shown(run: Path, check_page: Callable[[str], None]) -> None:
    page = write_run_report(run).read_text()
    check_page(page)
    dice = json.loads((run / "metrics.json").read_text())["external"]["ours"]["vessels"]["dice"]
    assert f"{dice['value']:.3f}" in page and f"{dice['low']:.3f}" in page
    for part in ("Vessel segmentation, evaluation", "Second observer, external: ours", "clDice", "Hits and errors",
                 "Dice of vessels, external: ours",
                 "Photographs scored", "Precision-recall curve"):  # fmt: skip
        assert part in page
    assert (run / "figures" / "roc_vessels.csv").is_file()


def test_what_is_missing_is_left_out(run: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    shutil.copytree(run, bare)
    shutil.rmtree(bare / "sheets")
    (bare / "curves.parquet").unlink()
    page = write_run_report(bare).read_text()
    assert "Hits and errors" not in page and "Vessels inside the field of view" in page
