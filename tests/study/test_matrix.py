"""From axes and blocks to cells."""

from tests.study.conftest import WriteStudy

from fundusfm.study.matrix import expand
from fundusfm.study.spec import read_spec


def test_cells_of_several_blocks_are_there_once(write_study: WriteStudy) -> None:
    matrix = {
        "strategies": ["scratch", "imagenet"],
        "backbones": ["test_resnet"],
        "sizes": [32],
        "blocks": [{"sizes": [32, 64]}, {"fractions": [0.1, 1.0], "methods": ["LF", "FF"]}],
    }
    cells = expand(read_spec(str(write_study(matrix=matrix))))
    assert len(cells) == len(set(cells)) == 2 * 2 + 2 * 2 * 2 - 2
    assert [cell.method for cell in cells] == sorted((cell.method for cell in cells), reverse=True)
    assert [cell.fraction for cell in cells[:4]] == [1.0] * 4
    assert len({cell.name for cell in cells}) == len(cells)


def test_without_blocks_it_is_the_product(write_study: WriteStudy) -> None:
    matrix = {"strategies": ["scratch"], "backbones": ["a", "b"], "sizes": [32, 64], "seeds": [0, 1]}
    cells = expand(read_spec(str(write_study(matrix=matrix))))
    assert len(cells) == 8
    assert cells[0].name == "abnormality/LF-scratch-a-32px-100pct-seed0"
