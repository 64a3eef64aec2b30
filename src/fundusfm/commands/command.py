"""How a command is made: one frozen configuration object, one function that takes it."""

import functools
import inspect
import textwrap
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, ParamSpec, TypeVar, get_type_hints, overload

from fundusfm.commands.table import command_of
from fundusfm.commands.values import checked_values, unknown_option
from fundusfm.config.renamed import RENAMED
from fundusfm.extras import require_extra
from fundusfm.progress import at_command_line
from fundusfm.runs import command_locks
from fundusfm.system_limits import as_system_limit

P = ParamSpec("P")
ConfigT = TypeVar("ConfigT")
ResultT = TypeVar("ResultT")
FinishedT = TypeVar("FinishedT")


@dataclass(frozen=True)
class Option:
    """One option of a command.

    Attributes:
        name: As in Python, with underscores.
        type: Its type, with `Annotated` metadata.
        default: Its default; `inspect.Parameter.empty` where it is required.
        help: What it is.
    """

    name: str
    type: Any
    default: Any
    help: str


@overload
def command(
    config: Callable[P, ConfigT], *, renamed: Mapping[str, str] | None = None
) -> Callable[[Callable[[ConfigT], ResultT]], Callable[P, ResultT]]: ...


@overload
def command(
    config: Callable[P, ConfigT], *, renamed: Mapping[str, str] | None = None, finish: Callable[[ResultT], FinishedT]
) -> Callable[[Callable[[ConfigT], ResultT]], Callable[P, FinishedT]]: ...


def command(
    config: Callable[P, ConfigT],
    *,
    renamed: Mapping[str, str] | None = None,
    finish: Callable[[Any], Any] | None = None,
) -> Callable[[Callable[[ConfigT], Any]], Callable[P, Any]]:
    """Turns a function of a configuration object into a function of keyword arguments, typed for editors and mypy.

    Args:
        config: The configuration's class, a frozen dataclass whose fields are the options.
        renamed: Old option names of this command alone, and what they are called now.
        finish: Turns what the function returns into what Python gets. The command line goes without, and so does not
            wait for libraries that only the result of a Python call needs.
    """

    def decorate(function: Callable[[ConfigT], Any]) -> Callable[P, Any]:
        names = {field.name for field in fields(config)}  # type: ignore[arg-type]
        build: Callable[..., ConfigT] = config
        first = next(iter(inspect.signature(config).parameters))
        old_names = {old: new for old, new in {**RENAMED, **(renamed or {})}.items() if new in names - {old}}

        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> Any:
            for old in old_names.keys() & kwargs.keys():
                warnings.warn(f"{old} is now called {old_names[old]}", DeprecationWarning, stacklevel=2)
                kwargs[old_names[old]] = kwargs.pop(old)
            if args:
                raise TypeError(f"{function.__name__}() takes its options by name, such as {first}=...")
            for name in kwargs.keys() - names:
                raise unknown_option(function.__name__, name, names)
            values = checked_values(kwargs, get_type_hints(config, include_extras=True))
            listed = command_of(f"{function.__module__}:{function.__name__}")
            if listed and listed.extra:
                require_extra(listed.extra, f"fundusfm {listed.name}")
            try:
                with command_locks():
                    result = function(build(**values))
                    return result if finish is None or at_command_line.get() else finish(result)
            except OSError as error:
                if (limit := as_system_limit(error)) is None:
                    raise
                raise limit from error

        del call.__wrapped__
        call.config = config  # type: ignore[attr-defined]
        call.renamed = old_names  # type: ignore[attr-defined]
        returned = inspect.signature(finish or function).return_annotation
        call.__signature__ = inspect.signature(config).replace(return_annotation=returned)  # type: ignore[attr-defined]
        call.__doc__ = _with_arguments(function.__doc__ or "", config)
        return call

    return decorate


def options_of(function: Callable[..., Any]) -> list[Option]:
    """Returns the options of a command, in the order of its configuration's fields."""
    config = function.config  # type: ignore[attr-defined]
    hints = get_type_hints(config, include_extras=True)
    helps = field_docs(config)
    parameters = inspect.signature(config).parameters
    return [Option(name, hints[name], parameters[name].default, helps[name]) for name in parameters]


def renamed_options(function: Callable[..., Any]) -> dict[str, str]:
    """Returns the old option names of a command and what they are called now."""
    found: dict[str, str] = function.renamed  # type: ignore[attr-defined]
    return found


def field_docs(config: Any) -> dict[str, str]:
    """Returns what the docstrings of a dataclass and of its bases say of each field."""
    found: dict[str, str] = {}
    for base in reversed(config.__mro__):
        _, _, section = (inspect.getdoc(base) or "").partition("Attributes:\n") if "__doc__" in vars(base) else "   "
        name = ""
        for line in textwrap.dedent(section).splitlines():
            if line and not line[0].isspace():
                name, _, text = line.partition(": ")
                found[name] = text
            elif name:
                found[name] += " " + line.strip()
    return found


def _with_arguments(doc: str, config: Any) -> str:
    """Adds an `Args:` section before `Returns:` and `Raises:`."""
    text = inspect.cleandoc(doc)
    helps = field_docs(config)
    arguments = "\n".join(f"    {field.name}: {helps[field.name]}" for field in fields(config))
    head, separator, tail = text.partition("\n\nReturns:\n")
    if not separator:
        head, separator, tail = text.partition("\n\nRaises:\n")
    return f"{head}\n\nArgs:\n{arguments}{separator}{tail}\n"
