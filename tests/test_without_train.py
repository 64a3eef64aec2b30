"""What only looks at photographs reaches no package of the extra `[train]`, as the import statements tell."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import fundusfm
from fundusfm.commands.table import COMMANDS, Command
from fundusfm.extras import PACKAGES

_SOURCE = Path(fundusfm.__path__[0])
_TRAINS = {"torch", "torchvision", "timm", "lightning", "torchmetrics", *PACKAGES["train"], "ray"}
_LOOKS = [command for command in COMMANDS if command.extra != "train"]
_BLOCKED = """
import sys
sys.modules.update(dict.fromkeys(%r))
import fundusfm
%s
"""


@cache
def _tree(module: str) -> ast.Module | None:
    path = _SOURCE.parent.joinpath(*module.split("."))
    for file in (path.with_suffix(".py"), path / "__init__.py"):
        if file.is_file():
            return ast.parse(file.read_text(encoding="utf-8"))
    return None


def _at_import(node: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """Yields the statements that importing a module executes: none of functions, none for type checkers."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            continue
        elif not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from _at_import(child)


def _modules(statements: Iterator[ast.Import | ast.ImportFrom]) -> Iterator[str]:
    for statement in statements:
        if isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names)
        else:
            yield statement.module or ""
            yield from (f"{statement.module}.{alias.name}" for alias in statement.names)


def _chain(start: str) -> list[str]:
    """Returns how importing a module leads to a package that trains; empty if it does not."""
    paths = {start: [start]}
    queue = [start]
    for module in queue:
        tree = _tree(module)
        for name in _modules(_at_import(tree)) if tree else ():
            if name.split(".")[0] in _TRAINS:
                return [*paths[module], name]
            if name.startswith("fundusfm.") and name not in paths:
                paths[name] = [*paths[module], name]
                queue.append(name)
    return []


def _imported_by(target: str) -> set[str]:
    """Returns the modules that the function of a command imports when it runs."""
    module, name = target.split(":")
    tree = _tree(module)
    assert tree is not None
    function = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name)
    statements = (node for node in ast.walk(function) if isinstance(node, ast.Import | ast.ImportFrom))
    return {name for name in _modules(statements) if _tree(name) is not None}


@pytest.mark.parametrize("command", _LOOKS, ids=lambda command: command.name)
def test_a_command_that_looks_imports_nothing_that_trains(command: Command) -> None:
    chains = [_chain(module) for module in _imported_by(command.target)]
    assert not any(chains), "\n".join(" > ".join(chain) for chain in chains if chain)


@pytest.mark.parametrize("module", ["fundusfm.screening.model", "fundusfm.server.app", "fundusfm.server.load"])
def test_nor_do_model_and_server(module: str) -> None:
    assert not _chain(module), " > ".join(_chain(module))


def test_one_photograph_without_any_of_them(tmp_path: Path, manifest: Path) -> None:
    photograph = next((manifest.parent / "images").iterdir())
    code = _BLOCKED % (
        sorted(_TRAINS),
        "table = fundusfm.load('light').predict(sys.argv[1], gate=False)\n"
        "print(table[['image', 'abnormal.score']].to_json(orient='records'))",
    )
    result = subprocess.run(
        [sys.executable, "-c", code, str(photograph)], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert result.returncode == 0, result.stderr
    assert 0 <= json.loads(result.stdout)[0]["abnormal.score"] <= 1
