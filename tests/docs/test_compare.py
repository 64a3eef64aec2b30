"""The page on comparing networks of one's own, followed by a new user with a spreadsheet and two files of weights."""

import re
from pathlib import Path

import pandas as pd
import pytest
import timm
import torch

from fundusfm.cli import main

_PAGE = Path(__file__).resolve().parents[2] / "docs" / "compare.md"


@pytest.fixture
def user(tmp_path: Path, manifest: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with what the page asks for, at a smaller size."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FUNDUSFM_CACHE", str(tmp_path / "cache"))
    photographs = pd.read_csv(manifest)
    table = pd.DataFrame(
        {
            "Filename": [str(manifest.parent / name) for name in photographs["image"]],
            "Patient ID": photographs["patient"],
            "OD/OS": photographs["eye"].map({"right": "OD", "left": "OS"}),
            "Diagnosis": photographs["abnormal"].map({0: "normal", 1: "glaucoma"}),
        }
    )
    table.to_excel("eyes.xlsx", index=False)
    torch.manual_seed(0)
    torch.save(timm.create_model("resnet18", num_classes=2).state_dict(), "mine.pth")
    torch.save({"model": timm.create_model("mobilenetv2_050", num_classes=5).state_dict()}, "theirs.pth")
    (yaml,) = re.findall(r"```yaml\n(.*?)```", _PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    Path("networks.yaml").write_text(yaml.replace("sizes: [224]", "sizes: [64]"), encoding="utf-8")
    return tmp_path


def test_the_study_is_valid(user: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["study", "networks.yaml", "--out", "study", "--dry-run"]) == 0
    assert "3 cells" in capsys.readouterr().out


@pytest.mark.slow
def test_one_command_ends_in_a_table_to_paste(user: Path) -> None:
    assert main(["study", "networks.yaml", "--out", "study", "--jobs", "1"]) == 0
    table = Path("study/tables/table-2-abnormality-abnormal.tex").read_text(encoding="utf-8")
    for name in ("imagenet", "mine", "theirs"):
        assert re.search(rf"^{name} & linear probe.* \[0\.\d+, \d\.\d+\]", table, flags=re.MULTILINE), table
    runs = sorted(str(path.parent) for path in Path("study/cells").rglob("metrics.json"))
    assert main(["compare", *runs, "--out", "comparison"]) == 0
    assert len(list(Path("comparison/tables").glob("auroc_abnormal.*"))) == 4
