"""The work of `fundusfm review`."""

import sys
from pathlib import Path

from fundusfm.config.serve import ReviewConfig
from fundusfm.review.queue import CONTROL, read_queue
from fundusfm.review.record import FILE, ReviewRecord, create_record, open_record
from fundusfm.runs import exclusive_lock
from fundusfm.server.protection.access import VARIABLE, choose_token, is_loopback
from fundusfm.server.serve import listen


def run_review(config: ReviewConfig) -> None:
    """Runs the command; see `fundusfm.commands` for results and errors."""
    import uvicorn

    from fundusfm.review.app import create_review_app
    from fundusfm.review.desk import Desk

    token, made_up = choose_token(config.auth, config.host)
    listener = listen(config.host, config.port)
    out = Path(config.out)
    out.mkdir(parents=True, exist_ok=True)
    with exclusive_lock(out, command="review"):
        record = start_record(config)
        app = create_review_app(Desk(record), token=token, local_only=token is None and is_loopback(config.host))
        shown = f"[{config.host}]" if ":" in config.host else config.host
        address = f"http://{shown}:{listener.getsockname()[1]}/"
        print(f"Review at {address} (Ctrl-C stops it; every grade is in {out / FILE}).", file=sys.stderr)
        if made_up:
            print(f"Token, shown only now (set ${VARIABLE} to choose your own): {token}\n"
                  f"Page with it: {address}#token={token}", file=sys.stderr)  # fmt: skip
        settings = uvicorn.Config(app, http="h11", ws="none", log_level="warning", server_header=False)
        try:
            uvicorn.Server(settings).run(sockets=[listener])
        finally:
            record.close()


def start_record(config: ReviewConfig) -> ReviewRecord:
    """Opens the review in the folder, or makes a new one of the table."""
    path = Path(config.out) / FILE
    if path.exists():
        print(f"{path} is continued, with the photographs that it was started with.", file=sys.stderr)
        return open_record(config.out)
    labels, photographs = read_queue(config)
    path.parent.mkdir(parents=True, exist_ok=True)
    counts: dict[str, int] = {}
    for one in photographs:
        if one.reason and not one.lost:
            counts[one.reason] = counts.get(one.reason, 0) + 1
    controls = counts.pop(CONTROL, 0)
    said = ", ".join(f"{count} {reason}" for reason, count in counts.items())
    first = ", each counted under its first reason" if len(counts) > 1 else ""
    print(f"To read{first}: {said}, {controls} controls; labels {', '.join(labels)}.", file=sys.stderr)
    if lost := sum(one.lost for one in photographs):
        print(f"Left out, because their files cannot be opened: {lost}; the page names them.", file=sys.stderr)
    return create_record(path, labels, photographs)
