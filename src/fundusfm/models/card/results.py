"""The numbers of `metrics.json` and of a card: each metric with its interval, by set and label."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

NAN = float("nan")


@dataclass(frozen=True)
class Estimate:
    """One metric of one label in one set.

    Attributes:
        value: In an external set or subgroup over all its images; in cross-validation the mean over folds, and for the
            calibration error that of all folds together. NaN where the metric is undefined or rests on too few
            patients; `reason` then says why.
        low: Lower end of the 95 % interval; NaN where there is none.
        high: Upper end of the 95 % interval.
        reason: Why there is no value or no interval, or why the value is to be read with care.
        folds: Value in each test fold, NaN where undefined; None outside cross-validation.
        std: Standard deviation over folds; NaN outside cross-validation.
        total: Sum over folds of a count; None for other metrics.
    """

    value: float
    low: float = NAN
    high: float = NAN
    reason: str | None = None
    folds: tuple[float, ...] | None = None
    std: float = NAN
    total: float | None = None

    @property
    def count(self) -> float:
        """Number of images over the whole set, of a metric that counts."""
        return self.value if self.total is None else self.total

    def plain(self) -> dict[str, Any]:
        """Returns the estimate as `metrics.json` holds it.

        Returns:
            `{value, low, high}`, or `{mean, std, low, high, folds}` in cross-validation; `total` and `reason` where
            there is one.
        """
        if self.folds is None:
            result: dict[str, Any] = {"value": self.value, "low": self.low, "high": self.high}
        else:
            result = {
                "mean": self.value,
                "std": self.std,
                "low": self.low,
                "high": self.high,
                "folds": list(self.folds),
            }
        if self.total is not None:
            result["total"] = self.total
        return result | ({"reason": self.reason} if self.reason else {})

    @classmethod
    def read(cls, content: Mapping[str, Any]) -> "Estimate":
        """Reads an estimate from JSON, where NaN is null."""
        folds = content.get("folds")
        return cls(
            value=_number(content.get("mean", content.get("value"))),
            low=_number(content.get("low")),
            high=_number(content.get("high")),
            reason=content.get("reason"),
            folds=None if folds is None else tuple(_number(value) for value in folds),
            std=_number(content.get("std")),
            total=content.get("total"),
        )


LabelMetrics = Mapping[str, Mapping[str, Estimate]]
"""Label (or `macro`, `overall`) to metric to its estimate."""


@dataclass(frozen=True)
class Results:
    """All metrics of a run.

    Attributes:
        cv: Cross-validation; empty where there was none.
        external: By name of the external set.
        subgroups: Set to column to group to metrics; None in runs that form no subgroups.
        second_observer: A second observer's masks against the first, by set; None outside vessel segmentation.
    """

    cv: LabelMetrics = field(default_factory=dict)
    external: Mapping[str, LabelMetrics] = field(default_factory=dict)
    subgroups: Mapping[str, Mapping[str, Mapping[str, LabelMetrics]]] | None = None
    second_observer: Mapping[str, LabelMetrics] | None = None

    @property
    def sets(self) -> dict[str, LabelMetrics]:
        """Metrics by set: `cv` first where there is one, then the external sets."""
        return ({"cv": self.cv} if self.cv else {}) | dict(self.external)

    def plain(self) -> dict[str, Any]:
        """Returns the results as `metrics.json` holds them; NaN is still NaN."""
        result: dict[str, Any] = {"cv": _plain(self.cv), "external": _plain(self.external)}
        if self.subgroups is not None:
            result["subgroups"] = _plain(self.subgroups)
        if self.second_observer is not None:
            result["second_observer"] = _plain(self.second_observer)
        return result

    @classmethod
    def read(cls, content: Mapping[str, Any]) -> "Results":
        """Reads the results from the content of `metrics.json` or of a card; other keys are left alone."""
        found = {name: content.get(name) for name in ("subgroups", "second_observer")}
        return cls(
            cv=_read(content.get("cv") or {}),
            external=_read(content.get("external") or {}),
            **{name: None if part is None else _read(part) for name, part in found.items()},
        )


def _plain(content: Any) -> Any:
    if isinstance(content, Estimate):
        return content.plain()
    return {str(name): _plain(part) for name, part in content.items()}


def _read(content: Any) -> Any:
    """Reads nested mappings of estimates, however deep; anything else is left out."""
    if "low" in content or "value" in content or "mean" in content:
        return Estimate.read(content)
    return {name: _read(part) for name, part in content.items() if isinstance(part, Mapping)}


def _number(value: Any) -> float:
    return NAN if value is None else float(value)
