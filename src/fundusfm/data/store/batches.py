"""How one epoch's rows are cut into batches, and each batch into the shares of the processes."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class GlobalBatches:
    """The batches of one training epoch, each of them the work of all processes together.

    However many processes share it, a batch holds the same rows in the same order: the first process takes the first
    of them, the last one the last. A last batch that is too small for a row each, or that is a single row, which batch
    normalisation cannot use, is left out.

    Attributes:
        rows: Rows of the data.
        share: Rows per batch and process.
        world: Processes.
    """

    rows: int
    share: int
    world: int = 1

    @property
    def left_out(self) -> int:
        """Rows that an epoch leaves out."""
        rest = self.rows % (self.share * self.world)
        return rest if rest < max(2, self.world) else 0

    def __len__(self) -> int:
        return -(-(self.rows - self.left_out) // (self.share * self.world))

    def sizes(self, batch: int) -> list[int]:
        """Returns the number of rows of each process in a batch; they differ by one at most."""
        whole = self.share * self.world
        total = min(whole, self.rows - self.left_out - batch * whole)
        return [total // self.world + (rank < total % self.world) for rank in range(self.world)]

    def part(self, order: Sequence[int], rank: int) -> list[int]:
        """Returns the rows of one process, batch after batch, of an epoch's order."""
        rows: list[int] = []
        for batch in range(len(self)):
            sizes = self.sizes(batch)
            first = batch * self.share * self.world + sum(sizes[:rank])
            rows.extend(order[first : first + sizes[rank]])
        return rows
