"""The work of `fundusfm predict`."""

import hashlib
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fundusfm.config.predict import PredictConfig
from fundusfm.data.inputs.doubts import doubts_text
from fundusfm.data.inputs.find import find_sources, skipped_text
from fundusfm.data.inputs.source import Source
from fundusfm.errors import ConfigError, RunFolderError
from fundusfm.extras import require_extra
from fundusfm.models.card.schema import Card
from fundusfm.models.released import default_weights
from fundusfm.progress import at_command_line, track
from fundusfm.runs import exclusive_lock, make_parent
from fundusfm.screening.audit.log import AuditLog
from fundusfm.screening.audit.record import TRACE, record
from fundusfm.screening.documents.copies import copies_text, find_copies
from fundusfm.screening.fellows import Fellows
from fundusfm.screening.journal import Journal, journal_path, open_journal
from fundusfm.screening.pipeline import default_workers, prepared
from fundusfm.screening.provenance import with_provenance
from fundusfm.screening.results import Screened, as_table, check_out, read_table, write_table
from fundusfm.screening.rollup import By, check_rollup, named_eyes_text, roll_up, strange_eyes_text
from fundusfm.screening.screener import FAILED, Screener
from fundusfm.screening.show import failed_text, outcome_text, referral_counts, referral_text, row_text

if TYPE_CHECKING:
    import pandas as pd

if TYPE_CHECKING:
    from fundusfm.screening.documents.save import Documents

BATCH = 16
_FEW = 16
"""Photographs up to which starting processes takes longer than it saves."""

Rows = Iterator[list[tuple[int, dict[str, Any]]]]
Completed = Iterator[list[tuple[int, dict[str, Any], dict[str, Any]]]]
"""Positions with two rows, from one eye and final; see `Fellows.complete`."""


def run_predict(config: PredictConfig) -> Screened:
    """Runs the command; see `fundusfm.commands` for results and errors."""
    if config.overwrite and config.resume:
        raise RunFolderError("Cannot both overwrite and resume: give one of --overwrite and --resume.")
    if config.engine == "ray":
        require_extra("ray", "--engine ray")
    if config.address is not None and config.engine != "ray":
        raise ConfigError("--address names a Ray cluster: add --engine ray, or leave it out.")
    documents = _documents(config)
    skipped = Counter[str]()
    weights = [config.weights or default_weights(), *(config.ensemble or [])]
    if config.out is None:
        about_table = config.per is not None or config.resume or config.json or config.engine != "local"
        if about_table or (config.overwrite and documents is None):
            raise ConfigError(
                "--per, --overwrite, --resume, --json and --engine ray are about a table: add --out FILE.csv."
            )
        sources = find_sources(config.paths, skipped=skipped)
        if skipped:
            _say(skipped_text(skipped))
        _say_doubts(sources)
        screener = _screener(config, weights)
        return _show(sources, screener, _open_audit_log(config, screener), config.single_process, documents)
    table = Path(config.out)
    check_out(table)
    units = None if config.per is None else table.with_name(f"{table.stem}.by-{config.per}{table.suffix}")
    if units is not None and units.exists() and not (config.overwrite or config.resume):
        raise RunFolderError(f"{units} exists already: give another --out, or --overwrite to replace it.")
    sources = find_sources(config.paths, skipped=skipped)
    if config.resume and table.exists() and not journal_path(table).exists():
        return _finished(table, sources, weights, config, documents)
    screener = _screener(config, weights)
    if config.per is not None:
        check_rollup(sources, config.per, task=screener.ensemble.task, ordered=screener.ensemble.ordered)
    log = _open_audit_log(config, screener)
    make_parent(table)
    with exclusive_lock(table, command="predict"):
        plan = _plan(screener, sources, tta=config.tta)
        journal = open_journal(table, plan, overwrite=config.overwrite, resume=config.resume)
        fellows = Fellows(sources, screener)
        missing = fellows.in_order(position for position in range(len(sources)) if position not in journal.rows)
        if len(missing) < len(sources):
            _say(f"{len(sources) - len(missing)} of {len(sources)} photographs are done already")
        try:
            if config.engine == "ray":
                from fundusfm.screening.cluster import screen_on_cluster

                found: Rows = screen_on_cluster(
                    sources,
                    missing,
                    weights=weights,
                    tta=config.tta,
                    operating_point=screener.operating_point,
                    address=config.address,
                    traced=log is not None,
                    device=config.device,
                    structures=config.structures,
                )
            else:
                found = _screen_here(
                    screener, sources, missing, single_process=config.single_process, traced=log is not None
                )
            _collect(journal, _logged(fellows.complete(found, journal.rows), screener, log), len(missing))
        finally:
            journal.close()
        rows = fellows.final(journal.rows, len(sources))
        found_rows = with_provenance(as_table(rows, screener.columns), screener)
        write_table(table, found_rows, spreadsheet_safe=config.spreadsheet_safe)
        if config.per is not None and units is not None:
            each = list(fellows.final(journal.rows, len(sources)))
            _write_units(units, each, sources, screener, config.per, spreadsheet_safe=config.spreadsheet_safe)
        if documents is not None:
            _say(documents.save(screener, sources, lambda place: fellows.row(journal.rows, place), now=_now()))
        journal.remove()
    counts, decisions = Counter(map(str, found_rows["status"])), referral_counts(found_rows["refer"])
    _say(
        f"wrote {table}: {len(found_rows)} photograph{'' if len(found_rows) == 1 else 's'}, "
        + outcome_text(decisions, _positives(found_rows, screener.ensemble.labels), counts, screener.ensemble.names)
    )
    if failed := list(found_rows.loc[found_rows["status"] == FAILED, "image"]):
        _say(failed_text(failed))
    _say_without_rule(screener)
    if skipped:
        _say(skipped_text(skipped))
    _say_doubts(sources)
    if config.json:
        summary = {
            "out": str(table),
            "photographs": len(found_rows),
            "refer": decisions,
            "status": dict(counts),
            "skipped": dict(skipped),
        }
        print(json.dumps(summary, indent=2))
    return Screened(FAILED in counts, lambda: found_rows)


def _screener(config: PredictConfig, weights: Sequence[str]) -> Screener:
    return Screener(
        weights,
        tta=config.tta,
        operating_point=config.operating_point,
        device=config.device,
        structures=config.structures,
    )


def _documents(config: PredictConfig) -> "Documents | None":
    """Returns the reports that are asked for; without any, what writes them is not imported."""
    if config.pdf is None and config.fhir is None and config.paper == PredictConfig.paper and not config.patient_system:
        return None
    from fundusfm.screening.documents.save import Documents

    return Documents.wanted(config)


def _now() -> datetime:
    return datetime.now().astimezone()


def _finished(
    table: Path,
    sources: Sequence[Source],
    weights: Sequence[str],
    config: PredictConfig,
    documents: "Documents | None",
) -> Screened:
    """Returns a table that is finished already, and writes the reports that are missing.

    Raises:
        RunFolderError: It is of other photographs than those that were named.
    """
    rows = read_table(table)
    missing = {source.name for source in sources} - set(rows["image"].astype(str))
    if missing or len(rows) != len(sources):
        some = f", such as {min(missing)}" if missing else ""
        raise RunFolderError(
            f"{table} is finished and holds {len(rows)} photographs, but {len(sources)} were named now{some}: "
            "give another --out, or --overwrite to screen all of them.",
            code="INPUTS",
        )
    _say(f"{table} is finished already")
    if documents is not None:
        screener = _screener(config, weights)
        cells: list[dict[str, Any]] = rows.astype(object).where(rows.notna(), None).to_dict("records")  # type: ignore[assignment]
        _say(documents.save(screener, sources, lambda place: cells[place], now=_now()))
    return Screened(bool((rows["status"] == FAILED).any()), lambda: rows)


def _plan(screener: Screener, sources: Sequence[Source], *, tta: bool) -> dict[str, Any]:
    """Returns what rows depend on."""
    return {
        "photographs": _digest(sources),
        "weights": [member.bundle.hash for member in screener.ensemble.members],
        "cards": [_card_digest(member.bundle.card) for member in screener.ensemble.members],
        "operating_point": screener.operating_point,
        "tta": tta,
        "columns": screener.columns,
    } | ({"structures": screener.structures.hash} if screener.structures else {})


def _positives(rows: "pd.DataFrame", labels: Sequence[str]) -> dict[str, int]:
    """Returns how many photographs are positive, by label."""
    return {label: int((rows[f"{label}.decision"] == 1).sum()) for label in labels}


def _write_units(
    units: Path,
    rows: Sequence[dict[str, Any]],
    sources: Sequence[Source],
    screener: Screener,
    by: By,
    *,
    spreadsheet_safe: bool,
) -> None:
    rolled, nameless = roll_up(rows, sources, screener.ensemble.labels, by, task=screener.ensemble.task)
    write_table(units, with_provenance(rolled, screener), spreadsheet_safe=spreadsheet_safe)
    _say(
        f"wrote {units}: {len(rolled)} {by}{'' if len(rolled) == 1 else 's'}"
        + (f"; 1 photograph that names no {by} is left out" if nameless == 1 else "")
        + (f"; {nameless} photographs that name no {by} are left out" if nameless > 1 else "")
    )
    for said in (strange_eyes_text(sources), named_eyes_text(sources)):
        if said:
            _say(said)


def _open_audit_log(config: PredictConfig, screener: Screener) -> AuditLog | None:
    if config.audit_log is None:
        return None
    bundles = [member.bundle for member in screener.ensemble.members]
    return AuditLog(
        Path(config.audit_log),
        how="predict",
        model="+".join(bundle.card.name for bundle in bundles),
        weights="+".join(bundle.hash for bundle in bundles),
    )


def _logged(found: Completed, screener: Screener, log: AuditLog | None) -> Completed:
    """Yields rows once the final ones are in the audit log, so that nothing is given out that is not there."""
    for rows in found:
        if log is not None:
            ensemble, point = screener.ensemble, screener.operating_point
            log.add(
                [
                    record(row, thresholds=ensemble.thresholds, operating_point=point, rule=ensemble.rule)
                    for _, _, row in rows
                ]
            )
        for _, own, final in rows:
            own.pop(TRACE, None)
            final.pop(TRACE, None)
        yield rows


def _show(
    sources: Sequence[Source],
    screener: Screener,
    log: AuditLog | None,
    single_process: bool,
    documents: "Documents | None",
) -> Screened:
    """Screens photographs; at the command line prints what is found, batch by batch."""
    fellows = Fellows(sources, screener)
    order = fellows.in_order(range(len(sources)))
    found = _screen_here(screener, sources, order, single_process=single_process, traced=log is not None)
    completed = _logged(fellows.complete(found, {}), screener, log)
    logged = ((position, row) for rows in completed for position, _, row in rows)
    placed: list[tuple[int, dict[str, Any]]] = []
    if at_command_line.get():
        for position, row in logged:
            print(row_text(row, screener.ensemble.labels, screener.ensemble.names, screener.operating_point))
            placed.append((position, row))
        if len(placed) > 1 and (decisions := referral_counts(row["refer"] for _, row in placed)):
            lost = sum(row["status"] == FAILED for _, row in placed)
            print(f"{len(placed)} photographs: {referral_text(decisions)}" + (f", {lost} failed" if lost else ""))
        _say_without_rule(screener)
        _say("For research, not a medical device. --out results.csv keeps the rows.")
    else:
        placed += track(logged, label="predict", total=len(sources), unit="photo")
    shown = [row for _, row in sorted(placed, key=lambda one: one[0])]
    if documents is not None:
        _say(documents.save(screener, sources, lambda place: shown[place], now=_now()))
    failed = any(row["status"] == FAILED for row in shown)
    return Screened(failed, lambda: with_provenance(as_table(shown, screener.columns), screener))


def _screen_here(
    screener: Screener,
    sources: Sequence[Source],
    positions: Sequence[int],
    *,
    single_process: bool,
    traced: bool,
) -> Rows:
    """Yields rows with their positions, a batch at a time."""
    workers = 0 if single_process or len(positions) <= _FEW else default_workers()
    ready = prepared((sources[position] for position in positions), screener.sizes, workers=workers, traced=traced)
    batch = []
    for number, photograph in enumerate(ready):
        batch.append(photograph)
        if len(batch) == BATCH or number == len(positions) - 1:
            places = positions[number + 1 - len(batch) : number + 1]
            yield list(zip(places, screener.screen_prepared(batch), strict=True))
            batch = []


def _collect(journal: Journal, found: Completed, count: int) -> None:
    for _ in track(_added(journal, found), label="predict", total=count, unit="photo"):
        pass


def _added(journal: Journal, found: Completed) -> Iterator[int]:
    """Writes the rows from one eye to the journal and yields their positions, so that progress counts what is on disk.

    The final rows are made of them again at the end, whatever came before a stop and whatever after it.
    """
    for rows in found:
        journal.add([(position, own) for position, own, _ in rows])
        yield from (position for position, _, _ in rows)


def _say_without_rule(screener: Screener) -> None:
    if screener.ensemble.rule is None:
        names = " and ".join(member.bundle.card.name for member in screener.ensemble.members)
        _say(f"{names}: no referral rule that could decide, so refer and why are empty; see docs/referral.md")


def _digest(sources: Sequence[Source]) -> str:
    """Returns the SHA-256 of the photographs' names as one JSON list, which is never held whole."""
    digest = hashlib.sha256(b"[")
    for number, source in enumerate(sources):
        name = json.dumps([source.name, source.path, source.member, source.entry, source.frame])
        digest.update(f"{', ' if number else ''}{name}".encode())
    digest.update(b"]")
    return digest.hexdigest()


def _say_doubts(sources: Sequence[Source]) -> None:
    if said := doubts_text((source.name, source.doubt) for source in sources):
        _say(said)
    for places in find_copies(sources):
        _say(copies_text([sources[place].name for place in places]))


def _card_digest(card: Card) -> str:
    """Returns a hash of what a card decides by: bundles of the same weights may have other thresholds."""
    return hashlib.sha256(
        card.model_dump_json(include={"operating_points", "temperature", "bias", "referral", "both_eyes"}).encode()
    ).hexdigest()


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)
