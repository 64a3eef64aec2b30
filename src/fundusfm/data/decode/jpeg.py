"""Is a JPEG file whole? Decoders only warn; two markers tell."""

_START_OF_SCAN = 0xDA
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD9)})


def is_complete_jpeg(content: bytes) -> bool:
    """Tells whether the main image's end marker (FF D9) follows its compressed data.

    The compressed data never holds FF D9 by chance (a data byte FF is followed by 00), but a thumbnail inside the
    metadata ends with one, so the search starts behind the header of the first scan.
    """
    scan = _first_scan(content)
    return scan is not None and content.rfind(b"\xff\xd9", scan) >= 0


def _first_scan(content: bytes) -> int | None:
    place = 2
    while place + 4 <= len(content):
        if content[place] != 0xFF:
            return None
        marker = content[place + 1]
        if marker == 0xFF:  # padding before a marker
            place += 1
            continue
        if marker in _STANDALONE:
            place += 2
            continue
        place += 2 + int.from_bytes(content[place + 2 : place + 4], "big")
        if marker == _START_OF_SCAN:
            return place
    return None
