"""What only people know about a released model, from a YAML file into its card."""

from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from fundusfm.errors import ConfigError
from fundusfm.models.card.schema import Card


class Statements(BaseModel):
    """The file's keys, all optional; they mean what they mean in `fundusfm.models.card.schema.Card`."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = None
    licence: str | None = None
    provenance: str | None = None
    intended_use: str | None = None
    label_definitions: dict[str, str] | None = None
    limits: list[str] | None = None
    caveats: list[str] | None = None
    calibration: str | None = None
    failures: list[str] | None = None
    often_missed: list[str] | None = None


def with_statements(card: Card, path: Path) -> Card:
    """Returns a card with the statements of a file in place of its own; label definitions are replaced one by one.

    Raises:
        ConfigError: The file is missing or no YAML, has an unknown key or a value of the wrong kind, or defines a label
            that the card does not have.
    """
    said = _read(path).model_dump(exclude_none=True)
    definitions = said.get("label_definitions", {})
    if unknown := sorted(set(definitions) - set(card.labels)):
        raise ConfigError(
            f"{path}: label_definitions names {', '.join(unknown)}, but the labels of {card.name} are "
            f"{', '.join(card.labels) or 'none'}."
        )
    return card.model_copy(update=said | {"label_definitions": card.label_definitions | definitions})


def _read(path: Path) -> Statements:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        return Statements.model_validate({} if content is None else content)
    except OSError as error:
        raise ConfigError(f"--statements {path} cannot be read: {error.strerror}.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"--statements {path} is no YAML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or "the document"
        raise ConfigError(
            f"--statements {path}: {field}: {first['msg']}. Keys: {', '.join(Statements.model_fields)}."
        ) from None
