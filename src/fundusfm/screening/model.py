"""`fundusfm.load(BUNDLE)`: a validated model that screens photographs from Python, as `fundusfm predict` does."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fundusfm.config.types import OperatingPoint
from fundusfm.data.inputs.photograph import Photograph
from fundusfm.data.inputs.source import Source
from fundusfm.errors import ConfigError, DecodeError, LabelError
from fundusfm.models.bundle import Bundle
from fundusfm.models.engine.devices import AUTO
from fundusfm.screening.fellows import Fellows
from fundusfm.screening.named import Listed, One, list_photographs
from fundusfm.screening.pipeline import read_and_prepare
from fundusfm.screening.prepare import Prepared, Unreadable, prepare
from fundusfm.screening.provenance import with_provenance
from fundusfm.screening.results import as_table
from fundusfm.screening.screener import Screener

if TYPE_CHECKING:
    pass

_BATCH = 16
_DEFAULT_LABEL = "abnormal"


class Model:
    """A bundle ready to screen photographs.

    Attributes:
        screener: Judges and scores; the same as behind the command, the server and the DICOM reports.
    """

    def __init__(self, screener: Screener) -> None:
        self.screener = screener

    @property
    def bundle(self) -> Bundle:
        """The network and its card."""
        return self.screener.ensemble.members[0].bundle

    @property
    def labels(self) -> list[str]:
        """Labels that the model scores."""
        return self.screener.ensemble.labels

    def predict(self, photographs: Listed, *, gate: bool = True, batch_size: int = _BATCH) -> pd.DataFrame:
        """Screens photographs; the table is the one of `fundusfm predict`.

        Args:
            photographs: Path of an image file, folder, zip archive or manifest; a PIL image; uint8 RGB of shape
                (height, width, 3); or a sequence of these.
            gate: False also scores what is no fundus photograph or cannot be read, for research; `status` and
                `reason` still say so.
            batch_size: Photographs per forward pass.

        Returns:
            One row per photograph, in order. A file that cannot be decoded keeps its row, with the reason.

        Raises:
            ConfigError: There is nothing at any of the paths, or something else than photographs was given.
            DecodeError: An array is not uint8 RGB.
        """
        listed = list_photographs(photographs)
        rows: list[dict[str, Any]] = []
        for batch in self._batches(listed, batch_size):
            rows += self.screener.screen_prepared(batch, gate=gate)
        final = Fellows(listed, self.screener).final(dict(enumerate(rows)), len(rows))
        return with_provenance(as_table(final, self.screener.columns), self.screener)

    def features(self, photographs: Listed, *, batch_size: int = _BATCH) -> NDArray[np.float32]:
        """Returns the pooled features before the head, for models of other libraries; nothing is refused.

        Args:
            photographs: As for `predict`.
            batch_size: Photographs per forward pass.

        Returns:
            float32 (n, d), in order; a row of NaN where a file cannot be decoded.

        Raises:
            ConfigError: There is nothing at any of the paths, or something else than photographs was given.
        """
        member = self.screener.ensemble.members[0]
        parts = []
        for batch in self._batches(list_photographs(photographs), batch_size):
            squares = [found.squares[member.size] for found in batch if isinstance(found, Prepared)]
            part = np.full((len(batch), member.width), np.nan, np.float32)
            if squares:
                part[[isinstance(found, Prepared) for found in batch]] = member.features(squares)
            parts.append(part)
        return np.concatenate(parts) if parts else np.empty((0, member.width), np.float32)

    def explain(
        self, photograph: One, label: str | None = None, *, method: Literal["gradcam", "hirescam"] = "gradcam"
    ) -> NDArray[np.float32]:
        """Computes where in a photograph the evidence for a label lies.

        Args:
            photograph: One photograph, as for `predict`.
            label: One of the model's labels; `abnormal`, or the one that scores highest, by default.
            method: `gradcam`, or `hirescam`, which reads a finer grid.

        Returns:
            float32 (height, width) in pixels of the original photograph, 0..1, 1 where the evidence is strongest; all
            zeros where nothing raises the score.

        Raises:
            ConfigError: The path holds several photographs or none.
            DecodeError: The photograph cannot be decoded.
            LabelError: The model has no such label.
        """
        from fundusfm.explain.cam import heat_map
        from fundusfm.explain.overlay import in_original

        if label is not None and label not in self.labels:
            raise LabelError(f"The model {self.bundle.card.name} has no label {label!r}: {', '.join(self.labels)}.")
        listed = list_photographs(photograph)
        if len(listed) != 1:
            raise ConfigError(
                f"explain draws one photograph at a time, and {len(listed)} were named: call it for each."
            )
        prepared = self._prepared(listed[0])
        if isinstance(prepared, Unreadable):
            raise DecodeError(prepared.reason)
        member = self.screener.ensemble.members[0]
        label = label or self._main_label(prepared)
        heat = heat_map(self.bundle, prepared.squares[member.size], label, method)
        return in_original(heat, prepared.crops[member.size], prepared.height, prepared.width)

    def _main_label(self, prepared: Prepared) -> str:
        if _DEFAULT_LABEL in self.labels:
            return _DEFAULT_LABEL
        return self.labels[int(self.screener.ensemble.score([prepared], tta=False).scores[0].argmax())]

    def _batches(self, listed: Sequence[Source | Photograph], batch_size: int) -> Iterator[list[Prepared | Unreadable]]:
        for first in range(0, len(listed), batch_size):
            yield [self._prepared(one) for one in listed[first : first + batch_size]]

    def _prepared(self, one: Source | Photograph) -> Prepared | Unreadable:
        sizes = self.screener.sizes
        return prepare(one, sizes) if isinstance(one, Photograph) else read_and_prepare(one, sizes)


def load(
    weights: str | Path,
    *,
    operating_point: OperatingPoint | None = None,
    tta: bool = False,
    device: str = AUTO,
    structures: str | Path | None = None,
) -> Model:
    """Loads a model that screens photographs.

    Args:
        weights: Path of a bundle, a run folder that holds one, or a name from `fundusfm weights list`;
            `NAME@SHA256` also checks that the weights begin with this hash.
        operating_point: Which of the card's thresholds decides; by default the referral rule where the bundle has one,
            else `youden` where it has that.
        tta: Average each photograph's scores with those of its mirror images; see `Screener`.
        device: What computes: `auto`, `cpu`, `cuda`, or an execution provider of ONNX Runtime in small letters.
        structures: Bundle of a segmenter, which adds columns for lesions and the optic disc; see `fundusfm predict`.

    Raises:
        WeightsError: There is no such bundle, it is damaged, or it has no head.
        ConfigError: The bundle has operating points, but none of this name.
    """
    segmenter = None if structures is None else str(structures)
    screener = Screener([str(weights)], tta=tta, decides=False, device=device, structures=segmenter)
    name = operating_point or screener.ensemble.default_point
    points = screener.ensemble.members[0].bundle.card.operating_points.values()
    if operating_point is not None or screener.ensemble.rule or any(name in stored for stored in points):
        screener.decide_at(name)
    return Model(screener)
