"""A study's folder is one process's at a time, until it ends, however it ends."""

import subprocess
import sys
from pathlib import Path

import pytest

from fundusfm.errors import RunFolderError
from fundusfm.study.alone import alone

_HOLD = "import sys, time\nfrom pathlib import Path\nfrom fundusfm.study.alone import alone\n" + (
    "with alone(Path(sys.argv[1])):\n    print('held', flush=True)\n    time.sleep(600)\n"
)


def test_another_process_is_refused_until_the_first_is_killed(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", _HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(RunFolderError, match="Another fundusfm study is at work in"), alone(tmp_path):
            pass
    finally:
        holder.kill()
        holder.wait()
    with alone(tmp_path):
        pass
