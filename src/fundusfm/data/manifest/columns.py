"""Known columns under other names: `Patient ID` is `patient`, `OD` is `right`."""

import re

import pandas as pd

from fundusfm.data.eye_names import eye_cell

_ALIASES = {
    "image": ("image", "filename", "imagename", "imagefile", "imagepath", "filepath", "photograph", "photo", "file"),
    "patient": (
        *("patient", "patientid", "patientidentifier", "patientnumber", "patientno", "patid", "ptid", "mrn"),
        *("medicalrecordnumber", "subject", "subjectid", "subjectnumber", "subjectno", "participant"),
        *("participantid", "person", "personid"),
    ),
    "age": ("age", "ageyears", "ageinyears", "patientage"),
    "eye": ("eye", "laterality", "eyeside", "eyelaterality", "odos", "osod", "side"),
}
"""Names that mean a known column, in lower case and without blanks and signs, the surest ones first."""

_SIGNS = re.compile(r"[\s_\-.:/]+")


def with_known_columns(table: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, str]]:
    """Adds `image`, `patient`, `age` and `eye` where the table has such a column under another name.

    The table's own columns stay, but one that differs in upper and lower case only, such as `Age`, is renamed: a store
    cannot hold both. Spellings of the two eyes become `left` and `right`; other cells of `eye` stay.

    Returns:
        The table, and the column that each added one was taken from.
    """
    taken: dict[str, str] = {}
    plain = {_SIGNS.sub("", str(name)).casefold(): str(name) for name in reversed(list(table.columns))}
    for known, aliases in _ALIASES.items():
        found = next((plain[alias] for alias in aliases if alias in plain), None)
        if known not in table.columns and found is not None:
            same = found.casefold() == known
            table = table.rename(columns={found: known}) if same else table.assign(**{known: table[found]})
            taken[known] = found
    if "eye" in table.columns:
        table = table.assign(eye=table["eye"].map(eye_cell))
    return table, taken
