"""The tables of the journal, the states of a study, and the rows that are handed out."""

from dataclasses import dataclass
from typing import Final, Literal

State = Literal["received", "complete", "screened", "delivered", "failed"]

RECEIVED: Final = "received"
COMPLETE: Final = "complete"
SCREENED: Final = "screened"
DELIVERED: Final = "delivered"
FAILED: Final = "failed"
STATES = (RECEIVED, COMPLETE, SCREENED, DELIVERED, FAILED)
"""In the order in which a study goes through them."""

FORMAT = 1
"""Version of the tables."""

SCHEMA = """
CREATE TABLE studies (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, state TEXT NOT NULL, reason TEXT NOT NULL DEFAULT '',
    changed TEXT NOT NULL, touched REAL NOT NULL, screened REAL NOT NULL DEFAULT 0,
    tries INTEGER NOT NULL DEFAULT 0, next_try REAL NOT NULL DEFAULT 0
);
CREATE TABLE images (
    uid TEXT PRIMARY KEY, study INTEGER NOT NULL REFERENCES studies (id), file TEXT NOT NULL, sha256 TEXT NOT NULL,
    origin TEXT NOT NULL, at TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, rows TEXT NOT NULL DEFAULT ''
);
CREATE TABLE results (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, study INTEGER NOT NULL REFERENCES studies (id),
    file TEXT NOT NULL
);
CREATE TABLE deliveries (
    result INTEGER NOT NULL REFERENCES results (id), destination TEXT NOT NULL, at TEXT NOT NULL,
    PRIMARY KEY (result, destination)
);
CREATE TABLE files (
    path TEXT PRIMARY KEY, size INTEGER NOT NULL, modified INTEGER NOT NULL, outcome TEXT NOT NULL
);
CREATE INDEX images_of ON images (study);
CREATE INDEX results_of ON results (study);
CREATE INDEX studies_in ON studies (state);
"""


@dataclass(frozen=True)
class Image:
    """An image that was received.

    Attributes:
        uid: SOP Instance UID.
        file: Its place in the spool.
        attempts: How often its screening was begun.
    """

    uid: str
    file: str
    attempts: int


@dataclass(frozen=True)
class Result:
    """An instance, or a FHIR bundle, that is to be delivered.

    Attributes:
        id: Number, in the order of delivery.
        file: Its place in the spool.
    """

    id: int
    file: str
