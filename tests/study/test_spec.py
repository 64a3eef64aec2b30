"""Reading a study: what is shipped is valid, and every fault is a sentence that names its key."""

from pathlib import Path
from typing import Any

import pytest
from tests.study.conftest import WriteStudy

from fundusfm.errors import ConfigError
from fundusfm.study.matrix import expand
from fundusfm.study.spec import read_spec

_STUDIES = Path(__file__).resolve().parents[2] / "studies"


@pytest.mark.parametrize("path", sorted(_STUDIES.glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_studies_are_valid(path: Path) -> None:
    spec = read_spec(str(path))
    assert spec.name == path.stem
    assert expand(spec)


def test_the_papers_study_has_its_matrix() -> None:
    cells = expand(read_spec(str(_STUDIES / "paper.yaml")))
    assert {cell.backbone for cell in cells} == {"resnet50"}
    assert {cell.size for cell in cells} == {256, 512, 1024}
    assert {cell.strategy for cell in cells} == {"scratch", "imagenet", "fundus", "imagenet+fundus"}
    assert {cell.method for cell in cells} == {"LF", "FF"}


@pytest.mark.parametrize(
    ("replaced", "sentence"),
    [
        ({"sise": 3}, "sise: Extra inputs are not permitted"),
        ({"folds": 1}, "folds: .*greater than or equal to 2"),
        ({"name": "a b"}, "name: "),
        ({"finetune": {"out": "x"}}, "finetune: the study itself decides out"),
        ({"finetune": {"epohcs": 3}}, "finetune: there is no option epohcs; do you mean epochs"),
        ({"segment": {"epochs": "many"}}, "segment: epochs is 'many': "),
        (
            {"pretraining": {"by_strategy": {"fundus": {"layerdecay": 1}}}},
            "by_strategy.fundus: there is no option layerdecay",
        ),
        (
            {"pretraining": {"options": {"seed": 1, "weights": "x"}}},
            "pretraining.options: the study itself decides seed, weights",
        ),
        ({"upstream": {"data": ["elsewhere"], "labels": ["abnormal"]}}, "upstream.data names the data set elsewhere"),
        ({"matrix": {"sizes": [32], "strategies": ["fundus"]}}, "trains on fundus photographs: declare `upstream`"),
        ({"matrix": {"sizes": [32], "strategies": ["magic"]}}, "matrix.strategies.0: "),
        ({"matrix": {"sizes": [32], "fractions": [0.0], "strategies": ["scratch"]}}, "matrix.fractions.0: "),
        (
            {"matrix": {"sizes": [32], "weights": {"fundus": "light"}}},
            "fundus is a strategy; give these weights another",
        ),
        ({"matrix": {"sizes": [32], "weights": {"own": "scratch"}}}, "matrix.weights.own: scratch needs a backbone"),
        (
            {"matrix": {"sizes": [32], "weights": {"a": "light"}, "blocks": [{"weights": {"a": "b.pth"}}]}},
            "a is declared twice",
        ),
        (
            {"matrix": {"sizes": [32], "strategies": ["scratch"], "blocks": [{"tasks": ["x"]}]}},
            r"blocks\[0\].tasks names x",
        ),
    ],
)
def test_faults_are_sentences(write_study: WriteStudy, replaced: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        read_spec(str(write_study(**replaced)))


def test_an_optional_set_that_is_not_there_is_left_out(write_study: WriteStudy) -> None:
    spec = read_spec(str(write_study(optional=["outside"])), data=["outside=gone.csv"])
    assert list(spec.data) == ["inside"] and spec.tasks["abnormality"].external == []
    assert spec.limits[-1] == "The external set outside is left out: there is no gone.csv."
    assert read_spec(str(write_study(optional=["outside"]))).tasks["abnormality"].external == ["outside"]
    with pytest.raises(ConfigError, match="optional names inside, which is more than an external set"):
        read_spec(str(write_study(optional=["inside"])))


def test_a_missing_file_and_one_that_is_no_study(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="There is no study"):
        read_spec(str(tmp_path / "none.yaml"))
    path = tmp_path / "list.yaml"
    path.write_text("- 1\n")
    with pytest.raises(ConfigError, match="holds no study"):
        read_spec(str(path))
    path.write_text("a: [1\n")
    with pytest.raises(ConfigError, match="no valid YAML"):
        read_spec(str(path))


def test_old_names_work_with_a_warning(write_study: WriteStudy) -> None:
    old = {
        "finetune": {"balance": True, "accumulate": 2},
        "pretraining": {"go_on": True, "options": {"keep": "last"}},
        "looking": {"photographs": 2},
    }
    with pytest.warns(FutureWarning) as warned:
        spec = read_spec(str(write_study(**old)))
    assert spec.finetune == {"pos_weight": True, "accumulate_grad_batches": 2}
    assert (spec.pretraining.progressive, spec.pretraining.options) == (True, {"checkpoint": "last"})
    assert spec.maps.photographs == 2
    said = {str(warning.message) for warning in warned}
    assert "pretraining: go_on is now called progressive" in said
    assert "study options: keep is now called checkpoint" in said


def test_numbers_of_options_are_numbers(write_study: WriteStudy) -> None:
    path = write_study(finetune={"learning_rate": "1e-3"})  # YAML reads 1e-3 as text
    assert read_spec(str(path)).finetune == {"learning_rate": 0.001}


def test_entries_replace_those_of_the_file(write_study: WriteStudy) -> None:
    spec = read_spec(str(write_study()), data=["inside=elsewhere.csv"], imagenet_weights=["resnet50=w.safetensors"])
    assert spec.data["inside"] == "elsewhere.csv"
    assert spec.imagenet_weights == {"resnet50": "w.safetensors"}
    with pytest.raises(ConfigError, match="give NAME=FILE"):
        read_spec(str(write_study()), data=["elsewhere.csv"])
