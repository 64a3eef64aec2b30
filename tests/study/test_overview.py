"""What `--dry-run` prints: the cells, and which jobs they share."""

from pathlib import Path

from tests.study.conftest import WriteStudy

from fundusfm.study.jobs import make_jobs
from fundusfm.study.overview import overview_text
from fundusfm.study.spec import read_spec


def test_cells_and_shared_jobs_are_listed(write_study: WriteStudy, tmp_path: Path) -> None:
    matrix = {
        "strategies": ["fundus"],
        "backbones": ["test_resnet"],
        "sizes": [96],
        "methods": ["LF", "FF"],
        "seeds": [0, 1],
    }
    upstream = {"data": ["inside"], "labels": ["abnormal"]}
    pretraining = {"sizes": [32, 64, 96], "progressive": True, "options": {"epochs": 1}}
    spec = read_spec(str(write_study(matrix=matrix, upstream=upstream, pretraining=pretraining)))
    text = overview_text(spec, make_jobs(spec, tmp_path), tmp_path, at_once=2)
    assert "Study tiny: 4 cells, each of 2 folds" in text
    assert "abnormality      LF  test_resnet   96 px  100 %  fundus  (2 seeds)" in text
    assert "  task                 backbone, size     share of patients  strategies" in text
    assert "pretrain         6     0" in text, "bundles that larger ones start from are jobs too"
    assert text.endswith("Times are known once the first jobs are finished.")
