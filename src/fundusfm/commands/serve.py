"""The command `fundusfm serve`."""

from fundusfm.commands.command import command
from fundusfm.config.serve import ServeConfig


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
