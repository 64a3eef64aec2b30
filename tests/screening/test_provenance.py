"""Every row says which model, hash, operating point and version made it."""

import pandas as pd

import fundusfm
from fundusfm.models.trainable import load_bundle
from fundusfm.screening.provenance import COLUMNS, with_provenance
from fundusfm.screening.screener import Screener


def test_cells_are_in_every_row_and_in_an_empty_table(bundle: str) -> None:
    stored = load_bundle(bundle)
    table = with_provenance(pd.DataFrame({"image": ["a", "b"]}), Screener([bundle]))
    assert list(table.columns) == ["image", *COLUMNS]
    for row in table.to_dict("records"):
        assert row["model"] == stored.card.name
        assert row["weights_sha256"] == stored.hash
        assert row["operating_point"] == "youden"
        assert row["fundusfm"] == fundusfm.__version__
    assert list(with_provenance(table.iloc[:0], Screener([bundle])).columns) == list(table.columns)


def test_an_ensemble_names_all(bundle: str) -> None:
    table = with_provenance(pd.DataFrame({"image": ["a"]}), Screener([bundle, bundle]))
    digest = load_bundle(bundle).hash
    assert table.loc[0, "weights_sha256"] == f"{digest}+{digest}"
