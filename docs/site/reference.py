"""Build hook: the reference of the command line and of Python, both from the table of commands and its docstrings."""

import inspect
import types
import typing
from typing import Any, Literal

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from fundusfm.arguments import build_parser, parameter_types
from fundusfm.commands.table import COMMANDS, Command, public_functions

_COMMANDS = """# Commands

Options may be written with dashes or underscores; lists take any number of values (`--train A B`, `--labels a,b`);
flags stand alone (`--overwrite`) or with `no-` in front. `--config FILE.yaml` reads options from a file, such as a
run's `config.yaml`; the command line wins. `fundusfm COMMAND --help` prints the same text.

"""
_PYTHON = """# Python

Every command is a function of the package with the same arguments, keywords only: `fundusfm.pretrain(...)`.
`fundusfm.load(...)` returns a model that predicts. Functions are imported on first use. Errors that a caller can
correct derive from `fundusfm.errors.FundusFMError`.

"""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the two generated pages."""
    files.append(File.generated(config, "reference/commands.md", content=commands_page()))
    files.append(File.generated(config, "reference/python.md", content=python_page()))
    return files


def commands_page() -> str:
    """Returns the Markdown of every command: usage, what it does, its options."""
    return _COMMANDS + "\n".join(_command(command) for command in COMMANDS)


def python_page() -> str:
    """Returns the Markdown that lets mkdocstrings write every public function, the loaded model and the errors."""
    targets = {name: target.replace(":", ".") for name, target in sorted(public_functions().items())}
    functions = [_directive(target, heading=f"fundusfm.{name}") for name, target in targets.items()]
    model = _directive("fundusfm.models.predictor.Model", heading="The loaded model", members="[predict]")
    errors = _directive("fundusfm.errors", heading="Errors")
    return _PYTHON + "\n".join([*functions, model, errors])


def _directive(identifier: str, **options: str) -> str:
    lines = "".join(f"      {name}: {value}\n" for name, value in options.items())
    return f"::: {identifier}\n    options:\n{lines}"


def _command(command: Command) -> str:
    function = command.load()
    hints = parameter_types(function)
    helps = {action.dest: action.help for action in build_parser(function, prog=command.name)._actions}
    parameters = inspect.signature(function).parameters
    summary = inspect.cleandoc(function.__doc__ or "").partition("\nArgs:")[0]
    needed = [name for name, parameter in parameters.items() if parameter.default is parameter.empty]
    shown = {name: _option(command, name, hints[name]) for name in dict.fromkeys([*command.positional, *needed])}
    words = [text if name in needed else f"[{text}]" for name, text in shown.items()]
    usage = " ".join(["fundusfm", command.name, *words])
    options = [
        f"`{_option(command, name, hints[name])}`{_default(parameter)}\n:   {helps[name]}\n"
        for name, parameter in parameters.items()
    ]
    return "\n".join([f"## fundusfm {command.name}\n", f"```\n{usage}\n```\n", summary, *options])


def _option(command: Command, name: str, hint: Any) -> str:
    if hint is bool:
        return f"--{_dashed(name)}"
    if name in command.positional:
        return _placeholder(name, hint)
    return f"--{_dashed(name)} {_placeholder(name, hint)}"


def _placeholder(name: str, hint: Any) -> str:
    """Returns what stands for the value: the choices, or the option's name in capitals, with dots for a list."""
    parts = [part for part in _parts(hint) if part is not types.NoneType]
    for part in parts:
        if typing.get_origin(part) is Literal:
            return "|".join(map(str, typing.get_args(part)))
    many = any(typing.get_origin(part) is list for part in parts)
    return name.upper() + (" ..." if many else "")


def _parts(hint: Any) -> tuple[Any, ...]:
    return typing.get_args(hint) if typing.get_origin(hint) in (typing.Union, types.UnionType) else (hint,)


def _default(parameter: inspect.Parameter) -> str:
    if parameter.default is parameter.empty:
        return " (required)"
    if parameter.default in (None, False, ()):
        return ""
    return f" (default {'on' if parameter.default is True else parameter.default})"


def _dashed(name: str) -> str:
    return name.replace("_", "-")
