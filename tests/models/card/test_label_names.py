"""Which labels are good news, and what labels are called."""

import pytest

from fundusfm.models.card.label_names import known_names, means_healthy, name_of


@pytest.mark.parametrize(
    ("label", "healthy"),
    [("N", True), ("Normal", True), ("No DR", True), ("abnormal", False), ("D", False), ("NPDR", False)],
)
def test_labels(label: str, healthy: bool) -> None:
    assert means_healthy(label) is healthy


def test_letters_are_those_of_odir_only_beside_others_of_it() -> None:
    odir = known_names(["abnormal", "N", "D", "G", "C", "drusen"])
    assert odir["D"] == "Diabetic retinopathy"
    assert name_of("G", odir) == "Glaucoma"
    assert name_of("drusen", odir) == "drusen"
    assert known_names(["A", "B", "C"]) == {}
    assert known_names(["dr_grade>=2"]) == {"dr_grade>=2": "Moderate or worse diabetic retinopathy"}
