"""Splits by whole patients, so that no patient is ever on both sides of one.

All of them are stratified by one class per row, its *stratum*: the rarest label that is positive in the row. The rarest
label is the one that an unlucky split would lose, and a row has but one stratum to be counted in.
"""

import warnings

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.model_selection import StratifiedGroupKFold

from fundusfm.data.manifest.identity import one_spelling
from fundusfm.data.manifest.labels import column_text
from fundusfm.errors import SplitError

_NONE_POSITIVE = -1
_UNKNOWN = -2
_PATIENT = "patient:"


def patient_groups(frame: pd.DataFrame) -> npt.NDArray[np.object_]:
    """Returns the patient behind every row, as a text that is also unique across data sets.

    Where the patient is unknown the photograph stands alone: its group is its own path. Ids that differ only in zeros,
    decimals, blanks or case are taken for one patient, so that none is on both sides of a split.
    """
    rows = pd.Series(np.arange(len(frame)).astype(str), index=frame.index)
    dataset = _datasets(frame)
    image = column_text(frame, "image") if "image" in frame else rows
    alone = "image:" + dataset + "/" + image
    patient = patient_ids(frame)
    return np.asarray((_PATIENT + dataset + "/" + patient).where(patient != "", alone), dtype=object)


def patient_ids(frame: pd.DataFrame) -> "pd.Series[str]":
    """Returns the id of every row's patient in one spelling for each patient, empty where none is named."""
    if "patient" not in frame:
        return pd.Series("", index=frame.index, dtype=object)
    return one_spelling(column_text(frame, "patient"), _datasets(frame))


def people_and_eyes(frame: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Returns the person (of a visit, where the table has that column) and the eye of every row.

    The person is empty where none is named, and the eye where the table does not say it.
    """
    named = (patient_ids(frame) != "").to_numpy()
    visits = column_text(frame, "visit") if "visit" in frame else pd.Series("", index=frame.index, dtype=object)
    eyes = column_text(frame, "eye") if "eye" in frame else pd.Series("", index=frame.index, dtype=object)
    people = [
        f"{group}\n{visit}" if known else ""
        for group, visit, known in zip(patient_groups(frame), visits, named, strict=True)
    ]
    return people, [str(eye) for eye in eyes]


def _datasets(frame: pd.DataFrame) -> "pd.Series[str]":
    return column_text(frame, "dataset") if "dataset" in frame else pd.Series("", index=frame.index, dtype=object)


def count_patients(groups: npt.ArrayLike) -> int:
    """Returns how many patients are named; photographs of unknown patient are none."""
    return sum(str(group).startswith(_PATIENT) for group in np.unique(np.asarray(groups, dtype=object).astype(str)))


def photographs_text(groups: npt.ArrayLike) -> str:
    """Says how many photographs there are of how many patients, or that no patient is known.

    Args:
        groups: (rows,) of `patient_groups`.
    """
    names = np.asarray(groups, dtype=object).astype(str)
    people = count_patients(names)
    alone = sum(not name.startswith(_PATIENT) for name in names)
    if not people:
        return (
            f"{len(names)} photographs, WARNING: no patient is known, so splits are by photograph and one person can "
            "be on both sides"
        )
    return f"{len(names)} photographs of {people} patients" + (f" and {alone} of unknown patient" if alone else "")


def group_folds(
    groups: npt.ArrayLike,
    targets: npt.NDArray[np.floating],
    *,
    folds: int = 5,
    seed: int = 0,
    both_classes: bool = False,
) -> npt.NDArray[np.int64]:
    """Returns the test fold of every row, for cross-validation.

    Args:
        groups: (rows,) patient of every row.
        targets: (rows, labels) or (rows,) of 0, 1 and NaN.
        folds: Number of folds.
        seed: Shuffles the patients.
        both_classes: Also refuse folds of a single label whose positives, or negatives, are all in one fold: the
            training part of that fold would have one class only.

    Returns:
        int (rows,), 0 to folds - 1.

    Raises:
        SplitError: There are fewer patients than folds, or a fold stays empty; the message counts patients and
            positives per fold.
    """
    codes, _ = _coded(groups)
    patients = int(codes.max()) + 1 if len(codes) else 0
    if folds < 2 or patients < folds:
        raise SplitError(
            f"{folds} folds cannot be made of {patients} patients ({len(codes)} rows); every fold needs a patient of "
            "its own and there are at least 2 folds: name more data or fewer folds (--folds)"
        )
    fold = _dealt(codes, targets, folds, seed)
    if not _filled(fold, targets, folds, both_classes):
        raise _unfilled(codes, fold, targets, folds, both_classes, seed)
    return fold


def _dealt(
    codes: npt.NDArray[np.int64], targets: npt.NDArray[np.floating], folds: int, seed: int
) -> npt.NDArray[np.int64]:
    strata = strata_of(targets)
    counts = np.unique(strata, return_counts=True)[1]
    if counts.max() < folds:  # the splitter refuses to stratify when no stratum reaches every fold
        strata = np.zeros_like(strata)
    splitter = StratifiedGroupKFold(n_splits=folds, shuffle=True, random_state=seed)
    fold = np.full(len(codes), -1, dtype=np.int64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a label with fewer rows than folds is the evaluation's to report
        for number, (_, test) in enumerate(splitter.split(np.zeros(len(codes)), strata, codes)):
            fold[test] = number
    return fold


def _filled(fold: npt.NDArray[np.int64], targets: npt.NDArray[np.floating], folds: int, both_classes: bool) -> bool:
    sides = _classes(targets) if both_classes else []
    return len(np.unique(fold)) == folds and all(len(np.unique(fold[side])) != 1 for side in sides)


def _classes(targets: npt.NDArray[np.floating]) -> list[npt.NDArray[np.bool_]]:
    """Returns the rows of either class of a single label; none of several labels, whose loss masks what is missing."""
    table = np.asarray(targets, dtype=np.float64).reshape(len(targets), -1)
    return [table[:, 0] == 1, table[:, 0] == 0] if table.shape[1] == 1 else []


def _unfilled(
    codes: npt.NDArray[np.int64],
    fold: npt.NDArray[np.int64],
    targets: npt.NDArray[np.floating],
    folds: int,
    both_classes: bool,
    seed: int,
) -> SplitError:
    """Describes folds that cannot be filled, and what would help: a number of folds that works, or more patients."""
    table = np.asarray(targets, dtype=np.float64).reshape(len(targets), -1)
    parts = []
    for number in range(folds):
        rows = fold == number
        people, positives = len(np.unique(codes[rows])), int((table[rows] == 1).any(axis=1).sum())
        parts.append(f"fold {number + 1}: {people} patient(s), {positives} positive photograph(s)")
    wanted = "a patient and each training part both classes" if both_classes else "a patient"
    fewer = [n for n in range(folds - 1, 1, -1) if _filled(_dealt(codes, targets, n, seed), targets, n, both_classes)]
    sides = _classes(targets) if both_classes else []
    lacking = [
        f"a {kind} photograph" for kind, side in zip(("positive", "negative"), sides, strict=False)
        if len(np.unique(codes[side])) < 2
    ]  # fmt: skip
    if fewer:
        fix = f"--folds {fewer[0]} can be filled"
    elif lacking:
        fix = f"no number of folds can be: add patients with {' and '.join(lacking)}, of whom there must be two"
    else:
        fix = "no smaller number of folds can be: add patients"
    return SplitError(
        f"{folds} folds cannot be filled so that each has {wanted}: {'; '.join(parts)}. To mend it: {fix}",
        code="UNFILLED",
    )


def nested_fraction(
    groups: npt.ArrayLike, targets: npt.NDArray[np.floating], *, fraction: float, seed: int = 0
) -> npt.NDArray[np.bool_]:
    """Returns a share of the patients, such that a smaller share is always part of a larger one.

    The patients are put in one order in which every beginning holds the strata in nearly their own proportions, one
    patient of every stratum first; a share is the beginning of that order.

    Args:
        groups: (rows,) patient of every row.
        targets: (rows, labels) or (rows,) of 0, 1 and NaN.
        fraction: Share of the patients, above 0 and up to 1.
        seed: Shuffles the patients; shares are nested for equal seeds only.

    Returns:
        bool (rows,), True for the rows of the chosen patients.

    Raises:
        SplitError: The fraction is outside its range.
    """
    if not 0 < fraction <= 1:
        raise SplitError(
            f"The fraction {fraction} is outside its range; give a share above 0 and up to 1, such as 0.25"
        )
    return _beginning(groups, targets, fraction, seed, one_each=True)


def validation_split(
    groups: npt.ArrayLike, targets: npt.NDArray[np.floating], *, share: float = 0.15, seed: int = 0
) -> npt.NDArray[np.bool_]:
    """Sets whole patients aside for validation, in nearly the proportions of all.

    Args:
        groups: (rows,) patient of every row.
        targets: (rows, labels) or (rows,) of 0, 1 and NaN.
        share: Share of the patients, above 0 and below 1.
        seed: Shuffles the patients.

    Returns:
        bool (rows,), True for validation.

    Raises:
        SplitError: The share is outside its range or there are fewer than two patients.
    """
    if not 0 < share < 1:
        raise SplitError(f"The validation share {share} is outside its range; give one between 0 and 1, such as 0.15")
    patients = len(np.unique(np.asarray(groups, dtype=object).astype(str)))
    if patients < 2:
        raise SplitError(f"{patients} patients cannot be divided into training and validation; name more data")
    return _beginning(groups, targets, min(share, 1 - 1 / patients), seed, one_each=False)


def strata_of(targets: npt.NDArray[np.floating]) -> npt.NDArray[np.int64]:
    """(rows,) the column of each row's rarest positive label; -1 where none is positive, -2 where all are unknown."""
    table = np.asarray(targets, dtype=np.float64).reshape(len(targets), -1)
    positive = table == 1
    rarest_first = np.argsort(positive.sum(axis=0), kind="stable")
    first = positive[:, rarest_first].argmax(axis=1)
    strata = np.where(positive.any(axis=1), rarest_first[first], _NONE_POSITIVE)
    return np.where(np.isnan(table).all(axis=1), _UNKNOWN, strata).astype(np.int64)


def _coded(groups: npt.ArrayLike) -> tuple[npt.NDArray[np.int64], int]:
    unique, codes = np.unique(np.asarray(groups, dtype=object).astype(str), return_inverse=True)
    return codes.astype(np.int64), len(unique)


def _beginning(
    groups: npt.ArrayLike, targets: npt.NDArray[np.floating], share: float, seed: int, *, one_each: bool
) -> npt.NDArray[np.bool_]:
    codes, patients = _coded(groups)
    row_strata = strata_of(targets)
    names, counts = np.unique(row_strata, return_counts=True)
    rarity = dict(zip(names, np.argsort(np.argsort(counts, kind="stable")), strict=True))
    # A patient's stratum is the rarest among those of the patient's rows.
    rarest = pd.Series([rarity[name] for name in row_strata]).groupby(codes).min().to_numpy()
    rng = np.random.default_rng(seed)
    place = np.empty(patients)
    for stratum in np.unique(rarest)[::-1]:
        members = rng.permutation(np.flatnonzero(rarest == stratum))
        place[members] = (np.arange(len(members)) + rng.random()) / len(members)
        if one_each:  # the commonest strata come first where even one each is too many
            place[members[0]] = -1 - stratum
    chosen = np.argsort(place, kind="stable")[: max(1, round(share * patients))]
    return np.isin(codes, chosen)
