"""Statements of people replace those of the card, and a slip in the file is told with its place."""

from pathlib import Path

import pytest

from fundusfm.errors import ConfigError
from fundusfm.models.card.schema import Card
from fundusfm.models.card.statements import with_statements


@pytest.fixture
def card() -> Card:
    return Card(
        name="run",
        architecture="resnet50",
        strategy="fundus",
        size=64,
        mean=[0.5] * 3,
        std=[0.25] * 3,
        crop="fov-v1",
        labels=["abnormal", "D"],
        label_definitions={"abnormal": "as told", "D": "as told"},
        limits=["old"],
    )


def _file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "statements.yaml"
    path.write_text(text)
    return path


def test_what_is_said_replaces_and_the_rest_stays(card: Card, tmp_path: Path) -> None:
    path = _file(
        tmp_path,
        "name: light\nlicence: research\nlimits: [no children]\nfailures:\n- glare\n"
        "label_definitions: {D: any diabetic retinopathy}\n",
    )
    found = with_statements(card, path)
    assert (found.name, found.licence) == ("light", "research")
    assert (found.limits, found.failures) == (["no children"], ["glare"])
    assert found.label_definitions == {"abnormal": "as told", "D": "any diabetic retinopathy"}
    assert found.intended_use == card.intended_use and found.size == card.size


def test_an_empty_file_changes_nothing(card: Card, tmp_path: Path) -> None:
    assert with_statements(card, _file(tmp_path, "")) == card


@pytest.mark.parametrize(("text", "message"), [
    ("size: 512\n", "size: Extra inputs.*Keys: name, licence"),
    ("limits: none\n", "limits: Input should be a valid list"),
    ("- a\n", "the document: Input should be"),
    ("name: [\n", "is no YAML"),
    ("label_definitions: {G: glaucoma}\n", "names G, but the labels of run are abnormal, D"),
])  # fmt: skip
def test_slips_are_told(card: Card, tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=rf"statements\.yaml.*{message}"):
        with_statements(card, _file(tmp_path, text))


def test_a_missing_file(card: Card, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"statements\.yaml cannot be read"):
        with_statements(card, tmp_path / "statements.yaml")
