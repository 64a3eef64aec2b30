"""Counts the patients behind a metric, and decides whether a bootstrap, a closed form or no number is given."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fundusfm.evaluation.metrics import NEEDS_NEGATIVES, NEEDS_POSITIVES
from fundusfm.evaluation.weighted import Array

LEAST = 2
"""With fewer patients of a class that a metric needs, the cell is NaN."""

FEW = 10
"""With fewer patients of a class, cells that need the class say that they are to be read with care."""

PAIRED = 20
"""With fewer patients of a class, two runs are not tested against each other."""

_CARE = "too few to rely on"

RECALLS = ("balanced_accuracy", "f1")
"""Metrics over all classes together in which a rare class weighs as much as a common one."""

BOOTSTRAP = 100
"""With fewer patients of a class, the interval is a closed form instead of resampled patients."""


@dataclass(frozen=True)
class Counts:
    """Number of patients and images behind the metrics of a label.

    Attributes:
        positives: Patients with a positive image.
        negatives: Patients with a negative image.
        patients: All patients with an image of known truth.
        positive_images: Positive images.
        negative_images: Negative images.
        noun: What is counted: `patient`, or `image` where the data name no patients.
        folds: Number of folds whose counts were added; 1 outside cross-validation.
    """

    positives: int
    negatives: int
    patients: int
    positive_images: int
    negative_images: int
    noun: str = "patient"
    folds: int = 1

    def __add__(self, other: "Counts") -> "Counts":
        """Adds the counts of another fold, which has other patients."""
        return Counts(
            self.positives + other.positives,
            self.negatives + other.negatives,
            self.patients + other.patients,
            self.positive_images + other.positive_images,
            self.negative_images + other.negative_images,
            self.noun,
            self.folds + other.folds,
        )

    @property
    def images(self) -> int:
        """All images of known truth."""
        return self.positive_images + self.negative_images

    def needed(self, metric: str) -> int:
        """Returns the number of patients of the rarest class that a metric needs; of all where it needs neither."""
        name = metric.split("@")[0]
        needs = [
            count
            for count, metrics in ((self.positives, NEEDS_POSITIVES), (self.negatives, NEEDS_NEGATIVES))
            if name in metrics
        ]
        return min(needs, default=self.patients)


@dataclass(frozen=True)
class ClassCounts:
    """Number of patients and images behind the metrics of all classes together.

    Attributes:
        classes: Patients with an image of each class.
        patients: All patients.
        images: All images.
        noun: `patient`, or `image` where the data name no patients.
    """

    classes: tuple[int, ...]
    patients: int
    images: int
    noun: str = "patient"

    def __add__(self, other: "ClassCounts") -> "ClassCounts":
        """Adds the counts of another fold, which has other patients."""
        classes = tuple(a + b for a, b in zip(self.classes, other.classes, strict=True))
        return ClassCounts(classes, self.patients + other.patients, self.images + other.images, self.noun)

    def needed(self, metric: str) -> int:
        """Returns the number of patients of the rarest class, where it matters to the metric; else of all."""
        return self.rarest if metric in RECALLS else self.patients

    @property
    def present(self) -> int:
        """Number of classes that occur."""
        return sum(number > 0 for number in self.classes)

    @property
    def rarest(self) -> int:
        """Patients of the rarest class that occurs."""
        return min((number for number in self.classes if number), default=0)


def count(truth: Array, patients: npt.NDArray[np.intp], noun: str = "patient") -> Counts:
    """Counts the images and patients of a label.

    Args:
        truth: Zeros and ones, shape `(n,)`.
        patients: Patient of each row, shape `(n,)`.
        noun: What a patient is called; `image` where each image is its own.
    """
    positive = truth == 1
    return Counts(
        positives=len(np.unique(patients[positive])),
        negatives=len(np.unique(patients[~positive])),
        patients=len(np.unique(patients)),
        positive_images=int(positive.sum()),
        negative_images=int((~positive).sum()),
        noun=noun,
    )


def count_classes(
    actual: npt.NDArray[np.intp], classes: int, patients: npt.NDArray[np.intp], noun: str = "patient"
) -> ClassCounts:
    """Counts the images and patients of a multiclass task.

    Args:
        actual: Class index of each row, shape `(n,)`.
        classes: Number of classes.
        patients: Patient of each row, shape `(n,)`.
        noun: What a patient is called; `image` where each image is its own.
    """
    numbers = tuple(len(np.unique(patients[actual == index])) for index in range(classes))
    return ClassCounts(numbers, len(np.unique(patients)), len(actual), noun)


def too_few(metric: str, counts: Counts | ClassCounts) -> str | None:
    """Says why a metric that is defined gets no number; None where it gets one."""
    return _shortage(metric, counts, LEAST, "no interval holds, so no value is given")


def split_care(reason: str | None) -> tuple[str, str]:
    """Splits what `few` says from the rest of a cell's reason.

    Returns:
        Such as `only 2 patients with a positive image`, and the rest; both may be empty.
    """
    parts = (reason or "").split("; ")
    care = [part.split(", fewer than ")[0] for part in parts if part.endswith(_CARE)]
    return "".join(care[:1]), "; ".join(part for part in parts if not part.endswith(_CARE))


def few(metric: str, counts: Counts | ClassCounts) -> str | None:
    """Says so where a metric rests on so few patients of a class that it is to be read with care."""
    return _shortage(metric, counts, FEW, _CARE)


def untested(counts: Counts) -> str | None:
    """Says why the AUROCs of two runs are not tested against each other; None where they are."""
    return _shortage("auroc", counts, PAIRED, "too few for a test")


def _shortage(metric: str, counts: Counts | ClassCounts, least: int, consequence: str) -> str | None:
    name = metric.split("@")[0]
    if isinstance(counts, Counts):
        for number, kind, metrics in (
            (counts.positives, "positive", NEEDS_POSITIVES),
            (counts.negatives, "negative", NEEDS_NEGATIVES),
        ):
            if name in metrics and number < least:
                if counts.noun == "image":
                    return f"only {_number(number, f'{kind} image')}, fewer than {least}: {consequence}"
                return f"only {_number(number, 'patient')} with a {kind} image, fewer than {least}: {consequence}"
    elif name in RECALLS and counts.rarest < least < counts.patients and least > LEAST:
        return f"only {_number(counts.rarest, counts.noun)} of the rarest class, fewer than {least}: {consequence}"
    if counts.patients < least:
        return f"only {_number(counts.patients, counts.noun)}, fewer than {least}: {consequence}"
    return None


def _number(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
