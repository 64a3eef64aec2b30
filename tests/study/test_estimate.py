"""Every job has a cost, also one that no cell needs directly."""

from pathlib import Path

from tests.study.conftest import WriteStudy

from fundusfm.study.estimate import estimate_text
from fundusfm.study.jobs import make_jobs
from fundusfm.study.spec import read_spec


def test_bundles_that_larger_ones_go_on_from_are_counted(write_study: WriteStudy, tmp_path: Path) -> None:
    matrix = {"strategies": ["fundus"], "backbones": ["test_resnet"], "sizes": [96]}
    upstream = {"data": ["inside"], "labels": ["abnormal"]}
    pretraining = {"sizes": [32, 64, 96], "go_on": True, "options": {"epochs": 1}}
    spec = read_spec(str(write_study(matrix=matrix, upstream=upstream, pretraining=pretraining)))
    text = estimate_text(spec, make_jobs(spec, tmp_path), tmp_path, at_once=1)
    assert "pretrain         3     0" in text
