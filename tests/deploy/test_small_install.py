"""The small install: a wheel in a fresh environment, which looks at photographs and knows no PyTorch."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.deploy.environments import ROOT, build_wheel, call, free_port, megabytes, serving, upload
from tests.dicom_files import dicom_bytes, dicom_dataset

from fundusfm.data.synthetic.photograph import generate

_WHEEL_MEGABYTES = 40
_BASE_MEGABYTES = 705
_ABSENT = ("torch", "timm", "lightning", "torchvision", "torchmetrics", "ray", "onnx", "pyarrow", "plotly", "skimage")


@pytest.mark.slow
def test_the_base_looks_at_photographs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wheel = build_wheel(tmp_path)
    environment = tmp_path / "environment"
    call([sys.executable, "-m", "venv", str(environment)], tmp_path)
    (site,) = environment.glob("lib/python*/site-packages")
    before = megabytes(site, bytecode=False), megabytes(site, bytecode=True)
    _install(environment, str(wheel), tmp_path)
    size, compiled = (megabytes(site, bytecode=kind) - old for kind, old in zip((False, True), before, strict=True))
    weight = wheel.stat().st_size / 1e6
    with capsys.disabled():
        print(f"\nbase: {size:.0f} MB of packages, {compiled:.0f} MB with bytecode; wheel: {weight:.0f} MB")
    assert weight < _WHEEL_MEGABYTES
    assert size < _BASE_MEGABYTES
    assert not [name for name in _ABSENT if (site / name).exists()]
    fundusfm = str(environment / "bin" / "fundusfm")

    def run(*arguments: str, expected: int = 0) -> str:
        return call([fundusfm, *arguments], tmp_path, expected=expected)

    assert "FAIL" not in run("doctor")
    assert "light" in run("weights", "list")
    run("data", "synth", "--out", "photographs", "--count", "24", "--size", "256")
    run("data", "check", "photographs/manifest.csv", "--labels", "abnormal")
    run("data", "prepare", "photographs/manifest.csv", "--size", "384", "--out", "store")
    run("predict", "photographs/images", "--out", "results.csv")
    assert len((tmp_path / "results.csv").read_text().splitlines()) == 25
    run("evaluate", "--weights", "light", "--data", "store", "--labels", "abnormal", "--out", "third")
    assert json.loads((tmp_path / "third" / "metrics.json").read_text())
    assert (tmp_path / "third" / "report.html").stat().st_size > 10_000
    run("embed", "--weights", "light", "--data", "store", "--no-map", "--out", "features")
    run("explain", "photographs/images", "--limit", "1", "--out", "maps")
    assert list((tmp_path / "maps" / "overlays").iterdir())
    photograph = next((tmp_path / "photographs" / "images").iterdir())
    run("segment", "predict", str(photograph), "--weights", "vessels", "--out", "vessels")
    assert list((tmp_path / "vessels" / "masks").iterdir())
    run("predict", str(photograph), "--structures", "structures", "--out", "structures.csv")
    assert "needs the extra [train]" in (tmp_path / "structures.csv").read_text()
    python = "import fundusfm, sys; print(fundusfm.load('light').predict(sys.argv[1]).to_csv())"
    assert "abnormal.score" in call([str(environment / "bin" / "python"), "-c", python, str(photograph)], tmp_path)
    light = next(site.glob("fundusfm/released/light"))
    run("weights", "import", str(light), "--name", "ours")
    assert "ours" in run("weights", "list")
    for command, extra in (
        (("probe", "--data", "store", "--labels", "abnormal", "--weights", "light", "--out", "p"), "train"),
        (("serve",), "serve"),
        (("dicom", "report", "dicom", "--weights", "light", "--out", "reports"), "dicom"),
    ):
        assert f"pip install 'fundusfm[{extra}]'" in run(*command, expected=2)

    _install(environment, f"fundusfm[serve,dicom] @ {wheel.as_uri()}", tmp_path)
    pixels = np.asarray(generate(1, size=256).image)
    (tmp_path / "dicom").mkdir()
    (tmp_path / "dicom" / "eye.dcm").write_bytes(dicom_bytes(dicom_dataset(pixels)))
    run("dicom", "report", "dicom", "--weights", "light", "--out", "reports")
    assert list((tmp_path / "reports").rglob("*.dcm"))
    port = free_port()
    with serving([fundusfm, "serve", "--port", str(port)], tmp_path, port) as address:
        assert "abnormal" in upload(address, photograph)


def _install(environment: Path, what: str, folder: Path) -> None:
    pip = [str(environment / "bin" / "pip"), "install", "--quiet", "--constraint", str(ROOT / "constraints.txt"), what]
    call(pip, folder)
