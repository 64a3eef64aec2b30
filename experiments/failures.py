"""Prints what a run's folds miss and flag, by the words of a manifest's column: the failures of a model card.

    python experiments/failures.py RUN MANIFEST [LABEL]

RUN is a probe or fine-tuning run, MANIFEST the table of its data with a column `keywords` (findings with commas between
them). Counted is LABEL (`abnormal` by default) at the Youden point of each fold, on photographs that it never saw.
"""

import sys
from pathlib import Path

import pandas as pd

_FEWEST = 15


def main(run: str, manifest: str, label: str) -> None:
    """Prints the share of misses among the positives of each keyword, and of false alarms among the negatives."""
    table = pd.read_parquet(Path(run) / "predictions.parquet")
    words = pd.read_csv(manifest)[["image", "keywords"]]
    rows = table[(table["set"] == "cv") & (table["label"] == label)].merge(words, on="image", validate="many_to_one")
    rows["flagged"] = rows["score"] >= rows["threshold@youden"]
    rows["keyword"] = rows["keywords"].str.split("[,\uff0c]")  # ODIR's table holds both commas
    for truth, what in ((1, "missed"), (0, "flagged")):
        part = rows[rows["truth"] == truth]
        wrong = part["flagged"] if truth == 0 else ~part["flagged"]
        print(f"\n{label} = {truth}: {wrong.mean():.0%} of {len(part):,} photographs {what}")
        each = part.assign(wrong=wrong).explode("keyword")
        by_word = each.groupby(each["keyword"].str.strip())["wrong"].agg(["mean", "size"])
        for word, row in by_word[by_word["size"] >= _FEWEST].sort_values("mean", ascending=False).iterrows():
            print(f"{row['mean']:5.0%} of {row['size']:5.0f}  {word}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else "abnormal")
