"""What labels are called in words, and which of them mean healthy."""

from collections.abc import Collection, Mapping

_HEALTHY = frozenset(("n", "normal", "healthy", "no dr"))

ANY = "abnormal"
"""The label of an eye with any disease or abnormality."""

_NAMES = {
    ANY: "Any abnormality",
    "dr_grade>=1": "Diabetic retinopathy",
    "dr_grade>=2": "Moderate or worse diabetic retinopathy",
    "dr_grade>=3": "Severe or worse diabetic retinopathy",
    "dr_grade>=4": "Proliferative diabetic retinopathy",
}

_ODIR = {
    "N": "Normal",
    "D": "Diabetic retinopathy",
    "G": "Glaucoma",
    "C": "Cataract",
    "A": "Age-related macular degeneration",
    "H": "Hypertensive retinopathy",
    "M": "Pathologic myopia",
    "O": "Other disease",
}

_ENOUGH = 4
"""Letters of ODIR that a model must have for them to mean what they mean there."""


def means_healthy(label: str) -> bool:
    """Returns whether a label says that nothing was found, such as ODIR's `N`."""
    return label.lower() in _HEALTHY


def known_names(labels: Collection[str]) -> dict[str, str]:
    """Returns the names in words of a model's labels, of those that are known.

    Letters are those of ODIR-5K only where a model has several of them: `A` alone may mean anything.
    """
    letters = _ODIR if len(_ODIR.keys() & set(labels)) >= _ENOUGH else {}
    return {label: name for label in labels if (name := letters.get(label) or _NAMES.get(label))}


def name_of(label: str, names: Mapping[str, str]) -> str:
    """Returns what a label is called: its name, else the label itself."""
    return names.get(label, label)
