"""The cells of a study."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from fundusfm.study.spec import Matrix, MatrixAxes, Method, StudySpec


@dataclass(frozen=True)
class Cell:
    """One adaptation, all its folds included: what one `fundusfm probe` or `fundusfm finetune` does.

    Attributes:
        task: Name of the task.
        method: `LF` or `FF`.
        strategy: How the backbone starts and what it has seen, or the name of weights that the study declares.
        backbone: timm model name; of declared weights what they are read from.
        size: Input size in pixels.
        fraction: Share of the training patients.
        seed: Random seed of pretraining, folds, fractions and fit.
    """

    task: str
    method: Method
    strategy: str
    backbone: str
    size: int
    fraction: float
    seed: int

    @property
    def name(self) -> str:
        """The cell's folder below `cells/`."""
        backbone = re.sub(r"[^\w.+-]", "_", self.backbone)
        return (
            f"{self.task}/{self.method}-{self.strategy}-{backbone}-{self.size}px-"
            f"{self.fraction * 100:g}pct-seed{self.seed}"
        )


def expand(spec: StudySpec) -> list[Cell]:
    """Returns the study's cells, each once, in the order in which their results are wanted.

    Full fractions come before smaller ones and LF before FF, so that a stopped study has its main table early.
    """
    blocks = spec.matrix.blocks or [MatrixAxes()]
    cells = {cell: None for block in blocks for cell in _product(spec.matrix, block, list(spec.tasks))}
    return sorted(cells, key=lambda cell: (cell.method == "FF", cell.fraction < 1, -cell.fraction))


def _product(matrix: Matrix, block: MatrixAxes, tasks: list[str]) -> list[Cell]:
    values = product(
        block.tasks or matrix.tasks or tasks,
        block.methods or matrix.methods,
        list(_starts(matrix, block)),
        block.sizes or matrix.sizes,
        block.fractions or matrix.fractions,
        block.seeds or matrix.seeds,
    )
    return [Cell(task, method, *start, size, fraction, seed) for task, method, start, size, fraction, seed in values]


def _starts(matrix: Matrix, block: MatrixAxes) -> Iterator[tuple[str, str]]:
    """Yields strategies with every backbone, then declared weights with what they are read from."""
    yield from product(block.strategies or matrix.strategies, block.backbones or matrix.backbones)
    for name, declared in (block.weights or matrix.weights or {}).items():
        yield name, declared.shown
