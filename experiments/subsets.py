"""Prints the AUROC of a run's folds with and without photographs whose label is doubtful or whose disease is mild.

    python experiments/subsets.py RUN MANIFEST SECOND_READER

RUN is a probe or fine-tuning run on ODIR-5K for `abnormal`, MANIFEST its table with the column `keywords`, and
SECOND_READER a table with the columns `image` and `second_reader_normal`. The model stays the same: photographs are
left out of the test parts only. Values are means over folds with 95 % intervals by patient, from one eye and, where the
run has the term for both eyes, from both.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from fundusfm.evaluation.protocol import summarise

_LABEL = "abnormal"
_MILD = "mild nonproliferative retinopathy"


def main(run: str, manifest: str, second_reader: str) -> None:
    """Prints a table of Markdown."""
    predictions = pd.read_parquet(Path(run) / "predictions.parquet")
    rows = predictions[(predictions["set"] == "cv") & (predictions["label"] == _LABEL)]
    for table, column in ((manifest, "keywords"), (second_reader, "second_reader_normal")):
        rows = rows.merge(pd.read_csv(table)[["image", column]], on="image", validate="one_to_one")
    print("| photographs | kept | one eye | both eyes |\n| --- | --- | --- | --- |")
    for name, kept in subsets(rows):
        cells = [auroc(kept)]
        if "score_both_eyes" in kept:
            cells.append(auroc(kept.assign(score=kept["score_both_eyes"].fillna(kept["score"]))))
        print(f"| {name} | {len(kept):,} | {' | '.join(cells)} |", flush=True)


def subsets(rows: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yields the names of subsets and their rows."""
    disputed = (rows["truth"] == 0) & (rows["second_reader_normal"] == 0)
    mild = rows["keywords"] == _MILD
    yield "all", rows
    yield "without normals that a second reader disputes", rows[~disputed]
    yield f"without *{_MILD}* alone", rows[~mild]
    yield "without either", rows[~(disputed | mild)]
    abnormal = np.maximum(rows["truth"], disputed.astype(float))
    yield "all, disputed normals counted as abnormal", rows.assign(truth=abnormal)


def auroc(rows: pd.DataFrame) -> str:
    """Returns the mean over folds with its interval."""
    found = summarise(rows, task="binary").cv[_LABEL]["auroc"]
    return f"{found.value:.3f} [{found.low:.3f}, {found.high:.3f}]"


if __name__ == "__main__":
    main(*sys.argv[1:4])
