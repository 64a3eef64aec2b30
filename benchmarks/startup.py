"""Row `start-up`: help, import and the first prediction, each in a fresh process."""

import subprocess
import sys
from pathlib import Path
from statistics import median

from benchmarks.interleave import seconds
from benchmarks.material import photographs, probed
from benchmarks.table import Row

_PREDICT = "import sys, fundusfm; fundusfm.load(sys.argv[1]).predict([sys.argv[2]])"


def rows(folder: Path, repeats: int) -> list[Row]:
    """Measures cold processes; the files themselves are in the operating system's cache."""
    bundle = probed(folder, backbone="mobilenetv2_100", size=224)
    photograph = photographs(folder, count=200, size=224)[0]
    work = {
        "fundusfm --help": (["-m", "fundusfm", "--help"], "0.5 s"),
        "import fundusfm": (["-c", "import fundusfm"], "0.5 s"),
        "first prediction": (["-c", _PREDICT, str(bundle), str(photograph)], "4 s"),
    }
    found = []
    for name, (arguments, target) in work.items():
        taken = [seconds(lambda: _run(arguments)) for _ in range(repeats)]  # noqa: B023 - called at once
        found.append(
            Row("start-up", f"{name}, fresh process", f"{median(taken):.2f} s", spread=f"{min(taken):.2f} to "
                f"{max(taken):.2f} s", target=f"at most {target}")
        )  # fmt: skip
    return found


def _run(arguments: list[str]) -> None:
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
