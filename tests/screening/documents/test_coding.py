"""Public codes where they mean the same, and our own elsewhere."""

import pytest
from tests.screening.documents.people import label

from fundusfm.screening.documents.coding import eye_site, label_code, lesions_code


@pytest.mark.parametrize(
    ("name", "system", "code"),
    [
        ("Glaucoma", "http://snomed.info/sct", "23986001"),
        ("Diabetic retinopathy", "http://snomed.info/sct", "4855003"),
        ("Referable retinopathy", "urn:fundusfm:codes", "R"),
    ],
)
def test_findings(name: str, system: str, code: str) -> None:
    found = label_code(label(name, 0.5))
    assert (found["coding"][0]["system"], found["coding"][0]["code"], found["text"]) == (system, code, name)


def test_eyes() -> None:
    assert [eye_site(eye)["coding"][0]["code"] for eye in ("right", "left", "")] == ["18944008", "8966001", "5665001"]


def test_numbers_of_lesions() -> None:
    found = lesions_code("hard_exudates")
    assert found["text"] == "Number of hard exudates"
    assert [(one["system"], one["code"]) for one in found["coding"]] == [
        ("http://snomed.info/sct", "246206008"), ("urn:fundusfm:codes", "hard-exudates")
    ]  # fmt: skip
