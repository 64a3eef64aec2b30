"""The page over several runs."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from fundusfm.errors import DecodeError
from fundusfm.report.comparison import CamRow, RunEntry, write_comparison

MakeRun = Callable[..., Path]
CheckPage = Callable[[str], None]


@pytest.fixture
def entries(make_run: MakeRun) -> list[RunEntry]:
    """Two strategies with both methods on one task, and with one method on another."""
    one = [RunEntry(strategy, method, "abnormality", make_run(f"one_{strategy}_{method}", strategy=strategy, command=command))
           for strategy in ("imagenet+fundus", "scratch") for method, command in (("LF", "probe"), ("FF", "finetune"))]
    many = [RunEntry(strategy, "LF", "multi-disease", make_run(
        f"many_{strategy}", strategy=strategy, labels=["glaucoma", "cataract", "amd"], task="multiclass", external=()))
        for strategy in ("scratch", "imagenet+fundus")]
    return one + many


def write(out: Path, runs: list[RunEntry], **more: object) -> str:
    options = {"title": "Generated", "question": "Does it help?", "left_out": {"imagenet": "no weights at hand"},
               "methods": ["Folds are grouped by patient."], "limits": ["Generated photographs."], **more}
    return write_comparison(runs=runs, out=out / "report.html", **options).read_text()  # type: ignore[arg-type]


@pytest.fixture
def pictures(tmp_path: Path) -> dict[str, Path]:
    """A photograph, a mask and an overlay."""
    paths = {name: tmp_path / f"{name}.png" for name in ("photograph", "mask", "overlay")}
    for path in paths.values():
        cv2.imwrite(str(path), np.random.default_rng(0).integers(0, 255, (600, 700, 3), dtype=np.uint8))
    return paths


def test_whole_page(entries: list[RunEntry], pictures: dict[str, Path], tmp_path: Path, check_page: CheckPage) -> None:
    page = write(tmp_path, entries, cams=[CamRow("abnormal, score 0.93", **pictures)],
                 maps={"t-SNE of features": pictures["overlay"]}, crops={"Crops": pictures["photograph"]},
                 seconds={"pretrain": 61.0, "adapt": 5.0})
    check_page(page)
    places = [page.index(f'<h2 id="{name}">') for name in ("question", "data", "methods", "results", "limits")]
    assert places == sorted(places)
    for part in ("not run: no weights at hand", "paired tests of imagenet+fundus", "AUROC by label", "t-SNE of features",
                 "abnormal, score 0.93", "1 min 06 s", "Folds are grouped by patient.", "true lesions"):
        assert part in page
    assert len(page) < 6_000_000
    assert (tmp_path / "figures" / "roc_abnormality_LF_cv_abnormal.csv").exists()


def test_best_is_marked_and_ties_are_said(entries: list[RunEntry], tmp_path: Path) -> None:
    page = write(tmp_path, entries[:4])
    assert page.count("best of its column\"") == 2 * 6  # title and label; AUROC, AUPRC and ECE of two sets
    assert "interval overlaps that of the best" in page


def test_order_is_of_the_strategies_not_of_the_input(entries: list[RunEntry], tmp_path: Path) -> None:
    page = write(tmp_path, entries[:4])
    assert page.index('<span class="value">scratch</span>') < page.index('<span class="value">imagenet+fundus</span>')


def test_runs_on_other_images_are_not_tested(make_run: MakeRun, tmp_path: Path) -> None:
    def renamed(table):  # type: ignore[no-untyped-def]
        return table.assign(image="other " + table["image"])

    runs = [RunEntry("scratch", "LF", "abnormality", make_run("a", strategy="scratch", change=renamed)),
            RunEntry("fundus", "LF", "abnormality", make_run("b", strategy="fundus"))]
    assert "share no label on any image" in write(tmp_path, runs)


def test_a_single_run_has_no_best(make_run: MakeRun, tmp_path: Path) -> None:
    page = write(tmp_path, [RunEntry("fundus", "LF", "abnormality", make_run(strategy="fundus", external=()))])
    assert "▲</b>" not in page
    assert "paired tests" not in page


def test_missing_picture_is_named(entries: list[RunEntry], tmp_path: Path) -> None:
    with pytest.raises(DecodeError, match=r"absent\.png is missing or not a picture"):
        write(tmp_path, entries[:1], crops={"Crops": tmp_path / "absent.png"})
