"""The reasons why photographs are refused, in a few words, and advice on each, as a nurse would give it."""

from dataclasses import dataclass

from fundusfm.data.decode.archive import NOT_THERE
from fundusfm.screening.gates.fundus import BLACK_REASON
from fundusfm.screening.gates.quality import REASONS


@dataclass(frozen=True)
class Advice:
    """What to say about a refused photograph.

    Attributes:
        what: What is wrong, such as "too dark".
        do: What to do about it, as sentences.
    """

    what: str
    do: str


_STILL = "If no better photograph can be taken, refer the eye: one that cannot be judged counts as a finding."

_BY_COMPONENT = {
    "sharpness": Advice(
        "blurred or hazy",
        f"Clean the lens, focus again and let the person blink. Haze that stays may be a cataract. {_STILL}",
    ),
    "brightness": Advice("too dark", f"Raise the flash, or darken the room until the pupil is wide. {_STILL}"),
    "illumination": Advice(
        "most of it is in the dark", f"Centre the camera on the pupil and wait until it is wide. {_STILL}"
    ),
    "clipped": Advice("too bright", f"Lower the flash. {_STILL}"),
    "flat": Advice(
        "part of the picture is missing or covered",
        "Copy the file from the camera again. If it looks the same, take the photograph again without eyelid or lashes "
        "in the way.",
    ),
    "resolution": Advice(
        "too small", "This may be a thumbnail: export the photograph from the camera at its full size."
    ),
    "fields": Advice("two photographs in one picture", "Give each photograph a file of its own."),
}

COPY_AGAIN = "Copy the file again"
"""What is to be done where a file is there and no photograph comes out of it; nobody has to call the patient."""
FAILED = Advice(
    "the file cannot be read", "Copy the file from the camera again. If that does not help, take the photograph again."
)
TOO_SLOW = "was not decoded in the time that the server gives it"
"""Part of the reason of a photograph that a server gave up; it says nothing about the photograph."""
NOT_READ = Advice("the server was too busy to read the file", "Send the photograph again; it may well be good.")
NOT_FOUND = Advice("there is no such file", "Correct the path, or put the file there.")
BLACK = Advice(
    "nearly black", f"If it does show the fundus, it is far too dark: raise the flash, and take it again. {_STILL}"
)
NOT_FUNDUS = Advice(
    "not a fundus photograph",
    "Was another picture chosen by mistake? If it does show the fundus, take it again with the whole field in view.",
)


def advice_for(status: str, reason: str) -> Advice:
    """Returns what to say about a photograph that was refused.

    Args:
        status: `ungradable`, `not_fundus` or `failed`.
        reason: The reason of its row.
    """
    if status == "failed":
        return NOT_READ if TOO_SLOW in reason else NOT_FOUND if NOT_THERE in reason else FAILED
    if status == "not_fundus":
        return BLACK if BLACK_REASON in reason else NOT_FUNDUS
    for component, sentence in REASONS.items():
        if reason.startswith(sentence.split("{")[0]):
            return _BY_COMPONENT[component]
    return Advice(reason or "it cannot be judged", _STILL)
