"""Events as lines of JSON."""

import json
from io import StringIO

from fundusfm.listen.log import EventLog


def test_a_line_is_json_with_a_time_whatever_it_says() -> None:
    stream = StringIO()
    EventLog(stream).write("received", origin='a "title"\n\x1b[31m', bytes=3)
    (line,) = stream.getvalue().splitlines()
    event = json.loads(line)
    assert event.pop("time").endswith("Z")
    assert event == {"event": "received", "origin": 'a "title"\\x0a\\x1b[31m', "bytes": 3}
