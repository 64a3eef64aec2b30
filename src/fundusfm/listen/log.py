"""Events of the service, one JSON object per line; they name studies and instances by UID, never a patient."""

import json
import sys
import threading
from datetime import UTC, datetime
from typing import TextIO

from fundusfm.names import shown


class EventLog:
    """Writes events as lines of JSON; threads can share one.

    Args:
        stream: Receives the lines; standard error by default.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._lock = threading.Lock()

    def write(self, event: str, **facts: str | int | float | None) -> None:
        """Writes one event, with its time in UTC.

        Args:
            event: What happened, such as `received`.
            **facts: What it happened to.
        """
        time = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        known = {name: shown(value) if isinstance(value, str) else value for name, value in facts.items()}
        line = json.dumps({"time": time, "event": event, **known}, ensure_ascii=False)
        with self._lock:
            # In one piece, also where Python does not buffer: a kill leaves a whole line or none.
            self._stream.write(line + "\n")
            self._stream.flush()
