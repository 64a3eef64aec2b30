"""The journal as a table."""

from collections import Counter
from pathlib import Path

import pandas as pd

from fundusfm.errors import ConfigError
from fundusfm.listen.journal import COLUMNS, StudyJournal
from fundusfm.listen.spool import JOURNAL
from fundusfm.listen.tables import DELIVERED, STATES
from fundusfm.progress import at_command_line

_MOST_DELIVERED = 10


def journal_table(journal: StudyJournal, *, once: bool = False) -> pd.DataFrame:
    """Returns the journal, a row per study.

    Args:
        journal: The journal.
        once: Whether studies that are not delivered by now count as failures; `attrs["undelivered"]` is their number.
    """
    table = pd.DataFrame(journal.table(), columns=list(COLUMNS))
    table.attrs["undelivered"] = int((table["state"] != DELIVERED).sum()) if once else 0
    return table


def show_status(spool: str) -> pd.DataFrame:
    """Returns the journal in a spool; at the command line it is printed, with the last delivered studies.

    Raises:
        ConfigError: There is none.
    """
    folder = Path(spool)
    if not (folder / JOURNAL).is_file():
        raise ConfigError(f"{folder} holds no {JOURNAL}: give the --spool of a service that was started.", code="PATH")
    journal = StudyJournal(folder / JOURNAL)
    try:
        table = journal_table(journal)
    finally:
        journal.close()
    if at_command_line.get():
        counts = Counter(table["state"])
        print(", ".join(f"{state}: {counts[state]}" for state in STATES))
        done = table.index[table["state"] == DELIVERED]
        shown = table.drop(done[:-_MOST_DELIVERED])
        if len(shown):
            print(shown.fillna("").to_string(index=False))
    return table
