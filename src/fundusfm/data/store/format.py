"""What a store's folder holds.

```
header.json        StoreHeader; written last, so its presence says that the store is complete
index.parquet      one row per photograph, without the images; manifest row order
shard-00000.tar    the photographs as JPEG, each with its row of the index as JSON; `shard.py` reads and writes it
rejected.csv       row, image, reason of every manifest row that could not be converted
```

Shard k covers the k-th run of `ROWS_PER_SHARD` chosen manifest rows, rejected ones included; those are in the shard
too, so that one atomic rename records everything that is known about these rows. While it is being built, a store holds
`plan.json` instead of `header.json`.
"""

import json
from dataclasses import asdict, dataclass, fields
from typing import Any

from fundusfm.errors import StoreError

FORMAT = 1
ROWS_PER_SHARD = 512
HEADER = "header.json"
PLAN = "plan.json"
INDEX = "index.parquet"
REJECTED = "rejected.csv"

# Columns that a store adds to the manifest's own; a manifest may not hold them.
ADDED = {
    "row": "int64",
    "source": "string",
    "sha256": "string",
    "height": "int32",
    "width": "int32",
    "fov_x": "float64",
    "fov_y": "float64",
    "fov_radius": "float64",
    "fov_found": "bool",
    "fov_reason": "string",
}


@dataclass(frozen=True)
class StoreHeader:
    """What all photographs of a store have in common.

    Attributes:
        format: Version of the folder's layout.
        crop: Version of the FOV crop.
        size: Side of the images in pixels.
        dataset: Name of the data set.
        source_hash: SHA-256 of the manifest's chosen rows.
        rows: Photographs in the store.
        rejected: Manifest rows that could not be converted.
        shards: Number of shards.
    """

    format: int
    crop: str
    size: int
    dataset: str
    source_hash: str
    rows: int
    rejected: int
    shards: int

    def to_json(self) -> str:
        """Returns the content of `header.json`."""
        return json.dumps(asdict(self), indent=2) + "\n"


def parse_header(text: str | bytes, where: str) -> StoreHeader:
    """Reads `header.json`.

    Raises:
        StoreError: It is damaged, or of a newer format.
    """
    try:
        content: dict[str, Any] = json.loads(text)
        found = int(content["format"])
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(
            f"{where} is damaged ({error}): build the store again with --overwrite.", code="DAMAGED"
        ) from error
    if found != FORMAT:
        raise StoreError(
            f"{where} has store format {found}, this version of fundusfm reads {FORMAT}: build the store "
            "again, or use the version that wrote it.",
            code="VERSION",
        )
    missing = [field.name for field in fields(StoreHeader) if field.name not in content]
    if missing:
        raise StoreError(f"{where} lacks {', '.join(missing)}: build the store again with --overwrite.", code="DAMAGED")
    return StoreHeader(**{field.name: content[field.name] for field in fields(StoreHeader)})


def shard_name(number: int) -> str:
    """Returns the file name of a shard."""
    return f"shard-{number:05d}.tar"
