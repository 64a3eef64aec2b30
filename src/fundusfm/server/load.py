"""Loads the models and the audit log that a server is started with."""

from collections.abc import Sequence
from pathlib import Path

from fundusfm.models.engine.devices import AUTO
from fundusfm.screening.audit.log import AuditLog
from fundusfm.screening.screener import Screener
from fundusfm.server.service import Service
from fundusfm.structures.finder import StructureFinder

YOUDEN = "youden"


def load_service(
    weights: Sequence[str],
    *,
    tta: bool,
    operating_point: str | None,
    device: str = AUTO,
    structures: str | None = None,
) -> Service:
    """Loads models for the server.

    Args:
        weights: Bundles, run folders or listed names; several are averaged.
        tta: Average each photograph with its mirror images.
        operating_point: Name of the operating point; None for the referral rule if the models have one, otherwise
            Youden's.
        device: Device that computes.
        structures: Bundle of a segmenter whose findings are shown too.

    Raises:
        WeightsError: There is no such bundle, it is damaged, or it has no head or finds no structures.
        ConfigError: The bundles' labels differ, or none has the operating point.
    """
    point = operating_point or YOUDEN
    screener = Screener(weights, tta=tta, operating_point=point, device=device)
    return Service(
        screener,
        [member.bundle for member in screener.ensemble.members],
        operating_point=point,
        thresholds=screener.ensemble.thresholds,
        rule=screener.ensemble.rule,
        default=operating_point,
        structures=None if structures is None else StructureFinder(structures, device=device),
    )


def open_audit_log(path: str | None, service: Service) -> AuditLog | None:
    """Opens the audit log; None without a path.

    Raises:
        AuditError: It cannot be written, or was cut or changed.
    """
    if path is None:
        return None
    return AuditLog(
        Path(path),
        how="serve",
        model="+".join(card.name for card in service.cards),
        weights="+".join(bundle.hash for bundle in service.bundles),
    )
