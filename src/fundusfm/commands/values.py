"""Values of options as they come from Python or a YAML file: made plain, then checked against their types."""

import difflib
import os
import types
import typing
from collections.abc import Iterable, Mapping
from typing import Any

from fundusfm.errors import ConfigError


def checked_values(values: Mapping[str, Any], hints: Mapping[str, Any]) -> dict[str, Any]:
    """Returns values that fit the types of their options.

    A path object becomes text, and so does a store, run or bundle, which is meant by its path. A single value becomes
    a list where the option takes a list.

    Args:
        values: Option name to value.
        hints: Option name to type.

    Raises:
        ConfigError: A value is of another type, or none of the choices.
    """
    from pydantic import TypeAdapter, ValidationError

    found = {}
    for name, value in _with_ensemble(values, hints).items():
        hint = plain_type(hints[name])
        given = _as_list(value) if is_list(hint) and value is not None else _as_text(value)
        try:
            found[name] = TypeAdapter(hint).validate_python(given)
        except ValidationError as error:
            shown = repr(value) if isinstance(value, str | int | float | bool | list | None) else type(value).__name__
            reason = error.errors()[0]["msg"].removeprefix("Input should be ")
            raise ConfigError(f"{name} is {shown}; it should be {reason}.", code="OPTION") from error
    return found


def _with_ensemble(values: Mapping[str, Any], hints: Mapping[str, Any]) -> dict[str, Any]:
    """Reads several `weights`, as they were given before there was `ensemble`, as the first and the further ones."""
    weights = values.get("weights")
    if "ensemble" not in hints or not isinstance(weights, list | tuple) or not weights:
        return dict(values)
    further = [*weights[1:], *(values.get("ensemble") or [])]
    return {**values, "weights": weights[0], **({"ensemble": further} if further else {})}


def unknown_option(command: str, name: str, known: Iterable[str]) -> TypeError:
    """Returns the error for a keyword that a command does not have, with a guess."""
    close = difflib.get_close_matches(name, list(known), n=1)
    guess = f"; did you mean {close[0]}?" if close else ""
    return TypeError(f"{command}() has no option {name}{guess}")


def plain_type(hint: Any) -> Any:
    """Removes `Annotated` from a type, at any depth."""
    if hasattr(hint, "__metadata__"):
        return plain_type(hint.__origin__)
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return typing.Union[tuple(plain_type(part) for part in parts)]  # noqa: UP007
    return origin[tuple(plain_type(part) for part in parts)] if origin is list else hint


def is_list(hint: Any) -> bool:
    """Whether the type is a list, or a union with one (`list[str] | None`)."""
    plain = plain_type(hint)
    if typing.get_origin(plain) in (typing.Union, types.UnionType):
        return any(is_list(part) for part in typing.get_args(plain))
    return typing.get_origin(plain) is list


def _as_list(value: Any) -> list[Any]:
    if isinstance(value, str | os.PathLike) or not isinstance(value, Iterable):
        return [_as_text(value)]
    return [_as_text(item) for item in value]


def _as_text(value: Any) -> Any:
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    path = getattr(value, "path", None)
    return os.fspath(path) if isinstance(path, os.PathLike) else value
