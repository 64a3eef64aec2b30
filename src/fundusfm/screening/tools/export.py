"""The work of `fundusfm export`."""

import json
import sys
from pathlib import Path

from fundusfm.config.predict import ExportConfig
from fundusfm.errors import ConfigError, RunFolderError
from fundusfm.names import shown
from fundusfm.runs import plain, write_atomic
from fundusfm.screening.results import read_table
from fundusfm.screening.tools.fiftyone import fiftyone_files
from fundusfm.screening.tools.label_studio import INTERFACE, TASKS, interface, tasks
from fundusfm.screening.tools.result import label_names, result_rows

_GIVE = "give the table that fundusfm predict --out wrote"
_NEXT = {
    "fiftyone": "fiftyone.Dataset.from_dir({out!r}, dataset_type=fiftyone.types.FiftyOneImageClassificationDataset, "
    'label_field="screening")',
    "label-studio": "the content of label_config.xml as labelling interface, then tasks.json by Import",
}


def run_export(config: ExportConfig) -> Path:
    """Runs the command; see `fundusfm.commands` for results and errors."""
    source, out, root = Path(config.results), Path(config.out), Path(config.images or ".")
    if not source.is_file():
        raise ConfigError(f"{source} is no file: {_GIVE}.")
    table = read_table(source, fix=_GIVE)
    rows, left_out = result_rows(table, (root, source.parent, Path()))
    if not rows:
        such = f", such as {shown(left_out[0])}," if left_out else ""
        raise ConfigError(
            f"None of the {len(table)} photographs of {source}{such} is a file: give the folder that its paths start "
            "at as --images."
        )
    labels = label_names(table)
    if config.to == "fiftyone":
        contents = {name: _json(content) for name, content in fiftyone_files(rows, labels).items()}
    else:
        contents = {TASKS: _json(tasks(rows, root, config.url)), INTERFACE: interface(labels)}
    if (before := [name for name in contents if (out / name).exists()]) and not config.overwrite:
        raise RunFolderError(f"{out / before[0]} exists already: give another --out, or --overwrite to replace it.")
    out.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        write_atomic(out / name, content)
    if left_out:
        print(
            f"left out: {len(left_out)} that are no file of their own or are not there, such as {shown(left_out[0])}",
            file=sys.stderr,
        )
    print(
        f"{out}: {len(rows)} photographs for {config.to}. To import: {_NEXT[config.to].format(out=str(out))}",
        file=sys.stderr,
    )
    return out


def _json(content: object) -> str:
    return json.dumps(plain(content), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
