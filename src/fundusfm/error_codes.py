"""Every error code with its cause and its fix; the documentation's page of errors is made from this table."""

from typing import NamedTuple


class CodeEntry(NamedTuple):
    """What a code means and what to do about it."""

    cause: str
    fix: str


CODES = {
    "E": CodeEntry("Input that cannot be used, for a reason that the sentence names.", "Do what the sentence says."),
    "E-CONFIG": CodeEntry(
        "Options contradict each other or do not fit the data.", "Change or leave out the option that is named."
    ),
    "E-CONFIG-COMMAND": CodeEntry("There is no such command.", "`fundusfm --help` lists the commands."),
    "E-CONFIG-OPTION": CodeEntry(
        "An option is unknown, missing, or has a value of the wrong type.",
        "`fundusfm COMMAND --help` lists the options.",
    ),
    "E-CONFIG-RANGE": CodeEntry("A number is out of its range.", "Give a value in the range that is named."),
    "E-DECODE": CodeEntry("A file cannot be decoded into a photograph.", "Copy or export the file again."),
    "E-EVALUATION": CodeEntry(
        "Predictions cannot be scored or compared as asked.", "Give runs of the same photographs and labels."
    ),
    "E-EXTRA": CodeEntry("An optional part of the package is not installed.", "Install the extra that is named."),
    "E-LABEL": CodeEntry(
        "A label column is missing or holds a value outside its set.", "Correct the column, or name another label."
    ),
    "E-LABEL-COMPARISON": CodeEntry(
        "A comparison such as `Diagnosis!=normal` does not fit its column.", "Compare with a value that it holds."
    ),
    "E-MANIFEST": CodeEntry(
        "The manifest is missing, unreadable, or lacks a column.",
        "Correct the table; `fundusfm data check` lists faults.",
    ),
    "E-MASK": CodeEntry(
        "A mask is missing, damaged, empty, or belongs to another photograph.", "Correct its path in the manifest."
    ),
    "E-PACS": CodeEntry(
        "An archive cannot be reached, refuses, or does not speak DICOMweb.", "Check address, credentials and service."
    ),
    "E-RUN": CodeEntry(
        "The output folder exists, was written by something else, or cannot be resumed.",
        "Give another --out, --resume with the same options, or --overwrite.",
    ),
    "E-SELECT": CodeEntry(
        "A --select expression cannot be read, names no column, or keeps no row.", "Correct the expression."
    ),
    "E-SOURCE": CodeEntry(
        "The folder of a public data set is not laid out as published.", "`fundusfm data list NAME` shows the layout."
    ),
    "E-SPLIT": CodeEntry(
        "The data cannot be split as asked: too few patients, or a class is missing.", "Use fewer folds or more data."
    ),
    "E-SPLIT-UNFILLED": CodeEntry(
        "A fold would have no patient, or a training part only one class.",
        "Use fewer folds, or add patients of the rarer class.",
    ),
    "E-STORE": CodeEntry(
        "A store is missing, incomplete, or was built with other settings.", "Build it with `fundusfm data prepare`."
    ),
    "E-SYSTEM": CodeEntry("The machine refused something.", "Do what the sentence says; `fundusfm doctor` helps."),
    "E-SYSTEM-GONE": CodeEntry("A file or folder went away while it was used.", "Put it back and use --resume."),
    "E-SYSTEM-HANDLES": CodeEntry("Too many files are open at once.", "`ulimit -n 4096`, or fewer --workers."),
    "E-SYSTEM-PERMISSION": CodeEntry("A file or folder may not be read or written.", "Give one that you may write."),
    "E-SYSTEM-READ-ONLY": CodeEntry("The file system is read-only.", "Give a folder that can be written."),
    "E-SYSTEM-SPACE": CodeEntry("The disk or the quota is full.", "Free some space, or give a folder elsewhere."),
    "E-WEIGHTS": CodeEntry(
        "Weights or a bundle are missing, damaged, or do not fit.", "`fundusfm weights list` shows what can be named."
    ),
}
