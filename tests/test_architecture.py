"""The architecture: rooms and their order, size and imports, and names that occur once.

All told from the import statements and definitions of every file.
"""

import ast
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import fundusfm
from fundusfm.commands.table import COMMANDS, load_target
from fundusfm.error_codes import CODES
from fundusfm.errors import FundusFMError, SystemLimitError
from fundusfm.system_limits import LIMITS

_SOURCE = Path(fundusfm.__path__[0])
_ROOMS = (
    "errors",
    "error_codes",
    "extras",
    "config",
    "runs",
    "progress",
    "parquet",
    "sqlite",
    "names",
    "system_limits",
    "platforms",
    "data",
    "models",
    "evaluation",
    "training",
    "report",
    "labels",
    "explain",
    "structures",
    "screening",
    "listen",
    "study",
    "server",
    "review",
)
"""From the bottom to the top; each may import only from those before it."""

_GROUND = {
    "errors",
    "error_codes",
    "extras",
    "config",
    "names",
    "runs",
    "progress",
    "parquet",
    "sqlite",
    "system_limits",
}
_GROUND |= {"platforms"}
_TOP = {"cli", "commands", "demo", "doctor", "info", "__init__", "__main__"}
"""Modules around the command line: they may use every room, and no room may use them."""

_HEAVY = ("torch", "torchvision", "timm", "lightning", "pandas", "duckdb", "cv2", "sklearn", "scipy", "matplotlib")


def _modules() -> list[Path]:
    return sorted(_SOURCE.rglob("*.py"))


def _room(path: Path) -> str:
    return path.relative_to(_SOURCE).with_suffix("").parts[0]


def _imports(path: Path) -> Iterator[tuple[int, str]]:
    """Yields line number and module of every import statement, also those inside functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def _rank(room: str) -> int:
    if room in _GROUND:
        return 0
    return len(_ROOMS) if room in _TOP else _ROOMS.index(room)


def test_no_arrow_points_up() -> None:
    wrong = []
    for path in _modules():
        here = _room(path)
        for line, module in _imports(path):
            parts = module.split(".")
            if parts[0] != "fundusfm" or len(parts) < 2:
                continue
            there = parts[1] if parts[1] in (*_ROOMS, *_TOP) else "__init__"
            down = _rank(there) < _rank(here) or {here, there} <= _GROUND
            if not (down or there == here or here in _TOP):
                wrong.append(f"{path.relative_to(_SOURCE)}:{line} imports {module}")
    assert not wrong, "\n".join(wrong)


def test_every_file_belongs_to_a_room() -> None:
    assert {_room(path) for path in _modules()} <= {*_ROOMS, *_TOP}


def test_no_file_is_too_long() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in _modules()}
    assert not {path: length for path, length in lengths.items() if length > 500}


def test_every_third_party_import_is_declared() -> None:
    declared = {canonicalize_name(Requirement(line).name) for line in metadata.requires("fundusfm") or []}
    packages = metadata.packages_distributions()
    undeclared = set()
    for path in _modules():
        for line, module in _imports(path):
            top = module.split(".")[0]
            if top in sys.stdlib_module_names or top == "fundusfm":
                continue
            if not {canonicalize_name(name) for name in packages.get(top, ())} & declared:
                undeclared.add(f"{path.relative_to(_SOURCE)}:{line} imports {top}")
    assert not undeclared, "\n".join(sorted(undeclared))


def test_parquet_goes_through_one_module() -> None:
    """pandas' own functions need pyarrow, which is a quarter of the base install's size."""
    own = re.compile(r"pyarrow|pd\.read_parquet|\.to_parquet\(")
    found = [path for path in _modules() if path.name != "parquet.py" and own.search(path.read_text(encoding="utf-8"))]
    assert not found


def _loaded(code: str) -> set[str]:
    """Runs code in a fresh interpreter and returns which of the large libraries it imported."""
    probe = f"{code}\nimport sys, json\nprint(json.dumps([m for m in {_HEAVY!r} if m in sys.modules]))"
    result = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return set(json.loads(result.stdout.splitlines()[-1]))


def test_importing_the_package_is_instant() -> None:
    assert _loaded("import fundusfm; fundusfm.__version__; dir(fundusfm)") == set()


def test_help_of_every_command_is_instant() -> None:
    calls = "; ".join(f"main({[*command.name.split(), '--help']!r})" for command in COMMANDS)
    assert _loaded(f"from fundusfm.cli import main; main(['--help']); {calls}") == set()


def test_info_needs_no_torch() -> None:
    assert not _loaded("from fundusfm.cli import main; main(['info', '--json'])") & {"torch", "timm", "pandas"}


def test_one_photograph_at_the_command_line_waits_for_no_table(manifest: Path) -> None:
    photograph = next((manifest.parent / "images").iterdir())
    call = f"main(['predict', {str(photograph)!r}, '--weights', 'light'])"
    assert _loaded(f"from fundusfm.cli import main; {call}") == {"cv2"}


@pytest.mark.parametrize("name", fundusfm.__all__)
def test_public_functions_load(name: str) -> None:
    function = getattr(fundusfm, name)
    assert callable(function)
    assert function.__doc__


def test_functions_win_over_rooms_of_the_same_name() -> None:
    import fundusfm.commands.explain
    import fundusfm.doctor

    assert fundusfm.explain is load_target("fundusfm.commands.explain:explain")
    assert fundusfm.doctor is load_target("fundusfm.commands.machine:doctor")
    with pytest.raises(AttributeError, match="cannot be replaced"):
        fundusfm.doctor = None  # type: ignore[assignment]
    with pytest.raises(AttributeError, match="nothing_such"):
        fundusfm.nothing_such  # noqa: B018


_WIDEST = 20
"""Files that a folder may hold; data sources are siblings of one kind and may be more."""

_ALIKE = {"data/sources"}


def test_no_folder_is_too_wide() -> None:
    files = [path.relative_to(_SOURCE) for path in _modules() if path.name != "__init__.py"]
    widths = Counter(str(path.parent) for path in files)
    assert not {folder: width for folder, width in widths.items() if width > _WIDEST and folder not in _ALIKE}


def test_public_class_names_occur_once() -> None:
    places: dict[str, list[str]] = {}
    for path in _modules():
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places.setdefault(node.name, []).append(str(path.relative_to(_SOURCE)))
    assert not {name: found for name, found in places.items() if len(found) > 1}


def test_no_file_is_named_after_its_twin() -> None:
    assert not [path for path in _modules() if path.stem.endswith("_run")]


@pytest.mark.parametrize("pattern", [r"dict\(locals\(\)\)", r"\*\*options: Any", r"hash\(\("])
def test_no_untyped_doors(pattern: str) -> None:
    found = [path for path in _modules() if re.search(pattern, path.read_text(encoding="utf-8"))]
    assert not found


def test_error_codes_are_explained() -> None:
    used = {error.prefix for error in _subclasses(FundusFMError)} | {FundusFMError.prefix}
    prefixes = {error.__name__: error.prefix for error in _subclasses(FundusFMError)}
    for path in _modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in prefixes:
                codes = [word.value for word in node.keywords if word.arg == "code"]
                used |= {f"{prefixes[node.func.id]}-{code.value}" for code in codes if isinstance(code, ast.Constant)}
    used |= {f"{SystemLimitError.prefix}-{code}" for code, _, _ in LIMITS.values()}
    assert used == set(CODES)


def _subclasses(base: type[FundusFMError]) -> set[type[FundusFMError]]:
    return {found for child in base.__subclasses__() for found in {child, *_subclasses(child)}}
