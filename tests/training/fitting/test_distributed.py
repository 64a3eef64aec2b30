"""What processes tell each other; with one process there is nothing to tell."""

from pathlib import Path

import torch
from torch import distributed, multiprocessing

from fundusfm.training.fitting.distributed import from_first, gather_rows


def test_one_process_keeps_its_own_rows() -> None:
    rows = torch.ones(3, 2, requires_grad=True)
    assert gather_rows(rows, [3]) is rows


def _rank(rank: int, meeting: str, out: str) -> None:
    distributed.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=2)
    own = torch.full((2 - rank, 1), float(rank + 1), requires_grad=True)
    gathered = gather_rows(own, [2, 1])
    gathered.sum().backward()
    assert own.grad is not None
    torch.save([gathered.detach(), own.grad, from_first(torch.tensor([float(rank)]))], f"{out}/{rank}.pt")
    distributed.destroy_process_group()


def test_rows_of_two_processes_come_in_order_and_gradients_stay_at_home(tmp_path: Path) -> None:
    multiprocessing.spawn(_rank, args=(str(tmp_path / "meeting"), str(tmp_path)), nprocs=2)  # type: ignore[attr-defined]
    for rank in (0, 1):
        gathered, gradient, first = torch.load(tmp_path / f"{rank}.pt", weights_only=True)
        assert gathered.flatten().tolist() == [1.0, 1.0, 2.0]
        assert gradient.tolist() == [[1.0]] * (2 - rank)
        assert first.tolist() == [0.0]
