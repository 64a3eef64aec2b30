"""The structures of a retina that a segmenter can find, and their names in words."""

from collections.abc import Sequence

from fundusfm.errors import ConfigError

VESSELS, ARTERIES, VEINS, DISC = "vessels", "arteries", "veins", "disc"
MICROANEURYSMS, HAEMORRHAGES = "microaneurysms", "haemorrhages"
HARD_EXUDATES, SOFT_EXUDATES = "hard_exudates", "soft_exudates"

LESIONS = (MICROANEURYSMS, HAEMORRHAGES, HARD_EXUDATES, SOFT_EXUDATES)
"""Lesions of diabetic retinopathy, as IDRiD names them."""

ARTERY_VEIN = "artery_vein"
"""Arteries and veins together: what `--structures` calls them, and the label of results that need both."""

STRUCTURES = {
    "vessels": (VESSELS,),
    ARTERY_VEIN: (ARTERIES, VEINS),
    "disc": (DISC,),
    "lesions": LESIONS,
}
"""What `--structures` can name, and the masks that each stands for: one output of the network per mask."""

MASKS = tuple(mask for masks in STRUCTURES.values() for mask in masks)
"""Every mask, in the order of a network's outputs."""

WORDS = {
    VESSELS: "vessels",
    ARTERIES: "arteries",
    VEINS: "veins",
    DISC: "optic disc",
    MICROANEURYSMS: "microaneurysms",
    HAEMORRHAGES: "haemorrhages",
    HARD_EXUDATES: "hard exudates",
    SOFT_EXUDATES: "soft exudates",
    ARTERY_VEIN: "arteries and veins",
}
"""Names in words of all masks, and of arteries and veins together."""


def masks_of(structures: Sequence[str] | None) -> list[str]:
    """Returns the masks that `structures` stand for, in the order of a network's outputs; the vessels for None.

    Raises:
        ConfigError: A structure is unknown, or none is named.
    """
    if structures is None:
        return [VESSELS]
    if unknown := [name for name in structures if name not in STRUCTURES]:
        raise ConfigError(f"There is no structure {unknown[0]!r}; there are {', '.join(STRUCTURES)}.")
    if not structures:
        raise ConfigError(f"--structures names none; there are {', '.join(STRUCTURES)}.")
    return [mask for mask in MASKS if any(mask in STRUCTURES[name] for name in structures)]


def task_of(labels: Sequence[str]) -> str:
    """Returns the task of a segmenter on its card: `vessels` where it finds nothing else, otherwise `structures`."""
    return "vessels" if list(labels) == [VESSELS] else "structures"
