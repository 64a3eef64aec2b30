"""Whether a photograph can be used at all, for work that has no network of its own to judge it."""

from fundusfm.data.inputs.photograph import Photograph
from fundusfm.screening.gates.fundus import why_not_fundus
from fundusfm.screening.gates.quality import judge_quality
from fundusfm.screening.prepare import Unreadable, prepare
from fundusfm.screening.screener import FAILED, NOT_FUNDUS, OK, UNGRADABLE


def judge(photograph: Photograph) -> tuple[str, str]:
    """Judges a photograph by its pixels, with the limits that `predict` has.

    Args:
        photograph: What to judge.

    Returns:
        Its status as in the tables of `predict`, and the reason; empty where it is `ok`.
    """
    prepared = prepare(photograph, ())
    if isinstance(prepared, Unreadable):
        return FAILED, prepared.reason
    refusal = why_not_fundus(prepared.evidence, None)
    if refusal:
        return NOT_FUNDUS, refusal
    reason = judge_quality(prepared.evidence).reason
    return (UNGRADABLE if reason else OK), reason
