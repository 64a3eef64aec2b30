"""`fundusfm doctor`: what each check says of a healthy machine and of a sick one."""

import json
import sys
from collections import namedtuple
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from fundusfm.cli import main
from fundusfm.models.packaged import PackagedWeights

doctor = import_module("fundusfm.doctor")
Finding = doctor.Finding


def test_this_machine_can_run_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert all(line.startswith(("PASS  ", "WARN  ", "      fix: ")) for line in lines)
    for check in (
        "Python",
        "packages",
        "ONNX Runtime",
        "torch",
        "GPU",
        "decoders",
        "working folder",
        "cache folder",
        "memory",
    ):
        assert any(f"  {check}" in line for line in lines)


def test_damaged_imagenet_weights_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (intact,) = doctor.check_imagenet()
    assert intact.status == "PASS" and "tf_efficientnet_lite0" in intact.detail
    (tmp_path / "damaged.pth").write_bytes(b"damaged")
    monkeypatch.setattr(PackagedWeights, "find", lambda self: tmp_path / "damaged.pth")
    (damaged,) = doctor.check_imagenet()
    assert damaged.status == "FAIL" and damaged.fix.startswith("pip install")


def test_json_lists_the_same_findings(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--json"]) == 0
    findings = json.loads(capsys.readouterr().out)
    assert {"check", "status", "detail", "fix"} == set(findings[0])
    assert all(finding["fix"] for finding in findings if finding["status"] != "PASS")


def test_a_failed_check_exits_2_and_names_the_fix(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def check_the_impossible() -> Iterator[object]:
        raise OSError("no such lens")
        yield

    monkeypatch.setattr(doctor, "CHECKS", (check_the_impossible,))
    assert main(["doctor"]) == 2
    out = capsys.readouterr().out
    assert "FAIL  the impossible: OSError: no such lens" in out
    assert "fix:" in out


def test_an_unwritable_cache_folder_fails_and_names_the_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("FUNDUSFM_CACHE", str(tmp_path / "file" / "cache"))
    working, cache, _ = doctor.check_disk()
    assert working.status in ("PASS", "WARN")
    assert cache.status == "FAIL"
    assert "FUNDUSFM_CACHE" in cache.fix


@pytest.mark.parametrize(("gib", "status"), [(0.5, "FAIL"), (5, "WARN"), (50, "PASS")])
def test_disk_space(gib: float, status: str, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda folder: usage(0, 0, int(gib * 1024**3)))
    assert {finding.status for finding in doctor.check_disk()} == {status}


def test_packages_that_are_missing_or_old_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "installed", lambda name: {"pillow": None, "numpy": "1.0"}.get(name, "999"))
    (finding,) = doctor.check_packages()
    assert finding.status == "FAIL"
    assert "pillow is missing" in finding.detail
    assert "numpy is 1.0, needed >=" in finding.detail


def test_a_missing_extra_is_a_warning_with_its_install_line(monkeypatch: pytest.MonkeyPatch) -> None:
    missing = {"all": ["ruff"], "dev": ["ruff"], "docs": ["mkdocs"], "dicom": ["pydicom"]}
    monkeypatch.setattr(doctor, "missing_by_extra", lambda: missing)
    (finding,) = doctor.check_extras()  # developers' extras are nobody else's concern
    assert finding.status == "WARN"
    assert "fundusfm[dicom]" in finding.fix


def test_old_python_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 1, "final", 0))
    (finding,) = doctor.check_python()
    assert (finding.status, finding.detail) == ("FAIL", "3.9.1")


def test_a_broken_decoder_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import cv2

    real = cv2.imencode
    monkeypatch.setattr(cv2, "imencode", lambda suffix, image: (suffix != ".webp", real(suffix, image)[1]))
    (finding,) = doctor.check_decoders()
    assert finding.status == "FAIL"
    assert "webp" in finding.detail
