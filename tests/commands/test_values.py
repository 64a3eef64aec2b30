"""Values from Python: what is made of them, and what is refused in one sentence."""

from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Literal

import pytest

import fundusfm
from fundusfm.commands.values import checked_values
from fundusfm.config.types import Metavar
from fundusfm.errors import ConfigError

_HINTS = {
    "data": Annotated[str, Metavar("STORE")],
    "labels": list[Annotated[str, Metavar("LABEL")]] | None,
    "task": Literal["binary", "multiclass"],
    "folds": int,
}


def test_paths_stores_and_single_values_are_understood(tmp_path: Path) -> None:
    assert checked_values({"data": tmp_path}, _HINTS) == {"data": str(tmp_path)}
    assert checked_values({"data": SimpleNamespace(path=tmp_path)}, _HINTS) == {"data": str(tmp_path)}
    assert checked_values({"labels": "abnormal", "folds": 3}, _HINTS) == {"labels": ["abnormal"], "folds": 3}
    assert checked_values({"labels": (tmp_path, "b")}, _HINTS) == {"labels": [str(tmp_path), "b"]}
    assert checked_values({"labels": None}, _HINTS) == {"labels": None}


def test_several_weights_are_an_ensemble() -> None:
    hints = {"weights": str | None, "ensemble": list[str] | None}
    assert checked_values({"weights": ["a"]}, hints) == {"weights": "a"}
    assert checked_values({"weights": ["a", "b"], "ensemble": ["c"]}, hints) == {"weights": "a", "ensemble": ["b", "c"]}


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"task": "binry"}, "task is 'binry'; it should be 'binary' or 'multiclass'."),
        ({"folds": "many"}, "folds is 'many'; it should be a valid integer"),
        ({"data": {"a": 1}}, "data is dict; it should be a valid string"),
    ],
)
def test_other_values_are_refused(values: dict[str, object], sentence: str) -> None:
    with pytest.raises(ConfigError) as refused:
        checked_values(values, _HINTS)
    assert sentence in str(refused.value)
    assert refused.value.code == "E-CONFIG-OPTION"


def test_names_are_needed_and_guessed() -> None:
    with pytest.raises(TypeError, match="by name, such as manifest="):
        fundusfm.check("photographs.csv")  # type: ignore[call-arg, misc]
    with pytest.raises(TypeError, match=r"check\(\) has no option label; did you mean labels\?"):
        fundusfm.check(manifest="x.csv", label="a")  # type: ignore[call-arg]
