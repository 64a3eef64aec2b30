"""Build hook: the reference of commands, of Python and of errors, from the table of commands, docstrings and codes."""

import inspect

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from fundusfm.commands.command import Option, options_of
from fundusfm.commands.parsing import value_word
from fundusfm.commands.table import COMMANDS, Command, public_functions
from fundusfm.error_codes import CODES

_COMMANDS = """# Commands

Options may be written with dashes or underscores. Lists take any number of values (`--train A B`, `--labels a,b`).
Flags stand alone (`--overwrite`) or, where they are on by default, with `no-` in front. `--config FILE.yaml` reads
options from a file, such as the `config.yaml` of a run, and options on the command line override it.
`fundusfm COMMAND --help` shows the same text.

"""
_PYTHON = """# Python

Every command is a function of the package with the same arguments, keywords only: `fundusfm.pretrain(...)`.
`fundusfm.load(...)` returns a model that predicts, and `fundusfm.FundusFeatures` is a transformer of scikit-learn. All
are imported on first use. Errors that a caller can correct derive from `fundusfm.errors.FundusFMError`.

"""
_ERRORS = """# Errors

Every error has a code, which stays the same when its message is reworded. The command line prints the message with the
code and exits with 2. In Python the code is the attribute `code` of the exception.

| code | cause | fix |
| --- | --- | --- |
"""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the generated pages."""
    files.append(File.generated(config, "reference/commands.md", content=commands_page()))
    files.append(File.generated(config, "reference/python.md", content=python_page()))
    files.append(File.generated(config, "reference/errors.md", content=errors_page()))
    return files


def commands_page() -> str:
    """Returns the Markdown of every command: usage, what it does, its options."""
    return _COMMANDS + "\n".join(_command(command) for command in COMMANDS)


def python_page() -> str:
    """Returns the Markdown of every public function, the loaded model and the errors."""
    functions = [_function(command) for command in COMMANDS]
    load = _directive(public_functions()["load"].replace(":", "."), "fundusfm.load")
    model = _directive("fundusfm.screening.model.Model", "The loaded model")
    features = _directive(public_functions()["FundusFeatures"].replace(":", "."), "fundusfm.FundusFeatures")
    run = _directive("fundusfm.report.read.Run", "A run")
    errors = _directive("fundusfm.errors", "Errors")
    return _PYTHON + "\n".join([*functions, load, model, features, run, errors])


def errors_page() -> str:
    """Returns the Markdown table of every error code."""
    return _ERRORS + "".join(f"| `{code}` | {entry.cause} | {entry.fix} |\n" for code, entry in CODES.items())


def _directive(identifier: str, heading: str) -> str:
    return f"::: {identifier}\n    options:\n      heading: {heading}\n      toc_label: {heading}\n"


def _function(command: Command) -> str:
    """Returns the Markdown of a command as a Python function."""
    function = command.load()
    name = command.target.partition(":")[2]
    options = options_of(function)
    signature = ",\n".join(f"    {option.name}{_python_default(option)}" for option in options)
    summary, _, rest = inspect.cleandoc(function.__doc__ or "").partition("\n\nArgs:\n")
    _, _, results = rest.partition("\n\nReturns:\n")
    returns = results.partition("\n\nRaises:\n")[0].strip()
    lines = [f"## fundusfm.{name}\n", f"```python\n{name}(\n    *,\n{signature},\n)\n```\n", summary, ""]
    lines += [f"`{option.name}`\n:   {option.help}\n" for option in options]
    return "\n".join([*lines, *([f"**Returns** {returns}\n"] if returns else [])])


def _python_default(option: Option) -> str:
    return "" if option.default is inspect.Parameter.empty else f"={option.default!r}"


def _command(command: Command) -> str:
    function = command.load()
    options = options_of(function)
    summary = inspect.cleandoc(function.__doc__ or "").partition("\n\nArgs:\n")[0]
    needed = [option for option in options if option.default is inspect.Parameter.empty]
    first = [option for option in options if option.name in command.positional]
    words = [
        _shown(command, option) if option in needed else f"[{_shown(command, option)}]"
        for option in dict.fromkeys([*first, *needed])
    ]
    usage = " ".join(["fundusfm", command.name, *words])
    lines = [f"`{_shown(command, option)}`{_default(option)}\n:   {option.help}\n" for option in options]
    code = f"```\n{usage}\n```\n"
    example = f'```sh title="Example"\n{command.example}\n```\n'
    return "\n".join([f"## fundusfm {command.name}\n", code, f"{summary}\n", example, *lines])


def _shown(command: Command, option: Option) -> str:
    word = value_word(option)
    if option.name in command.positional:
        return word or option.name
    name = f"--{option.name.replace('_', '-')}"
    return f"{name} {word}" if word else name


def _default(option: Option) -> str:
    if option.default is inspect.Parameter.empty:
        return " (required)"
    if option.default is None or option.default is False or option.default == ():
        return ""
    return f" (default {'on' if option.default is True else option.default})"
