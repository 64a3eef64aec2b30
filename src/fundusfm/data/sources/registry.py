"""The list of sources; a source's file is imported when it is asked for."""

import difflib
from importlib import import_module

from fundusfm.data.sources.source import PublicSet
from fundusfm.errors import SourceError

CLASSIFICATION = (
    "adam",
    "aptos",
    "brset",
    "ddr",
    "deepdrid",
    "eye_diseases",
    "eyepacs",
    "g1020",
    "glaucoma_fundus",
    "hygd",
    "idrid",
    "jsiec",
    "messidor2",
    "odir",
    "palm",
    "papila",
    "refuge",
    "rfmid",
    "rfmid2",
)
SEGMENTATION = ("chase_db1", "drive", "fives", "hrf", "idrid_lesions", "iostar", "les_av", "stare")
LAYOUTS = ("csv", "folders", "imagefolder")
NAMES = (*CLASSIFICATION, *SEGMENTATION, *LAYOUTS)


def load_source(name: str) -> PublicSet:
    """Returns a source by its name.

    Raises:
        SourceError: There is none of that name; the sentence lists what there is.
    """
    if name not in NAMES:
        close = difflib.get_close_matches(name.lower(), NAMES, n=1)
        guess = f" Did you mean {close[0]}?" if close else ""
        raise SourceError(f"No data source {name!r}.{guess} There are {', '.join(NAMES)}.")
    module = import_module(f"fundusfm.data.sources.{'csv_table' if name == 'csv' else name}")
    source: PublicSet = module.SOURCE
    return source
