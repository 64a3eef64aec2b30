"""Screens the uploads of a request: from files to the rows of the answer."""

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from fundusfm.data.dicom.dataset import is_dicom
from fundusfm.data.eye_names import split_eye
from fundusfm.data.inputs.photograph import Photograph
from fundusfm.errors import AuditError
from fundusfm.models.card.referral import REFERRAL
from fundusfm.screening.audit.record import TRACE, record
from fundusfm.screening.audit.trace import trace_of
from fundusfm.screening.prepare import Prepared, Unreadable
from fundusfm.screening.screener import OK, found_in
from fundusfm.server.decoding.jobs import UploadFrame
from fundusfm.server.decoding.pool import Admit
from fundusfm.server.problems import NotLoggedError, TooLargeError
from fundusfm.server.rows import STRUCTURES, to_row
from fundusfm.server.schemas import Row
from fundusfm.server.state import State
from fundusfm.server.structures import shown_structures
from fundusfm.server.telemetry import UNDECIDED


async def screen_uploads(
    state: State, uploads: Sequence[Photograph], *, operating_point: str | None = None, layers: bool = False
) -> list[list[Row]]:
    """Scores the photographs of a request; uploads are decoded in parallel.

    Args:
        state: The server.
        uploads: Names and contents of files.
        operating_point: Name of the operating point; by default that of the server.
        layers: Whether rows hold pictures of the structures that were found.

    Returns:
        For every upload the rows of its photographs, in order, at least one.

    Raises:
        TooLargeError: Together the uploads hold more photographs than a request may.
        BusyError: There is no place for them.
        NotFoundError: The models have no such operating point.
        NotLoggedError: The rows cannot be added to the audit log.
    """
    point = state.service.check_point(operating_point)
    with ExitStack() as places:
        count = 0

        def admit(photographs: int) -> None:
            nonlocal count
            count += photographs
            if count > state.limits.files:
                raise TooLargeError(
                    f"The request holds more than {state.limits.files} photographs, every frame of a DICOM file "
                    "being one: send fewer at once, or start the server with a larger --max-files."
                )
            places.enter_context(state.admission.hold(photographs - 1))  # each upload has one place already

        tasks = [asyncio.create_task(_screen_upload(state, upload, admit, layers)) for upload in uploads]
        try:
            rows = await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
    flat = state.service.with_fellows([row for some in rows for row in some])
    final = iter(flat)
    for row in flat:
        state.telemetry.photographs.labels(str(row["status"])).inc()
    answers = [[to_row(next(final), state.service, point) for _ in some] for some in rows]
    for answer in (answer for some in answers for answer in some):
        state.telemetry.decisions.labels(answer.refer or UNDECIDED).inc()
    await _log(state, flat, [answer for some in answers for answer in some])
    return answers


async def _log(state: State, rows: Sequence[dict[str, Any]], answers: Sequence[Row]) -> None:
    """Adds the rows to the audit log, if there is one, as they are answered."""
    if state.audit_log is None:
        return
    records = []
    for row, answer in zip(rows, answers, strict=True):
        decisions = {f"{finding.label}.decision": finding.decision for finding in answer.findings}
        thresholds = {finding.label: finding.point.threshold if finding.point else None for finding in answer.findings}
        rule = state.service.rule if answer.operating_point == REFERRAL else None
        cells = row | decisions | {"refer": answer.refer}
        said = record(cells, thresholds=thresholds, operating_point=answer.operating_point, rule=rule)
        records.append(said | ({"token": state.caller} if state.caller else {}))
    try:
        await asyncio.to_thread(state.audit_log.add, records)
    except AuditError as error:
        raise NotLoggedError(f"Nothing is answered because it cannot be logged: {error}") from error


async def _screen_upload(state: State, upload: Photograph, admit: Admit, layers: bool) -> list[dict[str, Any]]:
    traced = state.audit_log is not None
    prepared = await state.decoders.prepare(upload, state.service.sizes, admit=admit, traced=traced)
    if traced and any(photograph.trace is None for _, photograph in prepared):
        # Uploads that were refused before they were decoded have no trace yet.
        trace = await asyncio.to_thread(trace_of, upload)
        prepared = [(frame, replace(found, trace=found.trace or trace)) for frame, found in prepared]
    # A DICOM header that leaves the eye open may do so because it contradicts itself, which no file name settles.
    eye, pair = ("", "") if is_dicom(upload.content) else split_eye(upload.name)
    named = {"eye": eye, "eye_from": "name" if eye else "", "pair": pair}
    ready = (_screen_one(state, frame, photograph, named, layers) for frame, photograph in prepared)
    return await asyncio.gather(*ready)


async def _screen_one(
    state: State, frame: UploadFrame, photograph: Prepared | Unreadable, named: dict[str, str], layers: bool
) -> dict[str, Any]:
    told = {"person": frame.person, "eye_doubt": frame.eye_doubt}
    if frame.eye_doubt:  # which no file name settles
        named = dict.fromkeys(named, "")
    header = named | told | ({"eye": frame.eye, "eye_from": "header"} if frame.eye else {})
    if isinstance(photograph, Unreadable):
        return {"image": frame.name, "status": "failed", "reason": photograph.reason, TRACE: photograph.trace} | header
    row = await asyncio.wrap_future(state.worker.screen(photograph, state.service.screen))
    if (finder := state.service.structures) is not None and row["status"] == OK:
        # One photograph at a time, so that those of other requests are scored in between.
        found = await asyncio.wrap_future(state.worker.call(lambda: found_in(photograph, finder)))
        row[STRUCTURES] = await asyncio.to_thread(shown_structures, found, finder, layers=layers)
    return {TRACE: photograph.trace} | row | header
