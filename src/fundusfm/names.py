"""Names of files as text that can be shown, and text as names of files that can be written.

A file name is bytes. On Linux, bytes that are not UTF-8 reach Python as lone surrogates, which no table, page or
terminal can take, and a name may hold line ends and escape sequences.
"""

import hashlib
import re

_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_NO_BYTE = re.compile("[\ud800-\udc7f\udd00-\udfff]")  # half a character of UTF-16, which JSON may hold
_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]+')
_LONGEST = 80
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
"""Names that Windows keeps for devices, with any suffix."""


def shown(name: object) -> str:
    """Returns a name as it may be printed, stored in a table, or put into a page.

    Bytes that are not UTF-8, control characters and marks that turn the direction of writing are written as escapes,
    such as `M\\xfcller.jpg`. Every other name stays as it is.
    """
    text = str(name)
    if text.isascii() and text.isprintable():
        return text
    text = _NO_BYTE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    text = text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return _UNPRINTABLE.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def file_name(text: object, *, longest: int = _LONGEST) -> str:
    """Returns a file name for any text: of a photograph, a class, a column.

    Characters that some file system refuses become `_`, and Windows's names of devices begin with one. Where the text
    was changed or shortened, a digest of it is added, so that different texts have different names.

    Args:
        text: What to name the file after.
        longest: Bytes that the name may have, without a suffix that the caller adds; at least 16.
    """
    wanted = shown(text)
    safe = _UNSAFE.sub("_", wanted).strip(" .") or "_"
    safe = f"_{safe}" if _DEVICES.match(safe) else safe
    if safe == wanted and len(safe.encode()) <= longest:
        return safe
    digest = hashlib.sha256(str(text).encode("utf-8", "surrogatepass")).hexdigest()[:8]
    head = safe.encode()[: longest - len(digest) - 1].decode("utf-8", "ignore")
    return f"{head}-{digest}"
