"""Coded concepts of a report: SNOMED CT where it has the term, else our own scheme, 99FUNDUSFM (PS3.16, 8)."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from highdicom.sr import CodedConcept

SCHEME = "99FUNDUSFM"

# The harmonised labels whose meaning is exactly that of the concept.
_FINDINGS = {
    "dr": ("4855003", "Diabetic retinopathy"),
    "diabetic_retinopathy": ("4855003", "Diabetic retinopathy"),
    "glaucoma": ("23986001", "Glaucoma"),
    "cataract": ("193570009", "Cataract"),
    "amd": ("267718000", "Age-related macular degeneration"),
}
_LONGEST_CODE, _LONGEST_MEANING = 16, 64


def finding(label: str, number: int) -> "CodedConcept":
    """Returns the concept of a label; `number` is its position, which codes a label that is too long for a code."""
    from highdicom.sr import CodedConcept

    if label in _FINDINGS:
        code, meaning = _FINDINGS[label]
        return CodedConcept(code, "SCT", meaning)
    code = label if len(label) <= _LONGEST_CODE else f"label-{number}"
    return CodedConcept(code, SCHEME, label[:_LONGEST_MEANING])


def own(code: str, meaning: str) -> "CodedConcept":
    """Returns a concept of our own scheme."""
    from highdicom.sr import CodedConcept

    return CodedConcept(code, SCHEME, meaning)
