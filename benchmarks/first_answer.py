"""Row `first answer`: help, import and one photograph through `light`, each in a fresh process."""

import subprocess
import sys
from pathlib import Path
from statistics import median

from benchmarks.interleave import processor_seconds, seconds
from benchmarks.material import camera_photographs
from benchmarks.table import Row


def rows(folder: Path, repeats: int) -> list[Row]:
    """Measures cold processes; the files themselves are in the operating system's cache."""
    photograph = camera_photographs(folder, count=6)[0]
    work = {
        "fundusfm --help": (["-m", "fundusfm", "--help"], "0.5 s"),
        "import fundusfm": (["-c", "import fundusfm"], "0.5 s"),
        "fundusfm predict, one photograph of a camera, light": (
            ["-m", "fundusfm", "predict", str(photograph), "--weights", "light"],
            "1.2 s",
        ),
    }
    found = []
    for name, (arguments, target) in work.items():
        before = processor_seconds()
        taken = [seconds(lambda: _run(arguments)) for _ in range(repeats)]  # noqa: B023 - called at once
        each = (processor_seconds() - before) / repeats
        found.append(
            Row("first answer", f"{name}, fresh process", f"{median(taken):.2f} s", spread=f"{min(taken):.2f} to "
                f"{max(taken):.2f} s", target=f"at most {target}", beside=f"{each:.2f} s of processor time")
        )  # fmt: skip
    return found


def _run(arguments: list[str]) -> None:
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
