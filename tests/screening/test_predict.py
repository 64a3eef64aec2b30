"""`fundusfm predict`: every photograph has its row, whatever becomes of the file, the process or the machine."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import skimage.data
from tests.dicom_files import SYNTAXES, dicom_bytes, dicom_dataset
from tests.screening.pictures import encode, mutated, no_fundus

import fundusfm
from fundusfm.cli import main
from fundusfm.errors import AuditError, ConfigError, FundusFMError, RunFolderError, WeightsError
from fundusfm.models import released
from fundusfm.runs import exclusive_lock
from fundusfm.screening import predict as predict_module
from fundusfm.screening.audit.log import AuditLog
from fundusfm.screening.audit.verify import read_photographs


def _rows(out: Path) -> pd.DataFrame:
    return pd.read_csv(out, dtype={"image": str, "patient": str}, keep_default_na=False, na_values={"quality": [""]})


def test_every_kind_of_input_has_its_rows(bundle: str, photographs: list[Path], tmp_path: Path) -> None:
    folder = tmp_path / "folder" / "deep"
    folder.mkdir(parents=True)
    shutil.copy(photographs[0], folder)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(photographs[1], "inside/one.jpg")
        archive.writestr("bad.jpg", b"bad")
    (tmp_path / "cat.png").write_bytes(encode(no_fundus()["chelsea"], ".png"))
    (tmp_path / "m.csv").write_text(f"image\n{photographs[2]}\ngone.jpg\n")
    out = tmp_path / "results.csv"
    inputs = [tmp_path / "folder", tmp_path / "a.zip", tmp_path / "cat.png", tmp_path / "m.csv", photographs[3]]
    assert main(["predict", *map(str, inputs), "--weights", bundle, "--out", str(out)]) == 3
    table = _rows(out)
    assert table["image"].tolist() == [
        str(folder / photographs[0].name), f"{tmp_path / 'a.zip'}/bad.jpg", f"{tmp_path / 'a.zip'}/inside/one.jpg",
        str(tmp_path / "cat.png"), str(photographs[2]), "gone.jpg", str(photographs[3]),
    ]  # fmt: skip
    assert table["status"].tolist() == ["ok", "failed", "ok", "not_fundus", "ok", "failed", "ok"]
    assert (table["reason"] != "").equals(table["status"] != "ok")
    assert (table["abnormal.score"] != "").equals(table["status"] == "ok")
    expected = fundusfm.load(bundle).predict([photographs[n] for n in range(4)])["abnormal.probability"]
    found = table.loc[table["status"] == "ok", "abnormal.probability"].astype(float)
    assert np.allclose(found, expected, atol=2e-6)
    assert not (tmp_path / "results.csv.part").exists()


@pytest.mark.parametrize("suffix", [".parquet", ".jsonl"])
def test_other_formats_hold_the_same(bundle: str, photographs: list[Path], tmp_path: Path, suffix: str) -> None:
    names = [str(path) for path in photographs[:3]]
    outs = [tmp_path / "results.csv", tmp_path / f"results{suffix}"]
    for out in outs:
        table = fundusfm.predict(paths=names, weights=bundle, out=str(out), single_process=True)
        assert list(table["status"]) == ["ok"] * 3
    one = pd.read_csv(outs[0])
    two = pd.read_parquet(outs[1]) if suffix == ".parquet" else pd.read_json(outs[1], lines=True)
    assert list(one) == list(two)
    assert np.allclose(one["abnormal.score"], two["abnormal.score"].astype(float))
    assert one["image"].tolist() == two["image"].tolist()


def test_worker_processes_change_nothing(bundle: str, photographs: list[Path], tmp_path: Path) -> None:
    folder = str(photographs[0].parent)
    for name, single in (("one.csv", True), ("two.csv", False)):
        fundusfm.predict(paths=[folder], weights=bundle, out=str(tmp_path / name), single_process=single)
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
    assert len(_rows(tmp_path / "one.csv")) == len(photographs)


def test_two_hundred_damaged_files(bundle: str, photographs: list[Path], photo: np.ndarray, tmp_path: Path) -> None:
    retina = skimage.data.retina()[::4, ::4]
    frames = dicom_dataset(np.stack([photo, photo]), NumberOfFrames=2)
    originals = [
        photographs[0].read_bytes(),
        encode(retina),
        encode(retina[::3, ::3], ".png"),
        dicom_bytes(frames, SYNTAXES["jpeg"]),
        dicom_bytes(dicom_dataset(photo)),
    ]
    files = mutated(originals, 200)
    folder = tmp_path / "damaged"
    folder.mkdir()
    for name, content in files:
        (folder / name).write_bytes(content)
    out = tmp_path / "results.csv"
    assert main(["predict", str(folder), "--weights", bundle, "--out", str(out), "--single-process"]) == 3
    table = _rows(out)
    of_files = table["image"].str.split("#").str[0]
    assert list(dict.fromkeys(of_files)) == [str(folder / name) for name, _ in files]
    assert table["image"].is_unique
    assert table[~of_files.str.endswith(".dcm")].shape[0] == 120
    assert table["status"].value_counts()["failed"] > 100
    assert (table["reason"] != "").equals(table["status"] != "ok")


def test_a_killed_run_is_resumed_to_the_same_table(bundle: str, photographs: list[Path], tmp_path: Path) -> None:
    listed = tmp_path / "m.csv"
    listed.write_text("image\n" + "".join(f"{path}\n" for path in photographs * 4))
    whole, out = tmp_path / "whole.csv", tmp_path / "results.csv"
    call = ["predict", str(listed), "--weights", bundle, "--single-process"]
    assert main([*call, "--out", str(whole)]) == 0
    part = tmp_path / "results.csv.part"
    process = subprocess.Popen([sys.executable, "-m", "fundusfm", *call, "--out", str(out)], stderr=subprocess.DEVNULL)
    while not (part.exists() and part.read_bytes().count(b"\n") > 2):
        assert process.poll() is None
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    done = part.read_bytes()
    assert 2 < done.count(b"\n") < len(photographs) * 4 + 1
    assert not out.exists()
    with pytest.raises(RunFolderError, match="--resume continues it"):
        fundusfm.predict(paths=[str(listed)], weights=bundle, out=str(out))
    with pytest.raises(RunFolderError, match="was started with other tta"):
        fundusfm.predict(paths=[str(listed)], weights=bundle, out=str(out), tta=True, resume=True)
    part.write_bytes(done + b'[9999, {"image": "cut sh')
    assert main([*call, "--out", str(out), "--resume"]) == 0
    assert out.read_bytes() == whole.read_bytes()
    assert not part.exists()
    assert main([*call, "--out", str(out), "--resume"]) == 0  # finished already
    assert out.read_bytes() == whole.read_bytes()


def test_a_second_run_into_the_same_table_is_refused(bundle: str, photographs: list[Path], tmp_path: Path) -> None:
    call = {"paths": [str(photographs[0])], "weights": bundle, "out": str(tmp_path / "r.csv")}
    with exclusive_lock(tmp_path / "r.csv", command="predict"):
        for option in ({}, {"resume": True}, {"overwrite": True}):
            with pytest.raises(RunFolderError, match="Another fundusfm predict is at work in"):
                fundusfm.predict(**call, **option)
    assert not (tmp_path / "r.csv.part").exists()
    assert set(fundusfm.predict(**call)["status"]) == {"ok"}


def test_an_interrupted_run_keeps_its_rows(
    bundle: str, photographs: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    from fundusfm.screening.screener import Screener

    screen, calls = Screener.screen_prepared, []

    def interrupted(self: Screener, batch: list[object]) -> object:
        calls.append(len(batch))
        if len(calls) == 2:
            raise KeyboardInterrupt
        return screen(self, batch)  # type: ignore[arg-type]

    monkeypatch.setattr(Screener, "screen_prepared", interrupted)
    call = ["predict", str(photographs[0].parent), "--weights", bundle, "--out", str(tmp_path / "r.csv")]
    assert main([*call, "--single-process"]) == 130
    assert "--resume" in capsys.readouterr().err
    assert (tmp_path / "r.csv.part").read_bytes().count(b"\n") == 1 + 16
    assert main([*call, "--resume"]) == 0
    assert len(_rows(tmp_path / "r.csv")) == len(photographs)


def test_nothing_is_replaced_unasked(bundle: str, photographs: list[Path], tmp_path: Path) -> None:
    call = {"paths": [str(photographs[0])], "weights": bundle, "out": str(tmp_path / "r.csv")}
    fundusfm.predict(**call)
    with pytest.raises(RunFolderError, match="exists already"):
        fundusfm.predict(**call)
    with pytest.raises(RunFolderError, match="one of --overwrite and --resume"):
        fundusfm.predict(**call, overwrite=True, resume=True)
    assert list(fundusfm.predict(**call, overwrite=True)["status"]) == ["ok"]
    with pytest.raises(ConfigError, match="add --engine ray"):
        fundusfm.predict(**call, overwrite=True, address="auto")


def test_patients_and_eyes(bundle: str, manifest: Path, tmp_path: Path) -> None:
    frame = pd.read_csv(manifest, dtype=str)
    assert {"patient", "eye"} <= set(frame)
    out = tmp_path / "r.jsonl"
    assert set(fundusfm.predict(paths=[str(manifest)], weights=bundle, out=str(out), per="patient")["status"]) == {"ok"}
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert [row["image"] for row in rows] == frame["image"].tolist()
    units = [json.loads(line) for line in (tmp_path / "r.by-patient.jsonl").read_text().splitlines()]
    assert [unit["patient"] for unit in units] == list(dict.fromkeys(frame["patient"]))
    for unit in units:
        own = [
            row["abnormal.probability"]
            for row, patient in zip(rows, frame["patient"], strict=True)
            if patient == unit["patient"]
        ]
        assert (unit["images"], unit["abnormal.probability"]) == (len(own), max(own))
    images = str(manifest.parent / "images")
    with pytest.raises(FundusFMError, match="needs the column patient"):
        fundusfm.predict(paths=[images], weights=bundle, out=str(tmp_path / "x.csv"), per="eye")


def test_frames_patients_and_visits_come_from_headers(bundle: str, photo: np.ndarray, tmp_path: Path) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    both = np.stack([photo, photo[:, ::-1]])
    (folder / "IM0").write_bytes(dicom_bytes(dicom_dataset(both, NumberOfFrames=2, PatientID="A"), SYNTAXES["rle"]))
    (folder / "IM1").write_bytes(dicom_bytes(dicom_dataset(photo, entropy="b", PatientID="A", ImageLaterality="L")))
    (folder / "IM2").write_bytes(dicom_bytes(dicom_dataset(photo, PatientID=None, ImageLaterality=None)))
    out = tmp_path / "r.csv"
    expected = {"patient": [("A", 3)], "eye": [("A", 2), ("A", 1)], "visit": [("A", 2), ("A", 1)]}
    for by, units in expected.items():
        code = main(["predict", str(folder), "--weights", bundle, "--out", str(out), "--per", by, "--overwrite"])
        assert code == 0
        table = _rows(tmp_path / f"r.by-{by}.csv")
        assert list(zip(table["patient"], table["images"], strict=True)) == units
    assert _rows(tmp_path / "r.by-eye.csv")["eye"].tolist() == ["right", "left"]
    table = _rows(out)
    assert table["image"].tolist() == [str(folder / name) for name in ("IM0", "IM0#2", "IM1", "IM2")]
    assert table["status"].tolist() == ["ok"] * 4
    assert table["abnormal.score"][0] == table["abnormal.score"][2] == table["abnormal.score"][3]


def test_options_are_typed_as_the_documents_say(
    bundle: str, photographs: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [str(path) for path in photographs[:2]]
    out = ["--out", str(tmp_path / "r.csv")]
    assert (
        main(
            [
                "predict",
                *files,
                "--weights",
                bundle,
                "--ensemble",
                bundle,
                *out,
                "--operating-point",
                "sensitivity_0.95",
            ]
        )
        == 0
    )
    assert len(_rows(tmp_path / "r.csv")) == 2
    assert main(["predict", *files, "--weights", bundle, *out, "--operating-point", "other"]) == 2
    assert main(["predict", "--weights", bundle, *out]) == 2
    assert "PATH... requires an argument" in capsys.readouterr().err


def test_without_a_table_the_rows_are_shown(
    bundle: str, photographs: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = tmp_path / "bad.jpg"
    gone.write_bytes(b"bad")
    assert main(["predict", str(photographs[0]), str(gone), "--weights", bundle]) == 3
    first, label, second = capsys.readouterr().out.splitlines()
    table = fundusfm.predict(paths=[str(photographs[0]), str(gone)], weights=bundle)
    assert table["status"].tolist() == ["ok", "failed"]
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1), "Python returns the table and shows progress only"
    assert first.startswith(f"{photographs[0]}: ok, quality ") and second.startswith(f"{gone}: failed: ")
    expected = fundusfm.load(bundle).predict([photographs[0]]).loc[0, "abnormal.probability"]
    assert label.split()[:4] == ["Any", "abnormality", "probability", f"{expected:.3f}"]
    with pytest.raises(ConfigError, match=r"--per.*add --out"):
        fundusfm.predict(paths=[str(gone)], weights=bundle, per="patient")


def test_a_damaged_file_counts_once(
    photographs: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"bad")
    assert main(["predict", str(photographs[0]), str(bad)]) == 3
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("2 photographs: 1 ") and last.endswith(", 1 failed") and "take again" not in last


def test_without_weights_the_shipped_bundle_decides(
    bundle: str, photographs: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "SHA256SUMS").touch()
    monkeypatch.setattr(released, "RELEASED", tmp_path)
    with pytest.raises(WeightsError, match=r"No weights are named.*--weights"):
        fundusfm.predict(paths=[str(photographs[0])])
    shutil.copytree(bundle, tmp_path / "light")
    (tmp_path / "SHA256SUMS").write_text(
        "".join(
            f"{hashlib.sha256(path.read_bytes()).hexdigest()}  light/{path.name}\n"
            for path in (tmp_path / "light").iterdir()
        )
    )
    outs = [tmp_path / "shipped.csv", tmp_path / "named.csv"]
    fundusfm.predict(paths=[str(photographs[0])], out=str(outs[0]))
    fundusfm.predict(paths=[str(photographs[0])], weights=bundle, out=str(outs[1]))
    assert outs[0].read_bytes() == outs[1].read_bytes()


def test_what_a_folder_holds_besides_is_counted(
    bundle: str, photographs: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    content = photographs[0].read_bytes()
    raw = os.fsdecode(b"M\xfcller.jpg")
    for name in ("a.JPG", "no suffix", raw):
        (folder / name).write_bytes(content)
    (folder / "cut.jpg").write_bytes(content[: len(content) // 2] + b"\xff\xd9")
    (folder / "gone.jpg").symlink_to(folder / "nowhere")
    for name in ("notes.txt", "more.txt", "Thumbs.db"):
        (folder / name).write_text("text")
    out = tmp_path / "r.csv"
    arguments = ["predict", str(folder), "--weights", bundle, "--out", str(out), "--json"]
    assert main(arguments) == 3
    said = capsys.readouterr()
    assert json.loads(said.out) == {
        "out": str(out),
        "photographs": 5,
        "refer": {},  # a rule takes 20 normal eyes
        "status": {"ok": 3, "failed": 2},
        "skipped": {"no image (.txt)": 2, "no image (.db)": 1},
    }
    assert "3 files were left out: 1 no image (.db), 2 no image (.txt)" in said.err
    table = _rows(out).set_index("image")
    assert table.loc[f"{folder}/M\\xfcller.jpg", "status"] == "ok"
    assert "damaged" in table.loc[f"{folder}/cut.jpg", "reason"]
    assert "link to a file that does not exist" in table.loc[f"{folder}/gone.jpg", "reason"]
    assert main([*arguments[:-1], "--resume"]) == 3
    with pytest.raises(ConfigError, match="add --out"):
        fundusfm.predict(paths=[str(folder)], weights=bundle, json=True)


def test_a_finished_table_of_other_photographs_is_not_taken_for_done(
    bundle: str, photographs: list[Path], tmp_path: Path
) -> None:
    out = str(tmp_path / "day.csv")
    fundusfm.predict(paths=[str(photographs[0])], weights=bundle, out=out)
    assert len(fundusfm.predict(paths=[str(photographs[0])], weights=bundle, out=out, resume=True)) == 1
    with pytest.raises(RunFolderError, match="holds 1 photographs, but 2 were named") as refused:
        fundusfm.predict(paths=[str(path) for path in photographs[:2]], weights=bundle, out=out, resume=True)
    assert refused.value.code == "E-RUN-INPUTS"


def test_a_resumed_table_is_that_of_an_uninterrupted_run_to_the_last_bit(
    bundle: str, photographs: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [str(path) for path in photographs]
    whole = fundusfm.predict(paths=paths, weights=bundle, out=str(tmp_path / "whole.csv"), single_process=True)
    journal_add, batches = predict_module.Journal.add, []

    def add(journal: predict_module.Journal, rows: list[tuple[int, dict[str, object]]]) -> None:
        batches.append(len(rows))
        if len(batches) == 2:
            raise KeyboardInterrupt
        journal_add(journal, rows)

    call = {"paths": paths, "weights": bundle, "out": str(tmp_path / "stopped.csv"), "single_process": True}
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(predict_module.Journal, "add", add)
        fundusfm.predict(**call)  # type: ignore[arg-type]
    resumed = fundusfm.predict(**call, resume=True)  # type: ignore[arg-type]
    assert batches == [16, 16]
    assert resumed.equals(whole)
    assert (tmp_path / "stopped.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()


def test_audit_log_has_a_line_per_row_and_no_name(bundle: str, photographs: list[Path], tmp_path: Path) -> None:
    (tmp_path / "Jane Doe.jpg").write_bytes(b"no photograph")
    log, out = tmp_path / "audit.jsonl", tmp_path / "results.csv"
    paths = [str(photographs[0]), str(tmp_path / "Jane Doe.jpg"), str(photographs[1])]
    fundusfm.predict(paths=paths, weights=bundle, out=str(out), audit_log=str(log), single_process=True)
    lines, table = list(read_photographs(log)), _rows(out)

    assert [line["status"] for line in lines] == table["status"].tolist() == ["ok", "failed", "ok"]
    assert [line["photograph"]["sha256"] for line in lines] == [
        hashlib.sha256(Path(path).read_bytes()).hexdigest() for path in paths
    ]
    assert [line["decisions"].get("abnormal") for line in lines if line["status"] == "ok"] == [
        int(decision) for decision in table["abnormal.decision"] if decision != ""
    ]
    assert lines[0]["weights"] == table["weights_sha256"][0] and lines[0]["how"] == "predict"
    assert lines[0]["seconds"] > 0 and lines[0]["distance"] > 0
    assert "Doe" not in log.read_text() and photographs[0].name not in log.read_text()


def test_rows_shown_on_the_screen_are_logged_too(bundle: str, photographs: list[Path], tmp_path: Path) -> None:
    log = tmp_path / "audit.jsonl"
    fundusfm.predict(paths=[str(photographs[0])], weights=bundle, audit_log=str(log))
    assert len(list(read_photographs(log))) == 1


def test_what_cannot_be_logged_is_not_in_the_table(
    bundle: str, photographs: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names, out, log = [str(path) for path in photographs[:3]], tmp_path / "results.csv", tmp_path / "audit.jsonl"

    def full(self: AuditLog, photographs: list[object]) -> None:
        raise AuditError("The audit log cannot be written (No space left on device)")

    with monkeypatch.context() as patch:
        patch.setattr(AuditLog, "add", full)
        with pytest.raises(AuditError, match="No space"):
            fundusfm.predict(paths=names, weights=bundle, out=str(out), audit_log=str(log))
    assert not out.exists()
    fundusfm.predict(paths=names, weights=bundle, out=str(out), audit_log=str(log), resume=True)
    assert len(list(read_photographs(log))) == len(_rows(out)) == 3
