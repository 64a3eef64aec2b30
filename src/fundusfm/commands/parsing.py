"""From what people type to the keyword arguments of a command, through cyclopts.

Lists take any number of values (`--train A B`, `--labels a,b`), flags stand alone (`--overwrite`) or with `no-` in
front, options may be written with dashes or underscores, and the files a command is about need no option name. Values
on the command line win over those of `--config`.
"""

import inspect
import io
import os
import sys
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, CycloptsError, Group, Parameter, Token, UnusedCliTokensError

from fundusfm.commands.command import Option, options_of, renamed_options
from fundusfm.commands.table import Command
from fundusfm.commands.values import checked_values, is_list, plain_type
from fundusfm.config.option_groups import ORDER, group_of
from fundusfm.config.renamed import RENAMED
from fundusfm.config.types import Metavar
from fundusfm.errors import ConfigError

_GROUPS = {name: Group(name, sort_key=place) for place, name in enumerate(ORDER)}
_CONFIG = "--config"
_WIDTH = 110
_WORDS = {int: "N", float: "NUMBER"}
_SHORT = {"name": "NAME", "manifest": "MANIFEST", "url": "URL"}


def parse(
    command: Command, function: Callable[..., Any], tokens: Sequence[str], *, partly: bool = False
) -> dict[str, Any]:
    """Parses the tokens after the command's name into the function's keyword arguments.

    Args:
        command: Entry of the table.
        function: Its function.
        tokens: What was typed after its name.
        partly: Whether required options may be missing, as in an excerpt.

    Raises:
        ConfigError: An option is unknown, missing, or has a value of the wrong type.
    """
    options = options_of(function)
    typed = _modern(list(tokens), renamed_options(function), [option.name for option in options], command.positional)
    if "ensemble" in {option.name for option in options}:
        typed = _with_ensemble(typed)
    typed, files = _without_config(typed)
    given: dict[str, Any] = {}
    for file in files:
        given |= _read_config(file, options, renamed_options(function))
    if partly:
        given |= {option.name: None for option in options if option.default is inspect.Parameter.empty}
    app = _app(command, function, options, given)
    try:
        _, bound, _ = app.parse_args(typed, exit_on_error=False, print_error=False)
    except CycloptsError as error:
        raise ConfigError(_sentence(error), code="OPTION") from error
    for option in options:
        if bound.arguments.get(option.name) == []:
            raise ConfigError(f"--{_dashed(option.name)} needs at least one value.", code="OPTION")
    return {**given, **bound.arguments}


def help_text(command: Command, function: Callable[..., Any]) -> str:
    """Returns the help of a command: usage, what it does, its options by group, an example."""
    from rich.console import Console

    text = io.StringIO()
    terminal = sys.stdout.isatty()
    width = min(os.get_terminal_size().columns, _WIDTH) if terminal else _WIDTH
    console = Console(file=text, width=width, force_terminal=terminal, highlight=False)
    _app(command, function, options_of(function), {}).help_print([], console=console)
    return text.getvalue().rstrip() + "\n"


def _app(command: Command, function: Callable[..., Any], options: Sequence[Option], given: Mapping[str, Any]) -> App:
    """Builds the parser of one command; values of `given` take the place of defaults."""

    def collect(**arguments: Any) -> None:
        """Takes the arguments; only its signature is used."""

    parameters = [_parameter(option, command.positional, given) for option in options]
    parameters.sort(key=lambda parameter: parameter.kind)
    collect.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    collect.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    collect.__doc__ = inspect.cleandoc(function.__doc__ or "").partition("\n\nArgs:\n")[0]
    name = f"fundusfm {command.name}"
    words = "".join(f" {value_word(option)}" for option in options if option.name in command.positional)
    app = App(
        name=name,
        usage=f"Usage: {name}{words} [OPTIONS]",
        help_format="markdown",
        help_epilogue=f"Example: `{command.example}`\n\n`--config FILE.yaml` reads options from a file.",
        version_flags=(),
        help_flags=(),
        default_command=collect,
    )
    return app


def _parameter(option: Option, positional: Sequence[str], given: Mapping[str, Any]) -> inspect.Parameter:
    many = is_list(option.type)
    shown = Parameter(
        help=option.help.replace("`", ""),
        group=_GROUPS.get(group_of(option.name), Group(group_of(option.name), sort_key=len(ORDER))),
        metavar=value_word(option),
        name=value_word(option) if option.name in positional else None,
        converter=_split if many and not _is_number_list(option.type) else None,
        consume_multiple=True if many else None,
        negative_bool="no-" if option.default is True else (),
        negative_iterable=(),
        allow_leading_hyphen=Metavar("DATE") in _metadata(option.type),
        show_choices=False,
        show_default=not (
            option.default is None or option.default is False or option.default is inspect.Parameter.empty
        ),
        required=option.default is inspect.Parameter.empty and option.name not in given,
    )
    annotation: Any = Annotated[(plain_type(option.type), shown)]
    default = given.get(option.name, option.default)
    kind = inspect.Parameter.POSITIONAL_ONLY if option.name in positional else inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(option.name, kind, default=default, annotation=annotation)


def value_word(option: Option) -> str | None:
    """Returns the word for an option's value, the choices in braces, with dots where it takes several."""
    many = "..." if is_list(option.type) else ""
    word = next((item.word for item in _metadata(option.type) if isinstance(item, Metavar)), None)
    if word is None:
        kinds = [part for part in _members(plain_type(option.type)) if part is not types.NoneType]
        if kinds[0] is bool:
            return None
        choices = typing.get_args(kinds[0]) if typing.get_origin(kinds[0]) is typing.Literal else ()
        word = (
            f"{{{','.join(map(str, choices))}}}" if choices else _WORDS.get(kinds[0], _SHORT.get(option.name, "TEXT"))
        )
    return word + many


def _members(hint: Any) -> tuple[Any, ...]:
    """Returns the types that a union or a list is made of, or the type itself."""
    parts = typing.get_args(hint)
    if typing.get_origin(hint) in (typing.Union, types.UnionType, list):
        return tuple(member for part in parts for member in _members(part))
    return (hint,)


def _metadata(hint: Any) -> tuple[Any, ...]:
    own = getattr(hint, "__metadata__", ())
    return tuple(own) + tuple(item for part in typing.get_args(hint) for item in _metadata(part))


def _is_number_list(hint: Any) -> bool:
    return is_list(hint) and any(word in str(plain_type(hint)) for word in ("list[int]", "list[float]"))


def _split(_: Any, tokens: Sequence[Token]) -> list[str]:
    """Splits values at commas, except one that names an existing file or folder."""
    items: list[str] = []
    for token in tokens:
        value = token.value
        if os.path.lexists(value.partition("=")[2] or value):
            items.append(value)
        else:
            items += [item.strip() for item in value.split(",") if item.strip()]
    return items


def _modern(
    tokens: list[str], renamed: Mapping[str, str], names: Sequence[str], positional: Sequence[str]
) -> list[str]:
    """Writes option names with dashes and under their current names; says so where an old one was used.

    Options that need no name lose it, so that what follows is a value like any other.
    """
    found = []
    for token in tokens:
        if not token.startswith("--") or token == "--":
            found.append(token)
            continue
        name, equals, value = token[2:].partition("=")
        name = name.replace("-", "_")
        negative = "no_" if name.startswith("no_") and name not in names else ""
        bare = name.removeprefix(negative)
        if bare in RENAMED and bare not in names and RENAMED[bare] not in names:
            raise ConfigError(
                f"--{_dashed(bare)} is now called --{_dashed(RENAMED[bare])}, and this command has no such option.",
                code="OPTION",
            )
        if bare in renamed and bare not in names:
            print(f"fundusfm: --{_dashed(bare)} is now called --{_dashed(renamed[bare])}", file=sys.stderr)
            name = negative + renamed[bare]
        if name in positional:
            found += [value] if equals else []
        else:
            found.append(f"--{_dashed(name)}{equals}{value}")
    return found


def _with_ensemble(tokens: list[str]) -> list[str]:
    """Reads `--weights A B`, as it was written before there was --ensemble, as `--weights A --ensemble B`."""
    if "--weights" not in tokens:
        return tokens
    start = end = tokens.index("--weights") + 2
    while end < len(tokens) and any((Path(tokens[end]) / card).is_file() for card in ("card.json", "bundle/card.json")):
        end += 1
    if end == start:
        return tokens
    print("fundusfm: further bundles of --weights are now given with --ensemble", file=sys.stderr)
    return [*tokens[:start], "--ensemble", *tokens[start:end], *tokens[end:]]


def _without_config(tokens: list[str]) -> tuple[list[str], list[str]]:
    """Takes `--config FILE` out of the tokens."""
    rest, files = [], []
    queue = iter(tokens)
    for token in queue:
        name, equals, value = token.partition("=")
        if name != _CONFIG:
            rest.append(token)
            continue
        file = value if equals else next(queue, "")
        if not file or file.startswith("--"):
            raise ConfigError("--config needs a value.", code="OPTION")
        files.append(file)
    return rest, files


def _read_config(file: str, options: Sequence[Option], renamed: Mapping[str, str]) -> dict[str, Any]:
    """Reads options from a YAML file; an empty value keeps the default.

    Raises:
        ConfigError: The file cannot be read, or an option in it is unknown or of the wrong type.
    """
    import yaml

    try:
        content = yaml.safe_load(Path(file).read_text(encoding="utf-8")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"--config {file} cannot be read: {' '.join(str(error).split())}", code="OPTION") from error
    if not isinstance(content, dict):
        raise ConfigError(f"--config {file} holds no options: expected lines such as `epochs: 10`.", code="OPTION")
    hints = {option.name: option.type for option in options}
    found = {}
    for key, value in content.items():
        name = renamed.get(str(key).replace("-", "_"), str(key).replace("-", "_"))
        if name not in hints:
            raise ConfigError(f"--config {file}: unknown option {key!r}; --help lists the options.", code="OPTION")
        if value is not None:
            found[name] = value
    try:
        return checked_values(found, hints)
    except ConfigError as error:
        raise ConfigError(f"--config {file}: {error}", code="OPTION") from error


def _sentence(error: CycloptsError) -> str:
    """Makes one sentence of cyclopts' message, with options as they are typed."""
    if isinstance(error, UnusedCliTokensError):
        value = (error.unused_tokens or [""])[0]
        return f"Unexpected value {value!r}: values follow an option, such as --out {value}."
    text = " ".join(str(error).split()).replace("Parameter ", "").replace("parameter ", "").rstrip(".")
    return f"{text}; --help lists the options."


def _dashed(name: str) -> str:
    return name.replace("_", "-")
