"""Who is who: identities that a table writes in several ways, or not at all."""

import re
import unicodedata
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from fundusfm.data.eye_names import eye_of_name
from fundusfm.data.manifest.fault import Fault, rows_of
from fundusfm.data.manifest.labels import Task, column_text
from fundusfm.data.manifest.missing import is_missing_word

_EXPONENT = re.compile(r"\d(?:[.,]\d+)?[eE]\+?\d+")
_BLANKS, _WHOLE, _ZEROS = re.compile(r"\s+"), re.compile(r"(\d+)[.,]0+"), re.compile(r"(?<![\d.,])0+(?=\d)")
_SIGNS = re.compile(r"(?<!\d)[\s_\-./]+|[\s_\-./]+(?!\d)")
"""Signs that tell nothing apart; between digits they do, as in 1-12 and 11-2."""

_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_DATE = re.compile(rf"\d{{1,2}}-({_MONTHS})|({_MONTHS})-\d{{2}}|\d{{4}}-\d\d-\d\d( 00:00:00)?", re.IGNORECASE)
"""What Excel makes of ids such as 1-3 and 3/01."""

_FIXED = {
    "sex": "sex",
    "gender": "sex",
    "name": "name",
    "patientname": "name",
    "birthdate": "birth date",
    "dateofbirth": "birth date",
    "dob": "birth date",
    "issuer": "issuer",
    "issuerofpatientid": "issuer",
}
"""Columns that are one and the same for a person, in lower case and without blanks and signs."""

_SHOWN = 6


def patient_key(text: str) -> str:
    """Returns what spellings of one patient's id have in common: `007`, `7` and `7.0`; `P 12` and `p12`."""
    plain = "".join(str(unicodedata.decimal(sign, sign)) for sign in unicodedata.normalize("NFKC", text))
    key = _BLANKS.sub("", plain.casefold())
    whole = _WHOLE.fullmatch(key)
    return _ZEROS.sub("", whole[1] if whole else key)


def one_spelling(patients: "pd.Series[str]", datasets: "pd.Series[str]") -> "pd.Series[str]":
    """Gives ids that differ only in zeros, decimals, blanks or case the spelling that comes first.

    Args:
        patients: Ids as text.
        datasets: The data set of each row: ids of two sets have nothing to do with each other.
    """
    keys = patients.map({text: patient_key(text) for text in patients.unique()})
    return patients.groupby([datasets, keys], sort=False).transform("first").astype(object)


def identity_faults(frame: pd.DataFrame) -> Iterator[Fault]:
    """Yields what would put one person into several folds: ids in several spellings, ids that Excel has cut."""
    if "patient" not in frame:
        return
    patients = column_text(frame, "patient")
    known = patients[(patients != "") & ~patients.map(is_missing_word)]
    datasets = column_text(frame, "dataset") if "dataset" in frame else pd.Series("", index=frame.index)
    merged = one_spelling(known, datasets[known.index])
    for place in merged[merged != known].unique():
        spellings = list(known[merged == place].unique())
        yield Fault(
            "patient_spelling",
            rows_of(frame, np.flatnonzero(frame.index.isin(known.index[known.isin(spellings)]))),
            "patient",
            f"{_listed(spellings)} differ only in zeros, decimals, blanks or case",
            "write each patient's id in one way; folds take these for one patient",
        )
    cut = known[known.map(lambda text: _EXPONENT.fullmatch(text) is not None)]
    if len(cut):
        yield Fault(
            "number_cut",
            rows_of(frame, np.flatnonzero(frame.index.isin(cut.index))),
            "patient",
            f"{_listed(list(cut.unique()))} are ids that Excel has rounded",
            "export the ids as text: format the column as text before pasting or importing them",
        )


def identity_warnings(frame: pd.DataFrame, labels: Sequence[str], *, task: Task) -> Iterator[Fault]:
    """Yields what may be wrong: patients that are not named, words for missing values, values that contradict."""
    yield from _unnamed_patients(frame)
    yield from _doubtful_ids(frame)
    classes = [label for label in labels if label in frame] if task == "multiclass" else []
    for column in [*(["patient"] if "patient" in frame else []), *classes]:
        yield from _missing_words(frame, column)
    for column in classes:
        yield from _class_spellings(frame, column)
    yield from _two_persons(frame)
    yield from _eyes_against_names(frame)


def _unnamed_patients(frame: pd.DataFrame) -> Iterator[Fault]:
    fix = "add a column `patient`: without it, photographs of one person may be on both sides of a split"
    if "patient" not in frame:
        yield Fault("no_patient", (), None, "no column says whose photograph each is; folds are by photograph", fix)
        return
    empty = np.flatnonzero((column_text(frame, "patient") == "").to_numpy())
    if len(empty):
        yield Fault(
            "no_patient",
            rows_of(frame, empty),
            "patient",
            f"{len(empty)} of {len(frame)} rows name no patient; each counts as a patient of its own",
            fix,
        )


def _doubtful_ids(frame: pd.DataFrame) -> Iterator[Fault]:
    """Yields ids that may be one, and ids that a spreadsheet has turned into dates."""
    if "patient" not in frame:
        return
    patients = column_text(frame, "patient")
    named = pd.Series(patients[patients != ""].unique(), dtype=object)
    # One of each of those that folds take for one patient in any case.
    single = named[~named.map(patient_key).duplicated()]
    for _, group in single.groupby(single.map(lambda text: _SIGNS.sub("", patient_key(text)))):
        if len(group) > 1:
            yield Fault(
                "patient_alike",
                rows_of(frame, np.flatnonzero(patients.isin(group).to_numpy())),
                "patient",
                f"{_listed(list(group))} differ only in signs such as - and _",
                "if they are one patient, write the id in one way: folds take them for different ones",
            )
    dates = patients.map(lambda text: _DATE.fullmatch(text) is not None).to_numpy(bool)
    if dates.any():
        yield Fault(
            "date_as_id",
            rows_of(frame, np.flatnonzero(dates)),
            "patient",
            f"{_listed(list(patients[dates].unique()))} look like ids that a spreadsheet has turned into dates",
            "export the ids as text: format the column as text before pasting or importing them",
        )


def _missing_words(frame: pd.DataFrame, column: str) -> Iterator[Fault]:
    cells = column_text(frame, column)
    words = cells.map(is_missing_word).to_numpy(bool)
    if words.any():
        what = "one patient" if column == "patient" else "classes"
        named = _listed(list(cells[words].unique()))
        yield Fault(
            "missing_word",
            rows_of(frame, np.flatnonzero(words)),
            column,
            f"{named} probably mean that nothing is known, but count as {what}",
            "empty these cells, or declare the words: --missing " + ",".join(cells[words].unique()),
        )


def _class_spellings(frame: pd.DataFrame, column: str) -> Iterator[Fault]:
    cells = column_text(frame, column)
    for _, group in cells[cells != ""].groupby(cells.map(_class_key)):
        spellings = list(group.unique())
        if len(spellings) > 1 and not is_missing_word(spellings[0]):
            yield Fault(
                "class_spelling",
                rows_of(frame, np.flatnonzero(frame.index.isin(group.index))),
                column,
                f"{_listed(spellings)} are probably one class",
                "write each class in one way",
            )


def _class_key(cell: str) -> str:
    """Returns what spellings of one class have in common: `DR`, `dr` and `D.R.`; numbers keep their signs."""
    key = _BLANKS.sub("", cell.casefold())
    return _SIGNS.sub("", key) if any(sign.isalpha() for sign in key) else key


def _two_persons(frame: pd.DataFrame) -> Iterator[Fault]:
    if "patient" not in frame:
        return
    patients = column_text(frame, "patient")
    named = (patients != "") & ~patients.map(is_missing_word)
    for column in frame.columns:
        what = _FIXED.get(re.sub(r"[\s_\-.]+", "", str(column)).casefold())
        if what is None or column == "patient":
            continue
        cells = column_text(frame, str(column)).str.casefold()
        known = named & (cells != "") & ~cells.map(is_missing_word)
        counts = cells[known].groupby(patients[known]).nunique()
        for patient in counts.index[counts > 1]:
            rows = known & (patients == patient)
            yield Fault(
                "two_persons",
                rows_of(frame, np.flatnonzero(rows.to_numpy())),
                str(column),
                f"patient {patient} has more than one {what}: {_listed(list(cells[rows].unique()))}",
                "give two persons two ids, or correct the value",
            )


def _eyes_against_names(frame: pd.DataFrame) -> Iterator[Fault]:
    if "eye" not in frame:
        return
    eyes = column_text(frame, "eye")
    said = column_text(frame, "image").map(eye_of_name)
    wrong = np.flatnonzero(((said != "") & eyes.isin(("left", "right")) & (said != eyes)).to_numpy())
    if len(wrong):
        first = column_text(frame, "image").iloc[wrong[0]]
        yield Fault(
            "eye_against_name",
            rows_of(frame, wrong),
            "eye",
            f"the file's name says the other eye, such as {first} ({eyes.iloc[wrong[0]]})",
            "find out which of the two is right",
        )


def _listed(values: Sequence[str]) -> str:
    more = f" and {len(values) - _SHOWN} more" if len(values) > _SHOWN else ""
    return ", ".join(values[:_SHOWN]) + more
