"""The commands that serve a page: `fundusfm serve` and `fundusfm review`; and `fundusfm review export`."""

from typing import TYPE_CHECKING

from fundusfm.commands.command import command
from fundusfm.config.serve import ReviewConfig, ReviewExportConfig, ServeConfig

if TYPE_CHECKING:
    from fundusfm.review.consensus.export import ReviewExport


@command(ServeConfig)
def serve(config: ServeConfig) -> None:
    """Serves a page to drop photographs on, and a REST interface, until it is told to stop.

    Photographs live in memory while they are scored and nowhere else: nothing is written, and no file name is logged.
    Beyond this machine requests must carry a token, that of $FUNDUSFM_TOKEN or one that is made up and printed once;
    the connection itself is not encrypted, so put a proxy with TLS in front. SIGTERM lets running requests finish.

    Raises:
        ConfigError: An option is out of range, the token is too short, or the address cannot be used.
        WeightsError: There is no such bundle, or it has no head; or none is named, and none ships.
        MissingExtraError: The extra `serve` is not installed.
    """
    from fundusfm.server.serve import run_serve

    run_serve(config)


@command(ReviewConfig)
def review(config: ReviewConfig) -> None:
    """Serves a page on which several readers grade photographs together, until it is told to stop.

    Labels and scores are hidden until a reader has decided. Where readers differ, somebody settles it. Every grade is
    kept in one SQLite file as soon as the page says so; the same command continues a review. Beyond this machine
    requests must carry a token, that of $FUNDUSFM_TOKEN or one that is made up and printed once; the connection itself
    is not encrypted, so put a proxy with TLS in front.

    Raises:
        ManifestError: The table cannot be read.
        LabelError: No label is named or known, or a label's column holds something else than 0 and 1.
        ConfigError: An option is out of range, no photograph is left to read or found, or the address cannot be used.
        RunFolderError: Another process serves the review in this folder.
        MissingExtraError: The extra `serve` is not installed.
    """
    from fundusfm.review.review import run_review

    run_review(config)


@command(ReviewExportConfig)
def export_review(config: ReviewExportConfig) -> "ReviewExport":
    """Writes what a review found: a manifest of the labels that hold, every vote, and how readers and model agree.

    `consensus.csv` has every row of the table; a label that was read holds what an adjudicator said, else what all or
    most readers said, and is empty where that is open. `agreement.html` shows kappa between readers, the model against
    the readers, how often labels changed, and the time per photograph, with intervals over patients. A review may be
    exported while it is going on.

    Returns:
        The tables that were written.

    Raises:
        ConfigError: The folder holds no review, or nobody has graded a photograph.
    """
    from fundusfm.review.consensus.export import run_export

    return run_export(config)
