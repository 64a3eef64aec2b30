"""Processes share one order, whatever their number; small rests are left out."""

from hypothesis import given
from hypothesis import strategies as st

from fundusfm.data.store.batches import GlobalBatches


@given(rows=st.integers(1, 200), share=st.integers(1, 9), world=st.integers(1, 5))
def test_shares_of_all_processes_make_up_the_batches_of_one(rows: int, share: int, world: int) -> None:
    batches = GlobalBatches(rows, share, world)
    order = list(range(rows, 0, -1))
    parts = [batches.part(order, rank) for rank in range(world)]
    joined: list[int] = []
    for batch in range(len(batches)):
        sizes = batches.sizes(batch)
        assert max(sizes) <= share
        assert max(sizes) - min(sizes) <= 1
        assert min(sizes) > 0
        for part, size in zip(parts, sizes, strict=True):
            joined += part[batch * share : batch * share + size]
    assert joined == order[: rows - batches.left_out]
    assert sum(len(part) for part in parts) == len(joined)


def test_a_last_batch_of_one_row_or_of_fewer_rows_than_processes_is_left_out() -> None:
    assert GlobalBatches(9, 8).left_out == 1
    assert GlobalBatches(10, 8).left_out == 0
    assert GlobalBatches(18, 4, 4).left_out == 2
    assert len(GlobalBatches(18, 4, 4)) == 1
    assert GlobalBatches(20, 4, 4).sizes(1) == [1, 1, 1, 1]
