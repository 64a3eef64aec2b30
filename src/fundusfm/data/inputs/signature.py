"""What kind of file this is, told from its first bytes."""

HEAD = 132
"""Bytes that tell."""

_STARTS = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"II+\0": "TIFF",
    b"MM\0+": "TIFF",
    b"GIF87a": "GIF",
    b"GIF89a": "GIF",
    b"\0\0\0\x0cjP  ": "JPEG2000",
    b"\xff\x4f\xff\x51": "JPEG2000",
}
_BRANDS = {b"avif": "AVIF", b"avis": "AVIF"} | dict.fromkeys(
    (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"), "HEIF"
)
_BITMAP_HEADERS = (12, 40, 52, 56, 64, 108, 124)


def image_format(head: bytes) -> str:
    """Returns Pillow's name of an image format, `DICOM`, `Topcon` or `Heidelberg`, or nothing for anything else.

    Args:
        head: The first `HEAD` bytes, or the whole of a shorter file.
    """
    if head[128:132] == b"DICM":
        return "DICOM"
    for start, name in _STARTS.items():
        if head.startswith(start):
            return name
    if head.startswith((b"FOCTFDA", b"FOCTFAA", b"FOCTFDS")):
        return "Topcon"
    if head.startswith((b"CMDb", b"E2EMultipleVolumeFile")):
        return "Heidelberg"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "")
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BITMAP_HEADERS:
        return "BMP"
    if head[:1] == b"P" and head[1:2] in (b"1", b"2", b"3", b"4", b"5", b"6") and head[2:3].isspace():
        return "PPM"
    return ""
