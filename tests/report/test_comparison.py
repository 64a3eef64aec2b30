"""The page over several runs."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from fundusfm.errors import DecodeError
from fundusfm.report.comparison import CamRow, RunEntry, write_comparison

MakeRun = Callable[..., Path]
CheckPage = Callable[[str], None]


@pytest.fixture(scope="module")
def entries(make_run: MakeRun) -> list[RunEntry]:
    """Two strategies, one of them with both methods on one task, and both with one on another."""
    one = [
        RunEntry(strategy, method, "abnormality", make_run(strategy=strategy, command=command))
        for strategy, method, command in (
            ("imagenet+fundus", "FF", "finetune"),
            ("imagenet+fundus", "LF", "probe"),
            ("scratch", "LF", "probe"),
        )
    ]
    many = [
        RunEntry(
            strategy,
            "LF",
            "multi-disease",
            make_run(strategy=strategy, labels=["glaucoma", "amd"], task="multilabel", external=(), folds=2),
        )
        for strategy in ("scratch", "imagenet+fundus")
    ]
    return one + many


@pytest.fixture(scope="module")
def folder(entries: list[RunEntry], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with everything."""
    out = tmp_path_factory.mktemp("comparison")
    pictures = {name: out / f"{name}.png" for name in ("photograph", "mask", "overlay")}
    for path in pictures.values():
        cv2.imwrite(str(path), np.random.default_rng(0).integers(0, 255, (300, 350, 3), dtype=np.uint8))
    write(
        out,
        entries,
        cams=[CamRow("abnormal, score 0.93", **pictures)],
        seconds={"pretrain": 61.0, "adapt": 5.0},
        maps={"t-SNE of features": pictures["overlay"]},
        crops={"Crops": pictures["photograph"]},
    )
    return out


def write(out: Path, runs: list[RunEntry], **more: object) -> str:
    options = {
        "title": "Generated",
        "question": "Does it help?",
        "left_out": {"imagenet": "no weights at hand"},
        "methods": ["Folds are grouped by patient."],
        "limits": ["Generated photographs."],
        **more,
    }
    return write_comparison(runs=runs, out=out / "report.html", **options).read_text()  # type: ignore[arg-type]


def test_whole_page(folder: Path, check_page: CheckPage) -> None:
    page = (folder / "report.html").read_text()
    check_page(page)
    places = [page.index(f'<h2 id="{name}">') for name in ("question", "data", "methods", "results", "limits")]
    assert places == sorted(places)
    for part in (
        "not run: no weights at hand",
        "paired tests of imagenet+fundus",
        "AUROC by label",
        "1 min 06 s",
        "t-SNE of features",
        "abnormal, score 0.93",
        "Folds are grouped by patient.",
        "true lesions",
    ):
        assert part in page
    assert len(page) < 6_000_000
    assert (folder / "figures" / "roc_abnormality_LF_cv_abnormal.csv").exists()


def test_best_is_marked_and_ties_are_said(folder: Path) -> None:
    page = (folder / "report.html").read_text()
    columns = 2 * 3 + 3 + 2  # AUROC, AUPRC and ECE of two sets and of one; AUROC of two labels
    assert page.count('title="best of its column"') == columns
    assert page.count('title="interval overlaps that of the best"') >= 3  # LF and FF have equal predictions here


def test_order_is_of_the_strategies_not_of_the_input(folder: Path) -> None:
    page = (folder / "report.html").read_text()
    assert page.index('<span class="value">scratch</span>') < page.index('<span class="value">imagenet+fundus</span>')


def test_runs_on_other_images_are_not_tested(make_run: MakeRun, tmp_path: Path) -> None:
    def renamed(table: pd.DataFrame) -> pd.DataFrame:
        return table.assign(image="other " + table["image"])

    runs = [
        RunEntry(strategy, "LF", "abnormality", make_run(strategy=strategy, external=(), change=change))
        for strategy, change in (("scratch", renamed), ("fundus", None))
    ]
    assert "share no label on any image" in write(tmp_path, runs)


def test_a_single_run_has_no_best(make_run: MakeRun, tmp_path: Path) -> None:
    page = write(tmp_path, [RunEntry("fundus", "LF", "abnormality", make_run(strategy="fundus", external=()))])
    assert 'best of its column"' not in page
    assert "paired tests" not in page


def test_missing_picture_is_named(entries: list[RunEntry], tmp_path: Path) -> None:
    with pytest.raises(DecodeError, match=r"absent\.png is missing or not a picture"):
        write(tmp_path, entries[:1], crops={"Crops": tmp_path / "absent.png"})
