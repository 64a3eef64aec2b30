"""Delivery from the spool to the archives: tried again, with growing pauses, until they have everything."""

import threading
import time
from collections.abc import Callable, Sequence

from fundusfm.errors import PacsError
from fundusfm.listen.destinations import Destination
from fundusfm.listen.journal import StudyJournal
from fundusfm.listen.log import EventLog
from fundusfm.listen.spool import Spool
from fundusfm.listen.tables import FAILED
from fundusfm.screening.dicom.archive import RefusedError

PAUSES = (5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0, 640.0, 1280.0, 1800.0)
"""Seconds between attempts: doubled up to half an hour."""

_HOUR = 3600.0


class Delivery:
    """Delivers study by study; each instance is noted as soon as its archive has it.

    Args:
        journal: The studies.
        spool: Holds their files.
        log: Receives events.
        destinations: Archives; each gets everything.
        give_up: Hours after which a study counts as failed.
        clock: Returns the time in seconds, for tests.
    """

    def __init__(
        self, journal: StudyJournal, spool: Spool, log: EventLog, destinations: Sequence[Destination], *,
        give_up: float, clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._journal, self._spool, self._log = journal, spool, log
        self._destinations, self._give_up, self._clock = destinations, give_up * _HOUR, clock
        self._silent: dict[str, tuple[int, float]] = {}

    def step(self, stop: threading.Event, *, all_due: bool = False) -> bool:
        """Delivers what is due; False where nothing is.

        Args:
            stop: Ends the work after the instance at hand.
            all_due: Include studies and archives whose next try is still to come.
        """
        due = self._journal.to_deliver(all_due=all_due)
        for study, uid in due:
            if stop.is_set():
                break
            self._study(study, uid, stop, all_due=all_due)
        return bool(due)

    def _study(self, study: int, uid: str, stop: threading.Event, *, all_due: bool) -> None:
        reasons = [said for one in self._destinations if (said := self._to(one, study, stop, all_due=all_due))]
        wanted = {one.name: one.suffix for one in self._destinations}
        unneeded = None if stop.is_set() else self._journal.finish(study, wanted)
        if unneeded is not None:
            self._spool.remove(unneeded)
            state, reason = self._journal.outcome(study)
            if state == FAILED:
                self._log.write("failed", study=uid, reason=reason)
            else:
                self._log.write("delivered", study=uid)
        elif reasons:
            reason = " ".join(reasons)
            if self._journal.age(study) > self._give_up:
                self._journal.fail(study, f"given up: {reason}")
                self._log.write("failed", study=uid, reason=reason)
            else:
                tries, due = self._journal.put_off(study, reason, PAUSES)
                have = [name for name, suffix in wanted.items() if not self._journal.undelivered(study, name, suffix)]
                self._log.write(
                    "put_off", study=uid, reason=reason, tries=tries, next_try=due, complete_at=" ".join(have)
                )

    def _to(self, destination: Destination, study: int, stop: threading.Event, *, all_due: bool) -> str:
        """Delivers to one archive; returns why it does not have everything, or an empty text if it has."""
        results = self._journal.undelivered(study, destination.name, destination.suffix)
        if not results:
            return ""
        failures, until = self._silent.get(destination.name, (0, 0.0))
        if not all_due and self._clock() < until:
            return f"{destination.name} waits after {failures} failures."
        try:
            with destination.session() as send:
                for result in results:
                    if stop.is_set():
                        break
                    send(self._spool.path / result.file)
                    self._journal.delivered(result, destination.name)
        except RefusedError as error:
            return str(error)
        except PacsError as error:
            # An archive that does not answer for one study answers for none, so the others need not each wait for it.
            self._silent[destination.name] = (failures + 1, self._clock() + PAUSES[min(failures, len(PAUSES) - 1)])
            return str(error)
        self._silent.pop(destination.name, None)
        return ""
