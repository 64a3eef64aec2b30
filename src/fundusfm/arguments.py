"""Turns what people type into what jsonargparse reads, by looking at the types of the function that is called.

Lists take any number of values (`--train A B`, `--labels a,b`), booleans are plain flags (`--overwrite`), options may
be written with dashes or underscores, and the file a command is about needs no option name. Values given on the
command line always win over those of `--config`.
"""

import difflib
import inspect
import json
import types
import typing
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from jsonargparse import ArgumentError, ArgumentParser

from fundusfm.errors import ConfigError

_OWN_OPTIONS = ("config", "print_config", "help")
_BOOLEANS = {"true": "true", "yes": "true", "1": "true", "false": "false", "no": "false", "0": "false"}


def parameter_types(function: Callable[..., Any]) -> dict[str, Any]:
    """Returns the type of each parameter; reading the return type as well might import a large library."""
    return typing.get_type_hints(_without_return(function))


def build_parser(function: Callable[..., Any], *, prog: str) -> ArgumentParser:
    """Returns a parser whose options, types, defaults and help come from the function's signature and docstring."""
    light = _without_return(function)
    light.__annotations__ = parameter_types(function)
    parser = ArgumentParser(prog=prog, exit_on_error=False)
    parser.add_argument("--config", action="config", help="YAML file of options, such as a run's config.yaml")
    parser.add_function_arguments(light, sub_configs=False)
    return parser


def parse(
    parser: ArgumentParser, function: Callable[..., Any], tokens: Sequence[str], positional: Sequence[str] = ()
) -> dict[str, Any]:
    """Parses the tokens after the command's name into the function's keyword arguments.

    Raises:
        ConfigError: An option is unknown, missing, or has a value of the wrong type.
    """
    hints = parameter_types(function)
    try:
        namespace = parser.parse_args(normalise(tokens, hints, positional))
    except ArgumentError as error:
        raise ConfigError(_sentence(str(error))) from error
    return {name: value for name, value in namespace.as_dict().items() if name in hints}


def normalise(tokens: Sequence[str], hints: dict[str, Any], positional: Sequence[str] = ()) -> list[str]:
    """Rewrites tokens to `--name=value`, one per option, with lists as JSON and the configuration file first.

    Raises:
        ConfigError: An option or a loose value that the command does not know.
    """
    first: list[str] = []
    rest: list[str] = []
    lists: dict[str, list[str]] = {}
    waiting = list(positional)
    queue = list(tokens)
    while queue:
        token = queue.pop(0)
        if token in ("-h", "--help"):
            return ["--help"]
        if not token.startswith("--"):
            if not waiting:
                raise ConfigError(f"Unexpected value {token!r}: values follow an option, such as --out {token}.")
            name = waiting.pop(0)
            if name in hints and _is_list(hints[name]):
                values = [token, *_values(queue)]
                lists.setdefault(name, []).extend(_items(name, values))
            else:
                rest.append(f"--{name}={token}")
            continue
        name, given, value = token[2:].partition("=")
        name = name.replace("-", "_")
        values = [value] if given else []
        kind = hints.get(name)
        if kind is not None and _is_list(kind):
            values += _values(queue)
            lists.setdefault(name, []).extend(_items(name, values))
        elif kind is bool:
            if not given and queue and queue[0].lower() in ("true", "false"):
                values = [queue.pop(0)]
            rest.append(f"--{name}={_boolean(name, values[0]) if values else 'true'}")
        elif name.startswith("no_") and hints.get(name[3:]) is bool and not given:
            rest.append(f"--{name[3:]}=false")
        elif name in hints or name in _OWN_OPTIONS:
            if name == "print_config":
                rest.append("--print_config" + (f"={value}" if given else ""))
                continue
            if not given:
                if not queue or queue[0].startswith("--"):
                    raise ConfigError(f"--{_dashed(name)} needs a value.")
                value = queue.pop(0)
            (first if name == "config" else rest).append(f"--{name}={value}")
            if name in waiting:
                waiting.remove(name)
        else:
            raise ConfigError(f"Unknown option --{_dashed(name)}{_guess(name, hints)}; --help lists the options.")
    return first + rest + [f"--{name}={_as_json(hints[name], items)}" for name, items in lists.items()]


def format_help(parser: ArgumentParser, positional: Sequence[str] = ()) -> str:
    """Returns the parser's help, written the way options are typed here."""
    text = parser.format_help()
    for name in positional:
        text = text.replace(f" --{name} {name.upper()}\n", f" {name.upper()}\n").replace(
            f" --{name} {name.upper()} ", f" {name.upper()} "
        )
    lines = []
    for line in text.splitlines():
        words = line.split(" ")
        lines.append(" ".join(_shown(word) for word in words if word != "{true,false}" and word != "{true,false}]"))
    return "\n".join(lines) + "\n"


def _shown(word: str) -> str:
    return word.replace("_", "-") if word.lstrip("[").startswith("--") else word


def _without_return(function: Callable[..., Any]) -> types.FunctionType:
    """Copies the function without its return annotation."""
    inner = inspect.unwrap(function)
    copy = types.FunctionType(inner.__code__, inner.__globals__, inner.__name__, inner.__defaults__, inner.__closure__)
    copy.__kwdefaults__ = inner.__kwdefaults__
    copy.__doc__ = inner.__doc__
    copy.__module__ = inner.__module__
    copy.__annotations__ = {name: hint for name, hint in inner.__annotations__.items() if name != "return"}
    return copy


def _is_list(hint: Any) -> bool:
    """Whether the type is a list, or a union with one (`list[str] | None`)."""
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        return any(_is_list(part) for part in typing.get_args(hint))
    return origin is list or hint is list


def _as_json(hint: Any, items: Sequence[str]) -> str:
    """Writes the items as a JSON list; numbers stay bare where the list holds numbers."""
    numeric = any(part in str(hint) for part in ("list[int]", "list[float]"))
    return f"[{','.join(items)}]" if numeric else json.dumps(items)


def _values(queue: list[str]) -> list[str]:
    """Takes the values up to the next option off the queue."""
    end = next((place for place, token in enumerate(queue) if token.startswith("--")), len(queue))
    values, queue[:] = queue[:end], queue[end:]
    return values


def _items(name: str, values: Sequence[str]) -> list[str]:
    """Splits at commas, except in a value that names an existing file or folder."""
    items: list[str] = []
    for value in values:
        if Path(value.partition("=")[2] or value).exists():
            items.append(value)
        else:
            items.extend(item.strip() for item in value.split(",") if item.strip())
    if not items:
        raise ConfigError(f"--{_dashed(name)} needs at least one value.")
    return items


def _boolean(name: str, value: str) -> str:
    if value.lower() not in _BOOLEANS:
        raise ConfigError(
            f"--{_dashed(name)} is a flag: give it alone, or as --{_dashed(name)}=true or =false (not {value!r})."
        )
    return _BOOLEANS[value.lower()]


def _dashed(name: str) -> str:
    return name.replace("_", "-")


def _guess(name: str, hints: dict[str, Any]) -> str:
    close = difflib.get_close_matches(name, [*hints, *_OWN_OPTIONS], n=1)
    return f" (did you mean --{_dashed(close[0])}?)" if close else ""


def _sentence(message: str) -> str:
    """Makes one line of jsonargparse's message."""
    text = " ".join(part.strip() for part in message.splitlines() if part.strip())
    missing = text.removeprefix("the following arguments are required: ")
    if missing != text:
        needed = ", ".join(f"--{_dashed(name.strip())}" for name in missing.split(","))
        return f"Missing: {needed}; --help says what each is."
    return text.replace("Parser key ", "Option ").replace("typing.Literal", "one of ")
