"""Coded concepts of a report: SNOMED CT where it has the term, otherwise the scheme 99FUNDUSFM (PS3.16, 8)."""

import re
from textwrap import shorten
from typing import TYPE_CHECKING

from fundusfm.screening.referral import NO, NO_FUNDUS, TAKE_AGAIN, YES
from fundusfm.screening.screener import UNGRADABLE

if TYPE_CHECKING:
    from highdicom.sr import CodedConcept

SCHEME = "99FUNDUSFM"

# By the label's own name or by the first words of its definition; only where the concept means exactly that.
_FINDINGS = {
    "dr": ("4855003", "Diabetic retinopathy"),
    "diabetic retinopathy": ("4855003", "Diabetic retinopathy"),
    "glaucoma": ("23986001", "Glaucoma"),
    "cataract": ("193570009", "Cataract"),
    "amd": ("267718000", "Age-related macular degeneration"),
    "age-related macular degeneration": ("267718000", "Age-related macular degeneration"),
}
REFERRALS = {
    YES: ("refer", "Refer"),
    NO: ("do-not-refer", "Do not refer"),
    TAKE_AGAIN: ("take-again", "Take the photograph again"),
    NO_FUNDUS: ("not-fundus", "Not a colour fundus photograph"),
}
"""Code and meaning of each decision, in our own scheme."""
_PHRASE = re.compile(r"[,;:.(]| and | or ")
_LONGEST_CODE, _LONGEST_MEANING = 16, 64
# Parts of the sentences of `why_not_fundus` and `judge_quality`; a test holds all that these say against the list.
_REASONS = {
    "too blurred or hazy": ("blurred", "Too blurred or hazy: vessels cannot be seen"),
    "too dark": ("dark", "Too dark"),
    "most of the field of view is in the dark": ("uneven", "Most of the field of view is in the dark"),
    "overexposed": ("overexposed", "Overexposed"),
    "has one colour": ("one-colour-area", "A large part of the field of view has one colour"),
    "too small": ("small", "Too few pixels across the field of view"),
    "two fields of view": ("two-fields", "Two fields of view in one frame"),
    "nearly all of it is black": ("black", "Nearly all of it is black"),
    "it is plain": ("plain", "Plain, without any structure"),
    "it has no colour": ("grey", "No colour"),
    "it has one plain colour": ("one-colour", "One plain colour"),
    "its colours are not those of a retina": ("colours", "Colours that are not those of a retina"),
    "fine grain": ("grain", "Fine grain instead of vessels"),
    "its contours are harder": ("contours", "Contours harder than those of a retina"),
    "no circular field of view": ("no-circle", "No circular field of view"),
    "hard contours": ("contours", "Contours harder than those of a retina"),
    "strong contrast": ("contrast", "Contrast stronger than that of a retina"),
    "many colours": ("many-colours", "More colours than a retina has"),
    "a green cast": ("green", "A green cast"),
    "unlike what the model was trained on": ("unlike", "Unlike what the model was trained on"),
}


def finding_code(label: str, number: int, definition: str = "") -> tuple[str, str, str]:
    """Returns code, scheme and meaning of a label.

    Args:
        label: Name of the label.
        number: Position of the label, which codes one that is too long for a code.
        definition: What the card says that the label means.

    Returns:
        A concept of SNOMED CT (`SCT`) where there is one of this meaning, else one of our own scheme whose meaning is
        the definition, or the label where there is no definition.
    """
    for words in (label, _PHRASE.split(definition, maxsplit=1)[0]):
        if known := _FINDINGS.get(words.strip().lower().replace("_", " ")):
            return known[0], "SCT", known[1]
    code = label if len(label) <= _LONGEST_CODE else f"label-{number}"
    return code, SCHEME, shorten(definition or label, _LONGEST_MEANING, placeholder=" …")


def finding(label: str, number: int, definition: str = "") -> "CodedConcept":
    """Returns the concept of a label; arguments as for `finding_code`."""
    from highdicom.sr import CodedConcept

    code, scheme, meaning = finding_code(label, number, definition)
    return CodedConcept(code, scheme, meaning)


def referral(decision: str) -> "CodedConcept":
    """Returns the concept of a decision of the referral rule: `yes`, `no`, `take_again` or `not_fundus`."""
    return own(*REFERRALS[decision])


def status(value: str) -> "CodedConcept":
    """Returns the concept of a refusal, `ungradable` or `not_fundus`."""
    from highdicom.sr import CodedConcept

    if value == UNGRADABLE:
        return CodedConcept("111235", "DCM", "Unusable - Quality renders image unusable")
    return CodedConcept("not-fundus", SCHEME, "Not a colour fundus photograph")


def reasons(sentence: str) -> "list[CodedConcept]":
    """Returns the concepts of what a row's `reason` says, at least one."""
    found = dict.fromkeys(concept for part, concept in _REASONS.items() if part in sentence)
    return [own(*concept) for concept in found] or [own("other", sentence[:_LONGEST_MEANING] or "No reason stated")]


def own(code: str, meaning: str) -> "CodedConcept":
    """Returns a concept of our own scheme."""
    from highdicom.sr import CodedConcept

    return CodedConcept(code, SCHEME, meaning)
