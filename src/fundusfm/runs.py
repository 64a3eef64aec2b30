"""The run folder: what every command that computes results leaves behind, and how it refuses to lose one.

A run folder holds `config.yaml` (exact, re-runnable), `environment.json`, `metrics.json`,
`predictions.parquet`, `checkpoints/`, `report.html` and `log.txt`.
"""

import json
import math
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from contextvars import ContextVar
from dataclasses import asdict, dataclass, is_dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import yaml

from fundusfm.config.renamed import current_names
from fundusfm.errors import FundusFMError, RunFolderError
from fundusfm.names import shown

_RECORDED_PACKAGES = (
    "fundusfm",
    "torch",
    "torchvision",
    "timm",
    "lightning",
    "scikit-learn",
    "numpy",
    "pandas",
    "duckdb",
    "opencv-python-headless",
)


_LOCK = ".lock"
_PATIENCE = (0.01, 0.05, 0.2, 0.5, 1.0)
"""Seconds between attempts to replace a file that somebody reads."""

_RECORDS = {_LOCK, "config.yaml", "environment.json", "inputs.json", "log.txt"}
"""Files that a run folder holds before anything is computed."""


def write_atomic(path: Path, content: str | bytes) -> None:
    """Writes a file so that a reader, or a kill at any moment, sees the old content or the new, never half."""
    with replacing(path) as temporary:
        if isinstance(content, str):
            temporary.write_text(content, encoding="utf-8", newline="\n")
        else:
            temporary.write_bytes(content)


def write_cached(path: Path, content: bytes) -> None:
    """Writes a file that can be computed again; where the cache folder cannot be written, says so and goes on."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, content)
    except OSError as error:
        print(
            f"WARNING: {shown(path.parent)} cannot be written ({error.strerror or error}), so nothing is kept there "
            "and the next run computes it again; $FUNDUSFM_CACHE names another cache folder",
            file=sys.stderr,
        )


def make_parent(file: Path) -> None:
    """Creates the folder of a file that is to be written, and says so: its name may have been mistyped."""
    folder = file.parent
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        print(f"made the folder {shown(folder)}", file=sys.stderr)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yields where to write what takes the place of a file once it is whole; `write_atomic` for what is in pieces.

    The new file stands beside the old one, is on the disk before it takes the old one's name, and is removed when
    writing it fails.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        _flush_to_disk(temporary)
        _take_name(temporary, path)
    except OSError as error:
        if error.filename is None:  # as of a full disk
            error.filename = str(path)
        raise
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _flush_to_disk(path: Path) -> None:
    """Waits until a file's content is on the disk."""
    with path.open("r+b") as file:  # Windows flushes only what may be written
        os.fsync(file.fileno())


def _take_name(temporary: Path, path: Path) -> None:
    """Gives a file the name of another, which goes.

    Windows refuses that while somebody reads the other one: a table open in a program, or a virus scanner for a moment.
    """
    for wait in _PATIENCE if sys.platform == "win32" else ():
        try:
            temporary.replace(path)
            return
        except PermissionError:
            time.sleep(wait)
    temporary.replace(path)


def remove_leftovers(folder: Path) -> None:
    """Removes the temporary files of writes that were killed; only for who alone writes into the folder."""
    for leftover in folder.rglob(".*.tmp"):
        leftover.unlink(missing_ok=True)


@contextmanager
def exclusive_lock(out: Path, *, command: str) -> Iterator[None]:
    """Holds an output while it is written; the lock goes with the process, however that ends.

    The lock is a file, `.lock` in a folder or `.NAME.lock` beside a file, which stays: who took it away could let two
    others in.

    Args:
        out: A folder that exists, or a file in one.
        command: Subcommand that writes it.

    Raises:
        RunFolderError: Another process on this machine holds it.
    """
    from filelock import FileLock, Timeout  # a tenth of a second, which `--help` need not wait for

    lock_path(out).touch()  # says why where it cannot be written; the lock itself would only say that it is taken
    try:
        with FileLock(lock_path(out), timeout=0):
            yield
    except Timeout as error:
        raise RunFolderError(
            f"Another fundusfm {command} is at work in {out}: wait for its end, or give another --out.", code="LOCKED"
        ) from error


_locks: ContextVar[ExitStack | None] = ContextVar("_locks", default=None)


@contextmanager
def command_locks() -> Iterator[None]:
    """Keeps the locks of the run folders that a command opens until the command ends."""
    with ExitStack() as stack:
        before = _locks.set(stack)
        try:
            yield
        finally:
            _locks.reset(before)


def lock_path(out: Path) -> Path:
    """Returns the file by which `exclusive_lock` holds an output."""
    return out / _LOCK if out.is_dir() else out.with_name(f".{out.name}.lock")


def plain(value: Any) -> Any:
    """Turns paths, NumPy scalars and mappings into what JSON and YAML hold; NaN becomes None."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [plain(item) for item in value]
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "item") and getattr(value, "ndim", 0) == 0:
        value = value.item()
    elif hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def environment() -> dict[str, Any]:
    """Returns what the numbers of a run may depend on: versions, machine, threads."""
    versions: dict[str, str | None] = {}
    for name in _RECORDED_PACKAGES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = None
    return {
        "python": sys.version.split()[0],
        "platform": platform.platform(),
        "cpus": os.cpu_count(),
        "packages": versions,
        "command": sys.argv,
    }


def first_process() -> bool:
    """Whether this is the only process of a run, or the first of several devices or nodes: the one that writes."""
    if "TORCHELASTIC_RUN_ID" in os.environ:  # torchrun numbers the processes itself, whatever SLURM counts beside it
        return os.environ["RANK"] == "0"
    return all(os.environ.get(name, "0") == "0" for name in ("RANK", "LOCAL_RANK", "NODE_RANK", "SLURM_PROCID"))


@dataclass(frozen=True)
class RunFolder:
    """The folder of one run."""

    path: Path

    @property
    def checkpoints(self) -> Path:
        """Folder of everything needed to resume; the first process makes it."""
        folder = self.path / "checkpoints"
        if first_process():
            folder.mkdir(exist_ok=True)
        return folder

    @property
    def finished(self) -> bool:
        """Whether the run ended: metrics are always written last."""
        return (self.path / "metrics.json").exists()

    def earlier_metrics(self, *, resume: bool) -> dict[str, Any] | None:
        """Returns the metrics of a resumed run that is finished already, after saying so; else None.

        Args:
            resume: Whether the run was asked to go on.

        Raises:
            RunFolderError: `metrics.json` is damaged.
        """
        if not (resume and self.finished):
            return None
        metrics = _read_mapping(self.path / "metrics.json")
        self.log(f"{self.path} is finished already: {self.path / 'bundle'}")
        return metrics

    def record_inputs(self, inputs: Mapping[str, str]) -> None:
        """Records hashes of what the run is computed from; a run that is resumed must find the same.

        Args:
            inputs: What it is in words, such as `labels of store/odir`, and its hash.

        Raises:
            RunFolderError: Something is not what it was when the run was started; both hashes are named.
        """
        file = self.path / "inputs.json"
        if not file.exists():
            self.write_json(file.name, inputs)
            return
        before = _read_mapping(file)
        changes = [
            f"{name}: {str(before.get(name, 'none'))[:12]} then, {inputs.get(name, 'none')[:12]} now"
            for name in {**before, **inputs}
            if before.get(name) != inputs.get(name)
        ]
        if changes:
            raise RunFolderError(
                f"{self.path} was started with other data than are there now ({'; '.join(changes)}): results of both "
                "would be mixed. Restore what was there, or start anew with --overwrite or another --out.",
                code="INPUTS",
            )

    def log(self, message: str, *, show: bool = True) -> None:
        """Adds a time-stamped line to `log.txt`, and shows it on standard error; once, however many processes run."""
        if not first_process():
            return
        message = shown(message)  # file names in it may hold escape sequences or bytes that are no text
        with (self.path / "log.txt").open("a", encoding="utf-8", newline="\n") as file:
            file.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {message}\n")
        if show:
            print(message, file=sys.stderr, flush=True)

    def write_json(self, name: str, content: Mapping[str, Any]) -> None:
        """Writes a JSON file into the folder, atomically; NaN is written as null."""
        write_atomic(self.path / name, json.dumps(plain(content), indent=2, allow_nan=False) + "\n")

    def write_metrics(self, metrics: Mapping[str, Any]) -> None:
        """Writes `metrics.json`, the last file of a run: its presence says that the run finished."""
        self.write_json("metrics.json", metrics)


def open_run(
    out: str | Path, *, command: str, config: object, overwrite: bool = False, resume: bool | None = None
) -> RunFolder:
    """Creates the run folder, or enters the one to resume, and records configuration and environment.

    Args:
        out: The folder.
        command: Subcommand that writes it, such as `pretrain`.
        config: The command's configuration (a dataclass or a mapping); written to `config.yaml`, so that
            `fundusfm COMMAND --config OUT/config.yaml` runs it again.
        overwrite: Empty an existing folder first.
        resume: Continue in an existing folder; its recorded configuration must agree. None for a command that cannot.

    Raises:
        RunFolderError: The folder is not empty and neither flag was given, both were given, it was
            written by something else than a run, or its recorded configuration differs.
    """
    path = Path(out)
    if overwrite and resume:
        raise RunFolderError("Cannot both overwrite and resume a run: give one of --overwrite and --resume.")
    options = asdict(config) if is_dataclass(config) and not isinstance(config, type) else config
    # `overwrite` and `resume` say how to enter the folder; they are no part of what is computed in it.
    record = {key: value for key, value in plain(options).items() if key not in ("overwrite", "resume")}
    check_entry(path, overwrite=overwrite, resume=resume)
    path.mkdir(parents=True, exist_ok=True)
    if (locks := _locks.get()) is not None:
        locks.enter_context(exclusive_lock(path, command=command))
    # Another process may have been here since.
    if check_entry(path, overwrite=overwrite, resume=resume):
        if resume:
            _refuse_other_config(path, command, record)
            remove_leftovers(path)
        else:
            _empty(path)
    elif locks is not None:
        locks.push(_removal_of_refused(path))
    run = RunFolder(path)
    write_atomic(
        path / "config.yaml",
        f"# fundusfm {command} --config {path / 'config.yaml'}\n" + yaml.safe_dump(record, sort_keys=False),
    )
    run.write_json("environment.json", {"subcommand": command, **environment()})
    run.log(f"fundusfm {command}{' (resumed)' if resume else ''} -> {path}", show=False)
    return run


def _removal_of_refused(path: Path) -> Callable[..., None]:
    """Returns what empties a fresh run folder when the command is refused, so that the corrected one may use it."""

    def leave(kind: object, error: BaseException | None, trace: object) -> None:
        entries = {entry.name: entry for entry in path.iterdir()} if path.is_dir() else {}
        if isinstance(error, FundusFMError) and entries.keys() <= _RECORDS:
            for name in entries.keys() - {_LOCK}:
                entries[name].unlink()

    return leave


def check_entry(path: Path, *, overwrite: bool, resume: bool | None) -> bool:
    """Returns whether there is a run already, after making sure that it may be entered as asked."""
    if path.exists() and not path.is_dir():
        raise RunFolderError(f"{path} is a file; --out needs a folder.")
    if not path.exists() or all(entry.name == _LOCK for entry in path.iterdir()):
        return False
    if not (overwrite or resume):
        others = "or --overwrite" if resume is None else "--resume to continue it, or --overwrite"
        raise RunFolderError(f"{path} exists and is not empty: give another --out, {others} to replace it.")
    if not (path / "config.yaml").exists():
        raise RunFolderError(
            f"{path} holds no config.yaml, so it is not a run of fundusfm: give another --out (nothing was changed)."
        )
    return True


def named_run(entry: str) -> tuple[str, Path]:
    """Returns the name and folder of `RUN` or `NAME=RUN`; a run without a name is called like its folder."""
    name, given, path = entry.partition("=")
    if not given or Path(entry).is_dir():
        return Path(entry).resolve().name, Path(entry)
    return name, Path(path)


def check_run_folder(folder: Path) -> None:
    """Refuses what is no run folder.

    Raises:
        RunFolderError: There is no such folder, or it was not written by a run.
    """
    if not folder.is_dir():
        raise RunFolderError(f"{folder} is not a folder; a report needs the run folder that --out named.")
    if [entry.name for entry in folder.iterdir()] == [_LOCK]:
        raise RunFolderError(f"{folder} holds no run: its command was refused before it began. Run that command again.")
    if not (folder / "config.yaml").exists() and not (folder / "metrics.json").exists():
        raise RunFolderError(f"{folder} holds neither config.yaml nor metrics.json, so it is not a run of fundusfm.")


def _refuse_other_config(path: Path, command: str, record: Mapping[str, Any]) -> None:
    before = current_names(_read_mapping(path / "config.yaml"))
    recorded = _read_mapping(path / "environment.json")
    if recorded.get("subcommand", command) != command:
        raise RunFolderError(
            f"{path} was written by fundusfm {recorded['subcommand']}, not by fundusfm {command}: give another --out."
        )
    other = sorted(key for key in {*before, *record} if before.get(key) != record.get(key) and key != "out")
    if other:
        changes = "; ".join(f"{key}: {before.get(key)!r} then, {record.get(key)!r} now" for key in other)
        raise RunFolderError(
            f"{path} was started with other options ({changes}). Resume with the same ones, or give another --out."
        )


def _read_mapping(path: Path) -> dict[str, Any]:
    """Reads a JSON or YAML file of a run; an empty mapping where it is missing.

    Raises:
        RunFolderError: It is damaged.
    """
    try:
        text = path.read_text(encoding="utf-8")
        content = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text) or {}
        if not isinstance(content, dict):
            raise ValueError("it holds no names")
    except FileNotFoundError:
        return {}
    except (yaml.YAMLError, ValueError) as error:
        raise RunFolderError(
            f"{path} is damaged ({str(error).splitlines()[0]}): restore it, or start anew with --overwrite or another "
            "--out.",
            code="DAMAGED",
        ) from error
    return content


def _empty(path: Path) -> None:
    import shutil

    for entry in path.iterdir():
        if entry.name == _LOCK:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
