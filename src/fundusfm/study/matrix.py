"""The cells of a study."""

from dataclasses import dataclass
from itertools import product

from fundusfm.config.types import StrategyName
from fundusfm.study.spec import Matrix, MatrixAxes, Method, StudySpec


@dataclass(frozen=True)
class Cell:
    """One adaptation, all its folds included: what one `fundusfm probe` or `fundusfm finetune` does.

    Attributes:
        task: Name of the task.
        method: `LF` or `FF`.
        strategy: How the backbone starts and what it has seen.
        backbone: timm model name.
        size: Input size in pixels.
        fraction: Share of the training patients.
        seed: Random seed of pretraining, folds, fractions and fit.
    """

    task: str
    method: Method
    strategy: StrategyName
    backbone: str
    size: int
    fraction: float
    seed: int

    @property
    def name(self) -> str:
        """The cell's folder below `cells/`."""
        return (
            f"{self.task}/{self.method}-{self.strategy}-{self.backbone}-{self.size}px-"
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
        block.strategies or matrix.strategies,
        block.backbones or matrix.backbones,
        block.sizes or matrix.sizes,
        block.fractions or matrix.fractions,
        block.seeds or matrix.seeds,
    )
    return [Cell(*value) for value in values]
