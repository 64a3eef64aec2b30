"""Diseases show the lesions that clinics see, at the grade that the severity means."""

import pytest
from tests.data.synthetic.conftest import MakeCanvas

from fundusfm.data.synthetic.lesions.pathology import (
    paint_deep,
    paint_superficial,
    paint_under_disc,
    retinopathy_grade,
)


@pytest.mark.parametrize(
    ("severity", "grade"), [(None, 0), (0.0, 1), (0.21, 1), (0.22, 2), (0.58, 3), (0.84, 4), (1.0, 4)]
)
def test_grades(severity: float | None, grade: int) -> None:
    assert retinopathy_grade(severity) == grade


@pytest.mark.parametrize(
    ("severities", "kinds", "absent"),
    [
        ({"diabetic_retinopathy": 0.1}, {"microaneurysms"}, {"haemorrhages", "cotton_wool_spots"}),
        ({"diabetic_retinopathy": 0.95}, {"microaneurysms", "haemorrhages", "hard_exudates"}, {"drusen"}),
        ({"amd": 0.3}, {"drusen"}, {"geographic_atrophy", "microaneurysms"}),
        ({"amd": 0.9}, {"drusen", "geographic_atrophy"}, {"microaneurysms"}),
        ({"myopia": 0.2}, {"peripapillary_atrophy"}, {"myopic_atrophy"}),
        ({"myopia": 0.9}, {"peripapillary_atrophy", "myopic_atrophy"}, {"drusen"}),
        ({}, set(), {"drusen", "microaneurysms", "peripapillary_atrophy"}),
    ],
)
def test_lesions_of_a_disease(
    severities: dict[str, float], kinds: set[str], absent: set[str], canvas: MakeCanvas
) -> None:
    made = canvas(**severities)
    for paint in (paint_under_disc, paint_deep, paint_superficial):
        paint(made)
    shown = {kind for kind, mask in made.masks.items() if mask.any()}
    assert kinds <= shown and not absent & shown
