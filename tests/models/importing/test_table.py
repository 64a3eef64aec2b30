"""What was and was not loaded."""

import torch

from fundusfm.models.importing.table import compare


def test_every_name_has_one_place() -> None:
    network = {"a": torch.zeros(8), "b": torch.zeros(1), "c": torch.zeros(1), "n.num_batches_tracked": torch.zeros(())}
    file = {"a": torch.ones(8), "b": torch.zeros(2), "d": torch.zeros(1)}
    table = compare(file, network, others=["head.weight"], prefix="module.")
    assert (table.loaded, table.missing, table.mismatched) == (["a"], ["c"], {"b": ([2], [1])})
    assert table.unexpected == ["head.weight", "module.d"]
    assert (table.tensors, table.parameters, table.share) == (1 / 3, 0.8, 1 / 3)
    assert table.text().splitlines() == [
        "loaded              1  33.3% of the backbone's tensors, 80.0% of its parameters",
        "missing             1  c",
        "unexpected          2  head.weight, module.d",
        "shape mismatch      1  b [2] for [1]",
    ]


def test_long_lists_are_cut() -> None:
    table = compare({}, {name: torch.zeros(1) for name in "abcdef"}, others=[])
    assert "missing             6  a, b, c, d, …" in table.text() and table.plain()["missing"] == list("abcdef")
