"""The command `fundusfm explain`."""

from typing import TYPE_CHECKING

from fundusfm.commands.command import command
from fundusfm.config.explain import ExplainConfig

if TYPE_CHECKING:
    import pandas as pd


@command(ExplainConfig, renamed={"images": "paths", "method": "cam"})
def explain(config: ExplainConfig) -> "pd.DataFrame":
    """Draws class activation maps over photographs, in original pixels.

    Writes OUT/overlays (one picture per photograph, at its full size), OUT/sheets (photograph, crop and overlay side
    by side, with score and colour bar) and OUT/explain.csv. The scores are those of `fundusfm predict`, and what it
    refuses (no fundus photograph, quality too poor to judge) has no map. A photograph that cannot be read keeps its
    row, with the reason.

    Returns:
        A row per photograph, as in OUT/explain.csv.

    Raises:
        ConfigError: Neither or both of --images and --data are given, or --limit is below 1.
        WeightsError: The weights are missing, have no head, or have no layer that shows positions; or none are named,
            and none ship.
        LabelError: The model has no such label.
    """
    from fundusfm.screening.explain import run_explain

    return run_explain(config)
