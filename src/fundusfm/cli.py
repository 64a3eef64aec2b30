"""The command line: finds the command in the table, imports that one module, and calls its function."""

import difflib
import io
import os
import sys
from collections.abc import Sequence

from fundusfm.commands.table import COMMANDS, Command, load_target
from fundusfm.errors import ConfigError, FundusFMError
from fundusfm.names import shown
from fundusfm.progress import at_command_line

_BAD_INPUT, _INTERRUPTED, _READER_LEFT = 2, 130, 141


def run() -> int:
    """Runs the command that was typed, as the process's own; see `main`."""
    code = main()
    if code == _INTERRUPTED:
        # Libraries that were interrupted while they were imported make Python end by the signal, whatever is returned.
        sys.stdout.flush()
        os._exit(code)
    return code


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command.

    Args:
        argv: What was typed after `fundusfm`; the process's own arguments if not given.

    Returns:
        The exit code: 0 done, 2 input or options the user can correct (one sentence on standard error), 130
        interrupted, 3 where a photograph failed. A bug is an exception with its
        traceback, which Python turns into 1.
    """
    tokens = list(sys.argv[1:] if argv is None else argv)
    _show_any_name()
    if not tokens or tokens[0] in ("-h", "--help", "help"):
        print(_overview(), end="")
        return 0
    if tokens[0] in ("--version", "-V"):
        from fundusfm import __version__

        print(__version__)
        return 0
    try:
        command, tokens = _find(tokens)
        if command is None:
            return 0
        return _run(command, tokens)
    except KeyboardInterrupt:  # while the command's libraries were being imported
        print("\nfundusfm: interrupted.", file=sys.stderr)
        return _INTERRUPTED
    except FundusFMError as error:
        print(f"fundusfm: {shown(error)} [{error.code}]", file=sys.stderr)
        return _BAD_INPUT
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _READER_LEFT


def _show_any_name() -> None:
    """Shows what a screen has no characters for as escapes, as in Windows's code pages, instead of ending with it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _run(command: Command, tokens: list[str]) -> int:
    from fundusfm.commands.command import options_of
    from fundusfm.commands.parsing import help_text, parse

    function = command.load()
    if "--help" in tokens or "-h" in tokens:
        print(help_text(command, function), end="")
        return 0
    arguments = parse(command, function, tokens)
    before = at_command_line.set(True)
    try:
        result = function(**arguments)
    except KeyboardInterrupt:
        resumable = any(option.name == "resume" for option in options_of(function)) and arguments.get("out")
        hint = " Continue where it stopped by adding --resume." if resumable else ""
        print(f"\nfundusfm: interrupted.{hint}", file=sys.stderr)
        return _INTERRUPTED
    finally:
        at_command_line.reset(before)
    return int(load_target(command.exit_code)(result)) if command.exit_code else 0


def _find(tokens: list[str]) -> tuple[Command | None, list[str]]:
    """Returns the command and the tokens after its name; None after showing a group's commands."""
    names = {command.name: command for command in COMMANDS}
    for words in (2, 1):
        command = names.get(" ".join(tokens[:words]))
        if command:
            return command, tokens[words:]
    group = [command for command in COMMANDS if command.name.startswith(f"{tokens[0]} ")]
    if group and tokens[1:2] in ([], ["--help"], ["-h"]):
        print(f"usage: fundusfm {tokens[0]} COMMAND ...\n\n{_listing(group)}", end="")
        return None, []
    known = [command.name for command in group or COMMANDS]
    typed = " ".join(tokens[:2] if group else tokens[:1])
    close = difflib.get_close_matches(typed, known, n=1)
    guess = f" Did you mean: fundusfm {close[0]}?" if close else f" Known: {', '.join(known)}."
    raise ConfigError(f"Unknown command '{typed}'.{guess}", code="COMMAND")


def _overview() -> str:
    return (
        "usage: fundusfm COMMAND [options]\n\n"
        "From a table of fundus photographs to a foundation model and validated downstream models.\n"
        "For research use; not a medical device.\n\n"
        f"{_listing(COMMANDS)}\n"
        "fundusfm COMMAND --help lists its options; --config FILE.yaml reads them from a file.\n"
    )


def _listing(commands: Sequence[Command]) -> str:
    return "".join(f"  {command.name:<18}{command.help}\n" for command in commands)
