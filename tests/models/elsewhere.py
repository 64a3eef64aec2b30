"""Runs code of a README in a process that has no FundusFM, and none of the libraries it claims not to need."""

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path


def python_blocks(page: Path) -> list[str]:
    """Returns the Python examples of a Markdown page, in order."""
    return re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)


def run_elsewhere(code: str, *, blocked: Sequence[str], folder: Path) -> str:
    """Runs code in a folder, and returns what it prints; importing a blocked module fails there.

    The interpreter is isolated (-I), so no path of this process reaches it; what is installed is, hence the blocks.
    """
    block = f"import sys\nfor name in {list(blocked)!r}:\n    sys.modules[name] = None\n"
    result = subprocess.run(
        [sys.executable, "-I", "-c", block + code], cwd=folder, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, f"{code}\n{result.stderr}"
    return result.stdout
