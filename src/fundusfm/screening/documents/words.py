"""Numbers, grades and operating points in words, for the page, reports and documents."""

from fundusfm.models.card.referral import REFERRAL, ReferralRule

EYE_TITLES = {"right": "Right eye", "left": "Left eye", "": "Eye not stated"}

BOTH_EYES = "Scored together with the other eye."

_QUALITY = ((0.7, "good"), (0.5, "fair"), (0.2, "poor"), (0.0, "not enough to judge"))
_NEVER = 0.001
_TITLES = {
    "youden": "each label at its best balance (Youden)",
    "sensitivity_0.95": "95 % sensitivity of each label by itself: with several labels, most photographs are referred",
    "specificity_0.95": "95 % specificity of each label by itself: with several labels, more than 5 % are referred",
}


def number(value: float) -> str:
    """Returns a score or limit; neither 0 nor 1, which would sound certain."""
    if value > 1 - _NEVER:
        return f"> {1 - _NEVER:.3f}"
    return f"< {_NEVER:.3f}" if value < _NEVER else f"{value:.3f}"


def percent(value: float) -> str:
    """Returns a probability; never 0 % or 100 %."""
    return "> 99 %" if value > 0.99 else "< 1 %" if value < 0.01 else f"{100 * value:.0f} %"


def quality_word(value: float) -> str:
    """Returns the grade of a quality of 0..1."""
    return next(word for least, word in _QUALITY if value >= least)


def eye_in_doubt(doubt: str) -> str:
    """Says why the eye is in doubt; empty where nothing contradicts it."""
    return f"The eye is in doubt: {doubt}." if doubt else ""


def label_result(*, found: bool, decides: bool) -> str:
    """Returns what the score of a label came to.

    Args:
        found: Whether it is one of those that the photograph is referred for.
        decides: Whether it has a limit that could refer a photograph.
    """
    return "found" if found else "below the limit" if decides else "–"


def prevalence_note(name: str, probability: float | None, prevalence: float | None) -> str:
    """Says what a probability means; empty where it is not known among whom it holds."""
    if prevalence is None or probability is None:
        return ""
    return (
        f"Probability of {name}: {percent(probability)}, if {percent(prevalence)} of all photographs "
        "show it as where the model was calibrated. Where disease is rarer it is lower."
    )


def point_title(name: str, rule: ReferralRule | None) -> str:
    """Returns an operating point in words.

    Args:
        name: Its name.
        rule: The referral rule of the model, if it has one.
    """
    if name == REFERRAL and rule:
        whom = "healthy eyes are not referred" if rule.goal == "specificity" else "diseased eyes are referred"
        return f"referral rule: {rule.target:.0%} of {whom}".replace("%", " %")
    return _TITLES.get(name, name)
