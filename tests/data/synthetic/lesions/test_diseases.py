"""The list of diseases and of lesions agree."""

import pytest

from fundusfm.data.synthetic.lesions.diseases import DISEASES, LESIONS, NORMAL


def test_every_disease_shows_a_known_lesion() -> None:
    assert sum(disease.weight for disease in DISEASES.values()) == pytest.approx(1.0)
    assert all(set(disease.lesions) <= set(LESIONS) and disease.lesions for disease in DISEASES.values())
    assert NORMAL not in DISEASES and len(set(LESIONS)) == len(LESIONS)
