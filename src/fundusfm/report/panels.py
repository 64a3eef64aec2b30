"""Figures of a run or of several, computed from predictions, as pictures for a page; also written as files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from fundusfm.evaluation.metrics import expected_calibration_error
from fundusfm.names import file_name
from fundusfm.report import text
from fundusfm.report.confusion import Confusion, confusion_figure
from fundusfm.report.curves import Curve, Kind, curve, reliability
from fundusfm.report.figures import calibration_figure, pr_figure, roc_figure, score_figure
from fundusfm.report.page import Picture
from fundusfm.report.read import Run
from fundusfm.report.save import data_uri, save_figure
from fundusfm.report.style import Look

_AREA = {"roc": "auroc", "pr": "auprc"}
_DRAW = {"roc": roc_figure, "pr": pr_figure}
_LONGEST_STEM = 120  # bytes; file systems take 255, and a suffix follows
_NAME = {"roc": "ROC curve", "pr": "Precision-recall curve"}


@dataclass(frozen=True)
class Panels:
    """Makes pictures of predictions, and writes each as PNG, SVG and CSV.

    Attributes:
        folder: Folder that the files are written to.
        small: Whether the page shows the pictures small and many: it then holds them as PNG, a third of the size.
        style: Look of each series in the whole page; where not given, each picture chooses its own.
    """

    folder: Path
    small: bool = False
    style: Mapping[str, Look] | None = None

    def curves(self, kind: Kind, runs: Mapping[str, Run], name: str, label: str, *, title: str, stem: str) -> Picture:
        """ROC or precision-recall curves of one label and set, one per run."""
        drawn: list[Curve] = []
        for key, run in runs.items():
            cell = run.results(name).get(label, {}).get(_AREA[kind])
            found = curve(run.rows(name, label), kind, name=key, area=text.with_interval(cell) if cell else "")
            if found:
                drawn.append(found)
        numbers = pd.concat([item.frame() for item in drawn], ignore_index=True) if drawn else None
        areas = (
            "; ".join(f"{item.name} {item.area}".strip() for item in drawn) or "not defined: only one class is present"
        )
        bands = "; ".join(dict.fromkeys(item.band for item in drawn))
        return self.picture(
            _DRAW[kind](drawn, title=title, style=self.style),
            stem,
            numbers,
            alt=f"{_NAME[kind]}, {title}. {text.METRICS[_AREA[kind]]}: {areas}.",
            caption=f"{_NAME[kind]}s; band: {bands}." if bands else "",
        )

    def calibration(self, run: Run, name: str, label: str, *, title: str, stem: str) -> Picture:
        """Reliability diagram of one run, before and after temperature scaling, with the ECE over all images."""
        rows = run.rows(name, label)
        series = {}
        for column, when in (("score", "before"), ("probability", "after")):
            if column in rows and rows[column].notna().any():
                series[f"{when} scaling, ECE {text.number(_ece(rows, column))}"] = reliability(rows, column)
        return self._reliability(series, title, stem, None)

    def calibrations(self, runs: Mapping[str, Run], name: str, label: str, *, title: str, stem: str) -> Picture:
        """Reliability diagram of several runs after temperature scaling."""
        series = {key: reliability(run.rows(name, label), "probability") for key, run in runs.items()}
        return self._reliability(series, title, stem, self.style)

    def _reliability(
        self, series: Mapping[str, pd.DataFrame], title: str, stem: str, style: Mapping[str, Look] | None
    ) -> Picture:
        numbers = [table.assign(series=key) for key, table in series.items() if not table.empty]
        return self.picture(
            calibration_figure(series, title=title, style=style),
            stem,
            pd.concat(numbers, ignore_index=True) if numbers else None,
            alt=f"Reliability diagram, {title}: {'; '.join(series)}.",
            caption="Reliability over all images: observed frequency in bins of equal count; the diagonal is perfect."
            + (" Bars: 95 % Wilson intervals." if len(series) <= 2 else ""),
        )

    def scores(self, run: Run, name: str, label: str, *, title: str, stem: str) -> Picture:
        """Score histograms of positives and negatives with the stored thresholds."""
        rows = run.rows(name, label)
        stored: Mapping[str, Mapping[str, float]] = (run.card.get("operating_points") or {}).get(label) or {}
        thresholds = {text.point_name(point): entry["threshold"] for point, entry in stored.items()}
        numbers = rows[["truth", "score"]].sort_values(["truth", "score"])
        return self.picture(
            score_figure(rows, thresholds=thresholds, title=title),
            stem,
            numbers,
            alt=f"Histogram of scores by true class, {title}.",
            caption="Uncalibrated scores by true class; vertical lines are the stored thresholds.",
        )

    def confusion(self, matrix: Confusion, *, title: str, stem: str) -> Picture:
        """Confusion matrix of a multiclass run in one set."""
        return self.picture(
            confusion_figure(matrix, title=title),
            stem,
            matrix.frame(),
            alt=f"Confusion matrix, {title}: {text.number(matrix.accuracy)} of {int(matrix.counts.sum())} photographs "
            "are on the diagonal.",
            caption="Photographs by true class (rows) and class of the highest score (columns); shade and per cent are "
            f"the share of the true class. The numbers are in figures/{stem}.csv.",
        )

    def picture(self, figure: Figure, stem: str, numbers: pd.DataFrame | None, *, alt: str, caption: str) -> Picture:
        """Returns a figure for the page, and writes it as files."""
        save_figure(figure, self.folder / stem, numbers=numbers)
        suffix, mime = (".png", "image/png") if self.small else (".svg", "image/svg+xml")
        return Picture(data_uri((self.folder / f"{stem}{suffix}").read_bytes(), mime), alt, caption)


def _ece(rows: pd.DataFrame, column: str) -> float:
    known = rows[rows["truth"].notna() & rows[column].notna()]
    return expected_calibration_error(known["truth"].to_numpy(dtype=float), known[column].to_numpy(dtype=float))


def file_stem(*parts: str) -> str:
    """Joins names into the name of a figure's files, unique and without characters that a file system minds."""
    return file_name("_".join(part for part in parts if part), longest=_LONGEST_STEM)


def shared_labels(runs: Sequence[Run]) -> list[str]:
    """Labels of several runs, in order of first appearance."""
    return list(dict.fromkeys(label for run in runs for label in run.labels))
