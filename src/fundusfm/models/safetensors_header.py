"""Safetensors whose bytes depend on their content alone."""

import json

_LENGTH = 8
"""Bytes at the start of a file that tell the length of its header."""


def with_sorted_metadata(content: bytes) -> bytes:
    """Returns the same safetensors with the metadata's keys in order.

    The library writes them in an order that changes from run to run, so that equal weights would have files of
    different checksums.

    Args:
        content: A whole file.
    """
    end = _LENGTH + int.from_bytes(content[:_LENGTH], "little")
    header = json.loads(content[_LENGTH:end])
    if "__metadata__" in header:
        header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % _LENGTH)
    return len(text).to_bytes(_LENGTH, "little") + text + content[end:]
