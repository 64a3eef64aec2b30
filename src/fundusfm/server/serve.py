"""The work of `fundusfm serve`."""

import socket
import sys
from typing import TYPE_CHECKING

from fundusfm.config.serve import ServeConfig
from fundusfm.errors import ConfigError
from fundusfm.platforms import allow_open_files

if TYPE_CHECKING:
    from fundusfm.screening.audit.log import AuditLog
    from fundusfm.server.service import Service
    from fundusfm.server.state import State

_HIGHEST_PORT = 65_535
_OPEN_FILES = 4096
_CANCEL_SECONDS = 2


def run_serve(config: ServeConfig) -> None:
    """Runs the command; see `fundusfm.commands` for results and errors."""
    import uvicorn

    from fundusfm.models.released import default_weights
    from fundusfm.server.app import create_app
    from fundusfm.server.load import load_service, open_audit_log
    from fundusfm.server.operation.reload import Reloader
    from fundusfm.server.operation.request_log import logging_config
    from fundusfm.server.protection.access import VARIABLE, choose_tokens, is_loopback
    from fundusfm.server.protection.drain import DrainingServer
    from fundusfm.server.protection.limits import Limits
    from fundusfm.server.protection.proxies import check_proxies, check_root_path

    limits = Limits.of(config)
    root_path, proxies = check_root_path(config.root_path), check_proxies(config.trusted_proxies or [])
    tokens, made_up = choose_tokens(config.auth, config.host, config.tokens)
    listener = listen(config.host, config.port)

    def load() -> "tuple[Service, AuditLog | None]":
        service = load_service(
            [config.weights or default_weights(), *(config.ensemble or [])],
            tta=config.tta,
            operating_point=config.operating_point,
            device=config.device,
            structures=config.structures,
        )
        return service, open_audit_log(config.audit_log, service)

    service, audit_log = load()
    app = create_app(
        service,
        limits=limits,
        tokens=tokens,
        root_path=root_path,
        local_only=tokens is None and is_loopback(config.host),
        audit_log=audit_log,
    )
    shown = f"[{config.host}]" if ":" in config.host else config.host
    address = f"http://{shown}:{listener.getsockname()[1]}/"
    print(f"Serving {', '.join(card.name for card in service.cards)} at {address} (Ctrl-C stops it).", file=sys.stderr)
    if made_up:
        print(f"Token, shown only now (set ${VARIABLE} to choose your own): {made_up}\n"
              f"Page with it: {address}#token={made_up}", file=sys.stderr)  # fmt: skip
    settings = uvicorn.Config(
        app,
        http="h11",  # what DrainingServer knows of connections
        ws="none",
        log_config=logging_config(config.log_format),
        access_log=False,  # a line of RequestLog's is there instead
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies,
        timeout_graceful_shutdown=_CANCEL_SECONDS,
    )
    allow_open_files(_OPEN_FILES)
    state: State = app.state.fundusfm
    DrainingServer(settings, state, patience=config.timeout, reload=Reloader(state, load)).run(sockets=[listener])


def listen(host: str, port: int) -> socket.socket:
    """Opens the socket before the models are loaded, so that a wrong address is told at once.

    Raises:
        ConfigError: The address cannot be used; the sentence says why.
    """
    if not 0 <= port <= _HIGHEST_PORT:
        raise ConfigError(f"--port is {port}; it must be 0 (any free one) to {_HIGHEST_PORT}.")
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        raise ConfigError(f"--host {host} --port {port} cannot be used ({error}): choose a free port of an address "
                          "that this machine has.") from None  # fmt: skip
    return listener
