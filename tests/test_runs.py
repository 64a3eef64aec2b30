"""Run folders: what is recorded, what is refused, and that nothing is half written."""

import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import fundusfm
from fundusfm.errors import LabelError, RunFolderError
from fundusfm.runs import (
    command_locks,
    environment,
    exclusive_lock,
    lock_path,
    make_parent,
    open_run,
    plain,
    write_atomic,
    write_cached,
)

_CONFIG = {"out": "run", "labels": ["abnormal"], "rate": 1e-3, "select": None, "overwrite": False, "resume": False}


def test_a_new_run_records_configuration_and_environment(tmp_path: Path) -> None:
    run = open_run(tmp_path / "a" / "run", command="probe", config=_CONFIG)
    recorded = yaml.safe_load((run.path / "config.yaml").read_text())
    assert recorded == {"out": "run", "labels": ["abnormal"], "rate": 1e-3, "select": None}
    facts = json.loads((run.path / "environment.json").read_text())
    assert facts["subcommand"] == "probe"
    assert facts["packages"]["torch"]
    assert "fundusfm probe" in (run.path / "log.txt").read_text()
    assert not run.finished
    run.write_metrics({"auroc": np.float32(0.5), "missing": math.nan})
    assert run.finished
    assert json.loads((run.path / "metrics.json").read_text()) == {"auroc": 0.5, "missing": None}


def test_an_existing_run_is_refused_without_a_flag(tmp_path: Path) -> None:
    run = open_run(tmp_path / "run", command="probe", config=_CONFIG)
    (run.path / "result").write_text("precious")
    with pytest.raises(RunFolderError, match="--resume to continue it, or --overwrite"):
        open_run(run.path, command="probe", config=_CONFIG, resume=False)
    with pytest.raises(RunFolderError, match="give another --out, or --overwrite"):
        open_run(run.path, command="monitor", config=_CONFIG)
    assert (run.path / "result").read_text() == "precious"


def test_overwrite_empties_the_folder(tmp_path: Path) -> None:
    run = open_run(tmp_path / "run", command="probe", config=_CONFIG)
    (run.checkpoints / "last").write_text("old")
    run.write_metrics({})
    again = open_run(run.path, command="finetune", config={**_CONFIG, "folds": 3}, overwrite=True)
    assert not again.finished
    assert not (again.path / "checkpoints").exists()


def test_a_folder_that_is_no_run_is_never_emptied(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    for flag in ("overwrite", "resume"):
        with pytest.raises(RunFolderError, match="not a run of fundusfm"):
            open_run(tmp_path, command="probe", config=_CONFIG, **{flag: True})
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_resume_keeps_what_is_there(tmp_path: Path) -> None:
    run = open_run(tmp_path / "run", command="probe", config=_CONFIG)
    (run.checkpoints / "last").write_text("state")
    again = open_run(run.path, command="probe", config={**_CONFIG, "resume": True}, resume=True)
    assert (again.checkpoints / "last").read_text() == "state"
    assert open_run(tmp_path / "new", command="probe", config=_CONFIG, resume=True).path.is_dir()


def test_resume_with_other_options_names_them(tmp_path: Path) -> None:
    open_run(tmp_path / "run", command="probe", config=_CONFIG)
    with pytest.raises(RunFolderError, match=r"rate: 0\.001 then, 0\.1 now"):
        open_run(tmp_path / "run", command="probe", config={**_CONFIG, "rate": 0.1}, resume=True)
    with pytest.raises(RunFolderError, match="written by fundusfm probe, not by fundusfm finetune"):
        open_run(tmp_path / "run", command="finetune", config=_CONFIG, resume=True)


def test_contradicting_flags_and_a_file_in_the_way(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match="one of --overwrite and --resume"):
        open_run(tmp_path / "run", command="probe", config=_CONFIG, overwrite=True, resume=True)
    (tmp_path / "file").write_text("")
    with pytest.raises(RunFolderError, match="is a file"):
        open_run(tmp_path / "file", command="probe", config=_CONFIG)


def test_an_empty_folder_may_be_used(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    assert open_run(tmp_path / "run", command="probe", config=_CONFIG).path == tmp_path / "run"


def test_log_adds_lines_and_shows_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = open_run(tmp_path / "run", command="probe", config=_CONFIG)
    run.log("fold 1 of 5")
    assert capsys.readouterr().err == "fold 1 of 5\n"
    run.log("quiet", show=False)
    assert capsys.readouterr().err == ""
    lines = (run.path / "log.txt").read_text().splitlines()
    assert [line.split(maxsplit=2)[2] for line in lines[1:]] == ["fold 1 of 5", "quiet"]


def test_atomic_writing_leaves_old_content_when_it_fails(tmp_path: Path) -> None:
    target = tmp_path / "metrics.json"
    write_atomic(target, "old")
    with pytest.raises(UnicodeEncodeError):
        write_atomic(target, "\ud800")
    assert target.read_text() == "old"
    write_atomic(target, b"new")
    assert target.read_bytes() == b"new"
    assert {path.name for path in tmp_path.iterdir()} <= {"metrics.json", *(p.name for p in tmp_path.glob(".*.tmp"))}


def test_environment_names_the_machine() -> None:
    facts = environment()
    assert facts["python"].startswith("3.")
    assert facts["packages"]["timm"]


_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.builds(np.float64, st.floats())
    | st.builds(np.int64, st.integers(-9, 9))
    | st.builds(np.array, st.lists(st.floats())),
    lambda inner: st.lists(inner) | st.tuples(inner) | st.dictionaries(st.text() | st.integers(), inner),
    max_leaves=8,
)


@given(_VALUES)
def test_plain_values_always_fit_into_json_and_yaml(value: object) -> None:
    content = plain(value)
    assert json.loads(json.dumps(content, allow_nan=False)) == content
    yaml.safe_dump(content)


def test_paths_sets_and_arrays_become_plain() -> None:
    assert plain({"path": Path("a/b"), "set": {1}, "array": np.eye(2), "scalar": np.array(3)}) == {
        "path": "a/b",
        "set": [1],
        "array": [[1.0, 0.0], [0.0, 1.0]],
        "scalar": 3,
    }


_HOLD = "import sys, time\nfrom pathlib import Path\nfrom fundusfm.runs import exclusive_lock\n" + (
    "with exclusive_lock(Path(sys.argv[1]), command='study'):\n    print('held', flush=True)\n    time.sleep(600)\n"
)


@pytest.mark.parametrize("name", ["folder", "results.csv"])
def test_another_process_is_refused_until_the_first_is_killed(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    out = tmp_path / name
    holder = subprocess.Popen([sys.executable, "-c", _HOLD, str(out)], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with (
            pytest.raises(RunFolderError, match="Another fundusfm study is at work in"),
            exclusive_lock(out, command="study"),
        ):
            pass
    finally:
        holder.kill()
        holder.wait()
    with exclusive_lock(out, command="study"):
        assert lock_path(out).exists()


def _in_another_process(code: str, out: Path) -> subprocess.Popen[str]:
    lines = ["import sys, time", "from fundusfm.runs import command_locks, open_run", "with command_locks():"]
    lines += [f"    run = open_run(sys.argv[1], command='probe', config={_CONFIG!r})", *(f"    {c}" for c in [code])]
    return subprocess.Popen([sys.executable, "-c", "\n".join(lines), str(out)], stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("flag", ["overwrite", "resume"])
def test_a_live_run_is_not_entered(flag: str, tmp_path: Path) -> None:
    out = tmp_path / "run"
    live = _in_another_process("print('open', flush=True); time.sleep(600)", out)
    try:
        assert live.stdout is not None
        assert live.stdout.readline() == "open\n"
        (out / "result").write_text("precious")
        with pytest.raises(RunFolderError, match="Another fundusfm probe is at work") as caught, command_locks():
            open_run(out, command="probe", config=_CONFIG, **{flag: True})
        assert caught.value.code == "E-RUN-LOCKED"
        assert (out / "result").read_text() == "precious"
    finally:
        live.kill()
        live.wait()
    with command_locks():
        open_run(out, command="probe", config=_CONFIG, **{flag: True})
    with command_locks():  # the lock ends with the command
        open_run(out, command="probe", config=_CONFIG, overwrite=True)
    assert lock_path(out).exists()


def test_leftovers_of_a_kill_are_removed(tmp_path: Path) -> None:
    run = open_run(tmp_path / "run", command="probe", config=_CONFIG)
    leftover = run.checkpoints / ".last.ckpt.123.tmp"
    leftover.write_text("half")
    open_run(run.path, command="probe", config=_CONFIG, resume=True)
    assert not leftover.exists()


def test_a_failed_write_leaves_no_temporary_file(tmp_path: Path) -> None:
    with pytest.raises(UnicodeEncodeError):
        write_atomic(tmp_path / "file", "\ud800")
    assert not list(tmp_path.iterdir())


def test_inputs_must_be_the_same_when_resumed(tmp_path: Path) -> None:
    run = open_run(tmp_path / "run", command="probe", config=_CONFIG)
    run.record_inputs({"store a": "1" * 64, "labels of a": "2" * 64})
    run.record_inputs({"store a": "1" * 64, "labels of a": "2" * 64})
    with pytest.raises(RunFolderError, match="labels of a: 222222222222 then, 333333333333 now") as caught:
        run.record_inputs({"store a": "1" * 64, "labels of a": "3" * 64})
    assert caught.value.code == "E-RUN-INPUTS"


@pytest.mark.parametrize("name", ["config.yaml", "environment.json"])
@pytest.mark.parametrize("content", [b"\xff\xfe{\x00", b"{", b"[1, 2]"])
def test_a_damaged_file_of_the_run_is_said(name: str, content: bytes, tmp_path: Path) -> None:
    run = open_run(tmp_path / "run", command="probe", config=_CONFIG)
    (run.path / name).write_bytes(content)
    with pytest.raises(RunFolderError, match=f"{name} is damaged"):
        open_run(run.path, command="probe", config=_CONFIG, resume=True)


def test_a_finished_run_is_said_once_and_damaged_metrics_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = open_run(tmp_path / "run", command="probe", config=_CONFIG)
    assert run.earlier_metrics(resume=True) is None
    run.write_metrics({"auroc": 0.5})
    assert run.earlier_metrics(resume=False) is None
    assert run.earlier_metrics(resume=True) == {"auroc": 0.5}
    assert "is finished already" in capsys.readouterr().err
    (run.path / "metrics.json").write_text("{")
    with pytest.raises(RunFolderError, match=r"metrics\.json is damaged"):
        run.earlier_metrics(resume=True)


def test_a_refused_run_leaves_its_folder_free_for_the_corrected_one(store: Path, tmp_path: Path) -> None:
    options = {"data": str(store), "weights": "scratch", "backbone": "test_resnet", "out": str(tmp_path / "run")}
    with pytest.raises(LabelError):
        fundusfm.probe(labels=["abnromal"], folds=2, **options)  # type: ignore[arg-type]
    assert {entry.name for entry in (tmp_path / "run").iterdir()} <= {".lock"}
    assert fundusfm.probe(labels=["abnormal"], folds=2, **options).labels == ["abnormal"]  # type: ignore[arg-type]


def test_a_cache_that_cannot_be_written_is_said_and_passed_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_cached(tmp_path / "deep" / "a.npy", b"1")
    assert (tmp_path / "deep" / "a.npy").read_bytes() == b"1"
    assert capsys.readouterr().err == ""
    write_cached(tmp_path / "deep" / "a.npy" / "b.npy", b"1")
    assert "cannot be written" in capsys.readouterr().err


def test_a_missing_folder_of_a_file_is_made_and_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_parent(tmp_path / "a" / "b" / "r.csv")
    assert (tmp_path / "a" / "b").is_dir()
    assert capsys.readouterr().err == f"made the folder {tmp_path / 'a' / 'b'}\n"
    make_parent(tmp_path / "a" / "b" / "r.csv")
    assert capsys.readouterr().err == ""


def test_on_windows_a_file_that_somebody_reads_is_replaced_a_little_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusals = [PermissionError(13, "in use"), PermissionError(13, "in use")]
    replace = Path.replace

    def refused_twice(temporary: Path, path: Path) -> Path:
        if refusals:
            raise refusals.pop()
        return replace(temporary, path)

    monkeypatch.setattr(Path, "replace", refused_twice)
    monkeypatch.setattr("sys.platform", "win32")
    write_atomic(tmp_path / "a.txt", "one\ntwo\n")
    assert (tmp_path / "a.txt").read_bytes() == b"one\ntwo\n"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
