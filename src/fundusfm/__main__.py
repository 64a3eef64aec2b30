"""`python -m fundusfm` is the same as `fundusfm`."""

import sys

from fundusfm.cli import run

sys.exit(run())
