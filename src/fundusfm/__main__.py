"""`python -m fundusfm` is the same as `fundusfm`."""

import sys

from fundusfm.cli import main

sys.exit(main())
