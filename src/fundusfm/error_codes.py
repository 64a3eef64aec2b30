"""Every error code with its cause and its fix; the documentation's page of errors is made from this table."""

from typing import NamedTuple


class CodeEntry(NamedTuple):
    """What a code means and what to do about it."""

    cause: str
    fix: str


CODES = {
    "E": CodeEntry("Input that cannot be used, for a reason that the sentence names.", "Do what the sentence says."),
    "E-AUDIT": CodeEntry(
        "An audit log cannot be written, so results are not given out.", "Make room, or name another file."
    ),
    "E-AUDIT-DAMAGED": CodeEntry(
        "An audit log was cut or changed.", "Keep it as it is, and start a log of another name."
    ),
    "E-AUDIT-MISSING": CodeEntry("There is no audit log at a path.", "Give a file that --audit-log named."),
    "E-CONFIG": CodeEntry(
        "Options contradict each other or do not fit the data.", "Change or leave out the option that is named."
    ),
    "E-CONFIG-NO-IMAGE": CodeEntry(
        "A folder or an archive holds no image file.",
        "Give the folder that holds the photographs; the sentence says what it holds instead.",
    ),
    "E-CONFIG-PATH": CodeEntry(
        "There is nothing at any path that was named.",
        "Correct the paths.",
    ),
    "E-CONFIG-COMMAND": CodeEntry("There is no such command.", "`fundusfm --help` lists the commands."),
    "E-CONFIG-OPTION": CodeEntry(
        "An option is unknown, missing, or has a value of the wrong type.",
        "`fundusfm COMMAND --help` lists the options.",
    ),
    "E-CONFIG-RANGE": CodeEntry("A number is out of its range.", "Give a value in the range that is named."),
    "E-CONFIG-SEEN": CodeEntry(
        "A model was trained on some of the photographs that it is to be adapted to.",
        "Leave these photographs, and others of the same people, out.",
    ),
    "E-CONFIG-TOO-FEW": CodeEntry(
        "There are too few photographs for the interval that was asked for.",
        "Add photographs of the kind that is named, or accept a wider interval with `--half-width`.",
    ),
    "E-DECODE": CodeEntry("A file cannot be decoded into a photograph.", "Copy or export the file again."),
    "E-DECODE-ARCHIVE": CodeEntry(
        "A member of a zip archive is damaged or encrypted.",
        "Copy the archive again, or unpack it and give the folder.",
    ),
    "E-DECODE-DAMAGED": CodeEntry(
        "A file is truncated, or a part of its data is damaged or missing.",
        "Copy or export the file again.",
    ),
    "E-DECODE-EMPTY": CodeEntry(
        "A file has no bytes.",
        "Copy the file again.",
    ),
    "E-DECODE-FORMAT": CodeEntry(
        "A file is no image that can be read.",
        "Export the photograph as JPEG, PNG or TIFF.",
    ),
    "E-DECODE-LIMIT": CodeEntry(
        "A file took more time or memory than one photograph may.",
        "Export it again, smaller.",
    ),
    "E-DECODE-MISSING": CodeEntry(
        "A file does not exist, or a link leads to nothing.",
        "Correct the path; `fundusfm data check` looks for the file nearby.",
    ),
    "E-DECODE-NO-FILE": CodeEntry(
        "A path names a folder, a pipe or a device.",
        "Give a file.",
    ),
    "E-DECODE-NUMBER": CodeEntry(
        "A file holds fewer photographs than the number after `#` says.",
        "Correct the number.",
    ),
    "E-DECODE-REPEATED": CodeEntry(
        "Another row of the table lists the same photograph with the same cells.", "Nothing: the first row is kept."
    ),
    "E-DECODE-SIZE": CodeEntry(
        "A file has more bytes or pixels than a photograph may.",
        "Export it smaller, or with 8 bits.",
    ),
    "E-EVALUATION": CodeEntry(
        "Predictions cannot be scored or compared as asked.", "Give runs of the same photographs and labels."
    ),
    "E-EVALUATION-OTHER-ROWS": CodeEntry(
        "Runs that are to be compared judged other photographs, or the same in other folds.",
        "Run both with the same data, selection, labels, folds and seed.",
    ),
    "E-EXTRA": CodeEntry("An optional part of the package is not installed.", "Install the extra that is named."),
    "E-FHIR": CodeEntry(
        "A FHIR server cannot be reached, refuses a report, or is none.", "Check address, token and the server's log."
    ),
    "E-LABEL": CodeEntry(
        "A label column is missing or holds a value outside its set.", "Correct the column, or name another label."
    ),
    "E-LABEL-COLUMN": CodeEntry(
        "There is no such label column.",
        "Name one of the columns that the sentence lists.",
    ),
    "E-LABEL-VALUE": CodeEntry(
        "A cell of a label column holds a value outside the declared set.",
        "Correct or empty the cell, or declare words for unknown with --missing.",
    ),
    "E-LABEL-COMPARISON": CodeEntry(
        "A comparison such as `Diagnosis!=normal` does not fit its column.", "Compare with a value that it holds."
    ),
    "E-LABEL-ONE-CLASS": CodeEntry(
        "A label has positives only, or none at all.", "Correct the column's name or --select, or leave the label out."
    ),
    "E-LABEL-MISSING-WORD": CodeEntry(
        "A compared column holds a word such as `N/A` that means unknown.", "Empty it, or declare it with --missing."
    ),
    "E-MANIFEST": CodeEntry(
        "The manifest is missing, unreadable, or lacks a column.",
        "Correct the table; `fundusfm data check` lists faults.",
    ),
    "E-MANIFEST-COLUMN": CodeEntry(
        "The table has no column `image`.",
        "Rename the column of the files' paths to `image`.",
    ),
    "E-MANIFEST-DUPLICATE": CodeEntry(
        "Two columns have one name.",
        "Give every column its own name.",
    ),
    "E-MANIFEST-EMPTY": CodeEntry(
        "The table has no rows.",
        "Add a row for each photograph.",
    ),
    "E-MANIFEST-ENCODING": CodeEntry(
        "The table is not UTF-8 text.",
        "Save it as 'CSV UTF-8'.",
    ),
    "E-MANIFEST-FORMAT": CodeEntry(
        "The file is not valid CSV, Excel or Parquet.",
        "Save the table again.",
    ),
    "E-MANIFEST-MISSING": CodeEntry(
        "There is no manifest at the path.",
        "Correct the path; a manifest is one file.",
    ),
    "E-MANIFEST-RESERVED": CodeEntry(
        "A column has a name that a store uses for its own.",
        "Rename the column.",
    ),
    "E-MANIFEST-ROW": CodeEntry(
        "A row is blank, or has more or fewer cells than the header.",
        "Mend the row that is named.",
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
    "E-RUN-DAMAGED": CodeEntry(
        "A file of a run folder is damaged, so the run cannot be resumed.", "Restore it, or start anew."
    ),
    "E-RUN-INPUTS": CodeEntry(
        "Store, labels or weights are not those that the run was started with.",
        "Restore them, or start anew with --overwrite or another --out.",
    ),
    "E-RUN-LOCKED": CodeEntry("Another process is at work in the output.", "Wait for its end, or give another --out."),
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
        "The sentence names a number of folds that can be filled; where none can, add patients of the rarer class.",
    ),
    "E-STORE": CodeEntry(
        "A store is missing, incomplete, or was built with other settings.", "Build it with `fundusfm data prepare`."
    ),
    "E-STORE-DAMAGED": CodeEntry(
        "A file of the store is damaged.",
        "Build the store again, with --resume where the sentence says so.",
    ),
    "E-STORE-DISK": CodeEntry(
        "The store cannot be written.",
        "Make room, and continue with --resume.",
    ),
    "E-STORE-EXISTS": CodeEntry(
        "The output exists, or holds something else than a store.",
        "Give another --out, --resume or --overwrite.",
    ),
    "E-STORE-MISSING": CodeEntry(
        "There is no store, or it is unfinished.",
        "Build or finish it with `fundusfm data prepare`.",
    ),
    "E-STORE-OTHER-INPUT": CodeEntry(
        "A store cannot be continued from other input.",
        "Resume with the same manifest and options, or give another --out.",
    ),
    "E-STORE-REPEATED": CodeEntry(
        "A store holds a photograph twice.", "Prepare it again with `--overwrite`: one of equal rows is kept."
    ),
    "E-STORE-VERSION": CodeEntry(
        "The store was written by another version.",
        "Build the store again.",
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
    "E-WEIGHTS-CARD": CodeEntry(
        "A bundle's card.json is damaged, or holds a value that no model of this version can have.",
        "Copy the bundle again, or ask those who made it.",
    ),
    "E-WEIGHTS-CHECKSUM": CodeEntry("The weights differ from what was written.", "Copy the bundle again."),
    "E-WEIGHTS-MEMORY": CodeEntry(
        "A file of weights asks for far more memory than it is large: it is damaged, or made to harm.",
        "Compare its checksum with the source's, or ask for the state dict as safetensors.",
    ),
}
