"""The page on architecture: its tree shows every folder of the package, and no other."""

import re
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
_PACKAGE = _ROOT / "src" / "fundusfm"


def _shown() -> set[str]:
    """Returns the folders of the page's tree, relative to the package."""
    text = (_ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    tree = re.findall(r"^src/fundusfm/\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)[0]
    folders: list[str] = []
    above: list[str] = []
    for line in tree.splitlines():
        depth = (len(line) - len(line.lstrip())) // 2 - 1
        names = re.findall(r"(\w+)/", re.split(r" {2,}", line.strip())[0])
        above = above[:depth]
        folders += ["/".join([*above, name]) for name in names]
        above += names[-1:]
    return set(folders)


def test_the_tree_shows_every_folder() -> None:
    files = (path.relative_to(_PACKAGE) for path in _PACKAGE.rglob("*") if path.is_file())
    there = {folder.as_posix() for path in files for folder in path.parents if "__pycache__" not in path.parts}
    assert _shown() == there - {"."}


def test_every_file_that_the_page_names_exists() -> None:
    text = (_ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:\w+/)+\w*(?:\.\w+)?)`", text)
    assert len(named) > 5
    assert not [name for name in named if not (_PACKAGE / name).exists()]
