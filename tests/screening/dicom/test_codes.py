"""Every refusal has its codes."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.screening.gates.test_fundus import RETINA

from fundusfm.screening.dicom.codes import SCHEME, finding, reasons, status
from fundusfm.screening.gates.fundus import why_not_fundus
from fundusfm.screening.gates.quality import judge_quality

_SHARES = st.floats(0, 1)


@given(
    circle=st.booleans(),
    lit=_SHARES,
    brightness=st.floats(0, 255),
    dark=_SHARES,
    clipped=_SHARES,
    red=_SHARES,
    green=_SHARES,
    blue=_SHARES,
    tint=st.floats(0, 0.4),
    sharpness=st.floats(0, 0.3),
    grain=st.floats(0, 4),
    contours=st.floats(0, 0.2),
    distance=st.none() | st.floats(0, 5),
)
def test_nothing_that_is_refused_is_uncoded(distance: float | None, **changes: float) -> None:
    evidence = replace(RETINA, **changes)
    for sentence in (why_not_fundus(evidence, distance), judge_quality(evidence).reason):
        if sentence:
            found = reasons(sentence)
            assert "other" not in [concept.value for concept in found]
            assert all(len(concept.value) <= 16 and len(concept.meaning) <= 64 for concept in found)


@pytest.mark.parametrize(
    ("sentence", "codes"),
    [
        ("not a colour fundus photograph: hard contours and fine grain", ["grain", "contours"]),
        ("not a colour fundus photograph: a green cast, and unlike what the model was trained on", ["green", "unlike"]),
        ("too dark", ["dark"]),
        ("never said before", ["other"]),
    ],
)
def test_reasons(sentence: str, codes: list[str]) -> None:
    assert [concept.value for concept in reasons(sentence)] == codes
    assert {concept.scheme_designator for concept in reasons(sentence)} == {SCHEME}


def test_statuses_and_findings() -> None:
    assert (status("ungradable").value, status("ungradable").scheme_designator) == ("111235", "DCM")
    assert status("not_fundus").meaning == "Not a colour fundus photograph"


@pytest.mark.parametrize(
    ("label", "definition", "scheme", "code", "meaning"),
    [
        ("D", "diabetic retinopathy, suspected counts", "SCT", "4855003", "Diabetic retinopathy"),
        ("diabetic_retinopathy", "", "SCT", "4855003", "Diabetic retinopathy"),
        ("N", "normal fundus and no disease", SCHEME, "N", "normal fundus and no disease"),
        ("M", "pathologic myopia, suspected counts", "99FUNDUSFM", "M", "pathologic myopia, suspected counts"),
        ("abnormal", "any keyword of a disease", SCHEME, "abnormal", "any keyword of a disease"),
        ("O", "another disease or abnormality", SCHEME, "O", "another disease or abnormality"),
        ("referable", "", SCHEME, "referable", "referable"),
        ("a label longer than any code", "", SCHEME, "label-7", "a label longer than any code"),
    ],
)
def test_findings_have_meanings(label: str, definition: str, scheme: str, code: str, meaning: str) -> None:
    concept = finding(label, 7, definition)
    assert (concept.scheme_designator, concept.value, concept.meaning) == (scheme, code, meaning)


def test_long_definitions_fit() -> None:
    concept = finding("x", 1, "a definition that is longer than what the meaning of a code may hold in DICOM, PS3.5")
    assert len(concept.meaning) <= 64 and concept.meaning.endswith(" …")
