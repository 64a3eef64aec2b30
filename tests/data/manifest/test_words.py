"""What a comparison of words counts, and words that are probably misspelt."""

import pandas as pd
import pytest

from fundusfm.data.manifest.words import comparison_notes, looks_like


def test_both_sides_are_listed_with_counts_and_a_misspelt_word_is_named() -> None:
    frame = pd.DataFrame({"Diagnosis": ["No DR"] * 3 + ["no dr", "No RD", "Mild", "Mild", ""], "grade": ["1"] * 8})
    (note,) = comparison_notes(frame, ["abnormal=Diagnosis!=No DR", "grade", "bad=grade>=1"])
    assert note == (
        "label abnormal: positive are Mild (2), No RD (1); negative are No DR (3), no dr (1); "
        "is it misspelt? `No RD` looks like `No DR`"
    )
    (same,) = comparison_notes(frame, ["Diagnosis==Mild"])
    assert same.startswith("label Diagnosis==Mild: positive are Mild (2); negative are No DR (3), ")
    assert comparison_notes(frame, ["Other!=Mild"]) == []


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("No RD", "No DR", True), ("Normla", "normal", True), ("no-dr", "No DR", True), ("Glaucom", "Glaucoma", True),
        ("normal", "NORMAL", False), ("abnormal", "normal", False), ("stage 1", "stage 2", False), ("DR", "MD", False),
        ("Mild", "Moderate", False),
    ],
)  # fmt: skip
def test_words_that_look_alike(one: str, other: str, alike: bool) -> None:
    assert looks_like(one, other) is alike
