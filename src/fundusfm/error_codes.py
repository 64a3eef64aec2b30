"""Every error code with its cause and its fix; the documentation's page of errors is made from this table."""

from typing import NamedTuple


class Explanation(NamedTuple):
    """What a code means and what to do about it."""

    cause: str
    fix: str


CODES = {
    "E": Explanation("Input that cannot be used, for a reason that the sentence names.", "Do what the sentence says."),
    "E-CONFIG": Explanation(
        "Options contradict each other or do not fit the data.", "Change or leave out the option that is named."
    ),
    "E-CONFIG-COMMAND": Explanation("There is no such command.", "`fundusfm --help` lists the commands."),
    "E-CONFIG-OPTION": Explanation(
        "An option is unknown, missing, or has a value of the wrong type.",
        "`fundusfm COMMAND --help` lists the options.",
    ),
    "E-CONFIG-RANGE": Explanation("A number is out of its range.", "Give a value in the range that is named."),
    "E-DECODE": Explanation("A file cannot be decoded into a photograph.", "Copy or export the file again."),
    "E-EVALUATION": Explanation(
        "Predictions cannot be scored or compared as asked.", "Give runs of the same photographs and labels."
    ),
    "E-EXTRA": Explanation("An optional part of the package is not installed.", "Install the extra that is named."),
    "E-LABEL": Explanation(
        "A label column is missing or holds a value outside its set.", "Correct the column, or name another label."
    ),
    "E-MANIFEST": Explanation(
        "The manifest is missing, unreadable, or lacks a column.",
        "Correct the table; `fundusfm data check` lists faults.",
    ),
    "E-MASK": Explanation(
        "A mask is missing, damaged, empty, or belongs to another photograph.", "Correct its path in the manifest."
    ),
    "E-PACS": Explanation(
        "An archive cannot be reached, refuses, or does not speak DICOMweb.", "Check address, credentials and service."
    ),
    "E-RUN": Explanation(
        "The output folder exists, was written by something else, or cannot be resumed.",
        "Give another --out, --resume with the same options, or --overwrite.",
    ),
    "E-SELECT": Explanation(
        "A --select expression cannot be read, names no column, or keeps no row.", "Correct the expression."
    ),
    "E-SOURCE": Explanation(
        "The folder of a public data set is not laid out as published.", "`fundusfm data list NAME` shows the layout."
    ),
    "E-SPLIT": Explanation(
        "The data cannot be split as asked: too few patients, or a class is missing.", "Use fewer folds or more data."
    ),
    "E-STORE": Explanation(
        "A store is missing, incomplete, or was built with other settings.", "Build it with `fundusfm data prepare`."
    ),
    "E-WEIGHTS": Explanation(
        "Weights or a bundle are missing, damaged, or do not fit.", "`fundusfm weights list` shows what can be named."
    ),
}
