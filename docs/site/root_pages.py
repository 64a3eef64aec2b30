"""Build hook: adds the pages at the root of the repository, where people look for them first, to the site."""

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

_ROOT = Path(__file__).resolve().parent.parent.parent
_JOINED = {"CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
_FIRST_STEPS = {"README.md": "start.md"}
"""The README repeats the site, so it is left out, and links to it lead to the first commands."""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the joined pages; links in them start at the root instead of in docs/."""
    for name, page in _JOINED.items():
        text = (_ROOT / name).read_text(encoding="utf-8").replace("](docs/", "](")
        files.append(File.generated(config, page, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Points links that leave docs/ for the root to where those pages are in the site."""
    for name, target in {**_JOINED, **_FIRST_STEPS}.items():
        markdown = re.sub(rf"\]\((\.\./)?{re.escape(name)}", f"]({target}", markdown)
    return markdown
