"""What a public data set is: where it comes from, what it holds, and the function that reads its folder."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from fundusfm.errors import SourceError


@dataclass(frozen=True)
class PublicSet:
    """One public data set.

    Attributes:
        name: What is typed, such as `aptos`; the value of the manifest's `dataset` column.
        title: Its published name.
        about: One sentence: what is photographed, by which cameras where that is known, and who labelled it.
        where: Where to get it (a page, never a direct download).
        licence: Under which terms, as its authors state them.
        citation: The paper that publishes it.
        layout: The tree to expect under the root, as text; shown by `fundusfm data list NAME` and in errors.
        labels: Label column -> what it means, with the meaning of its values.
        counts: Expected numbers of photographs: `images` for all, and `column=value` for those with that value, where
            the publication states them. Empty for a layout that any set can have.
        read: Makes the manifest's rows from the root: `image` holds absolute paths, every cell is text, an empty one
            is unknown. Raises SourceError for a folder, file or column that is missing.
        faults: Known faults of the published labels, one sentence each.
    """

    name: str
    title: str
    about: str
    where: str
    licence: str
    citation: str
    layout: str
    labels: Mapping[str, str]
    read: Callable[[Path], pd.DataFrame]
    counts: Mapping[str, int] = field(default_factory=dict)
    faults: tuple[str, ...] = ()

    def validate(self, frame: pd.DataFrame) -> list[str]:
        """Compares what was found with what is published.

        Args:
            frame: What `read` returned.

        Returns:
            One sentence per difference; none for a complete copy.

        Raises:
            SourceError: A column that the source declares as a label, or `image`, is missing.
        """
        missing = [column for column in ("image", *self.labels) if column not in frame.columns]
        if missing:
            raise SourceError(f"{self.title}: its rows lack {', '.join(missing)}; they have {', '.join(frame.columns)}")
        differences = []
        for what, expected in self.counts.items():
            column, _, value = what.partition("=")
            found = len(frame) if what == "images" else int((frame[column] == value).sum())
            if found != expected:
                differences.append(f"{what}: {found} found, {expected} published")
        return differences
