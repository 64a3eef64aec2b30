"""From the weights that were named to a service."""

from collections.abc import Sequence
from pathlib import Path

from fundusfm.models.engine.devices import AUTO
from fundusfm.screening.audit.log import AuditLog
from fundusfm.screening.screener import Screener
from fundusfm.server.service import Service


def load_service(weights: Sequence[str], *, tta: bool, operating_point: str, device: str = AUTO) -> Service:
    """Loads models for the server.

    Args:
        weights: Bundles, run folders or listed names; several are averaged.
        tta: Average each photograph with its mirror images.
        operating_point: Name of the operating point that decisions are made at.
        device: What computes.

    Raises:
        WeightsError: There is no such bundle, it is damaged, or it has no head.
        ConfigError: The bundles' labels differ, or none has the operating point.
    """
    screener = Screener(weights, tta=tta, operating_point=operating_point, device=device)
    return Service(
        screener,
        [member.bundle for member in screener.ensemble.members],
        operating_point=operating_point,
        thresholds=screener.ensemble.thresholds,
    )


def open_audit_log(path: str | None, service: Service) -> AuditLog | None:
    """Opens the log that results are added to; None where none was asked for.

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
