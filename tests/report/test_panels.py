"""Pictures of predictions, and the names of their files."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from fundusfm.report.panels import Panels, file_stem, shared_labels
from fundusfm.report.read import read_run

MakeRun = Callable[..., Path]


def test_names_of_files_are_unique_short_and_harmless() -> None:
    assert file_stem("roc", "cv", "abnormal") == "roc_cv_abnormal"
    stems = [file_stem("roc", "cv", label) for label in ("a/b", "a_b", "a:b", "x" * 300, "x" * 301)]
    assert len(set(stems)) == len(stems)
    assert all("/" not in stem and len(stem.encode()) <= 120 for stem in stems)


def test_small_pictures_are_png_and_the_others_svg(make_run: MakeRun, tmp_path: Path) -> None:
    run, panels = read_run(make_run(external=())), Panels(tmp_path)
    large = panels.scores(run, "cv", "abnormal", title="t", stem="large")
    small = replace(panels, small=True).scores(run, "cv", "abnormal", title="t", stem="small")
    assert large.source.startswith("data:image/svg+xml")
    assert small.source.startswith("data:image/png")
    assert {path.name for path in tmp_path.iterdir()} >= {"large.csv", "large.png", "small.svg"}


def test_labels_of_several_runs_keep_their_order(make_run: MakeRun) -> None:
    one = read_run(make_run(labels=["b", "a"], task="multilabel", external=()))
    two = read_run(make_run(labels=["a", "c"], task="multilabel", external=()))
    assert shared_labels([one, two]) == ["b", "a", "c"]
