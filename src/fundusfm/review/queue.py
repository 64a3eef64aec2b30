"""Chooses which photographs are read, in which order, and why."""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fundusfm.config.serve import ReviewConfig
from fundusfm.data.decode.archive import split_member
from fundusfm.data.decode.image import split_frame
from fundusfm.data.eye_names import eye_cell, split_eye
from fundusfm.data.manifest.labels import column_text, read_targets
from fundusfm.data.manifest.splits import patient_groups, patient_ids
from fundusfm.data.manifest.table import read_manifest
from fundusfm.errors import ConfigError, LabelError
from fundusfm.screening.results import read_table

CONTROL = "control"
REASONS = ("doubtful", "ungradable", "uncertain", "referred")
_YES = ("1", "yes", "true")
_DICOM = (".dcm", ".dicom")
_FAILED = "failed"
"""Status in a table of results of a file that could not be opened."""
_SCORES = (".probability", ".score")


@dataclass(frozen=True)
class Listed:
    """A photograph of the table.

    Attributes:
        image: Its name in the table.
        path: Where its file is; empty where it was not found.
        person: Equal for photographs of one person.
        eye: `left`, `right` or empty.
        reason: Why it is read: one of `REASONS`, `control`, or `listed`; empty where it is not.
        given: Label to its value in the table, 0 or 1; None where unknown.
        scores: Label to the model's score, as far as the table has them.
        decisions: Label to the model's decision, 0 or 1, as far as the table has them.
        row: The table's row.
    """

    image: str
    path: str
    person: str
    eye: str
    reason: str
    given: dict[str, int | None]
    scores: dict[str, float]
    decisions: dict[str, int]
    row: dict[str, str]

    @property
    def lost(self) -> bool:
        """Whether `fundusfm predict` could not open its file, or it is to be read and its file was not found."""
        return self.row.get("status") == _FAILED or bool(self.reason and not self.path)


def read_queue(config: ReviewConfig) -> tuple[list[str], list[Listed]]:
    """Reads the table and puts the photographs that are to be read first, in their order; the others follow.

    The fellow photographs of a person come one after the other; where the table names no patient, those of one folder
    whose names differ only in the eye are one person's. Controls stand at random places, so that the order does not
    tell them. A photograph that `fundusfm predict` could not open is not read.

    Returns:
        Names of the labels, and every row of the table.

    Raises:
        ManifestError: The table cannot be read.
        LabelError: No label was named and the table has no scores, or a label's column is missing or holds something
            else than 0 and 1.
        ConfigError: A number is out of range, no photograph is left to be read, or no file of them was found.
    """
    if config.control < 0 or (config.most is not None and config.most < 1):
        raise ConfigError("--control must be at least 0, and --most at least 1.", code="RANGE")
    frame, root = _read(config.source)
    labels, given = _given(frame, config)
    reasons = _reasons(frame, labels, config)
    failed = _is(frame, "status", (_FAILED,))
    opened = np.ones(len(frame), bool) if failed is None else ~failed
    people, eyes = _people_and_eyes(frame)
    places = _order(reasons, opened, people, config)
    roots = [Path(config.images)] if config.images else [root, Path.cwd()]
    rows = frame.to_dict("records")
    listed = []
    for place in [*places, *sorted(set(range(len(frame))) - set(places))]:
        row = {str(key): str(value) for key, value in rows[place].items()}
        listed.append(
            Listed(
                image=row["image"],
                path=_find(row, roots),
                person=people[place],
                eye=eyes[place],
                reason=reasons[place] if place in places else "",
                given={label: _whole(given[place, column]) for column, label in enumerate(labels)},
                scores=dict(_numbers(row, labels, _SCORES)),
                decisions={label: int(value) for label, value in _numbers(row, labels, (".decision",))},
                row=row,
            )
        )
    asked = listed[: len(places)]
    if not any(one.path for one in asked):
        raise ConfigError(
            f"None of the {len(asked)} photographs was found, such as {asked[0].image}: name the folder that the paths "
            "start at with --images.",
            code="PATH",
        )
    return labels, listed


def _read(source: str) -> tuple[pd.DataFrame, Path]:
    path = Path(source)
    if path.is_dir() and (path / "audit.csv").exists():
        path = path / "audit.csv"
    if path.suffix.lower() == ".jsonl":
        table = read_table(path)
        return pd.DataFrame({str(name): column_text(table, str(name)) for name in table}), path.parent.absolute()
    return read_manifest(str(path)).frame, path.parent.absolute()


def _given(frame: pd.DataFrame, config: ReviewConfig) -> tuple[list[str], NDArray[np.float32]]:
    scored = [str(name).rsplit(".", 1)[0] for name in frame if str(name).endswith(_SCORES)]
    wanted = config.labels or list(dict.fromkeys(scored))
    if not wanted:
        raise LabelError(
            f"{config.source} has no scores that would tell the labels: name the columns to grade with --labels.",
            code="COLUMN",
        )
    targets = read_targets(frame, wanted, task="multilabel", where=config.source, missing_ok=config.labels is None)
    return targets.labels, targets.values


def _reasons(frame: pd.DataFrame, labels: Sequence[str], config: ReviewConfig) -> list[str]:
    """Returns why each row is read; empty where nothing speaks for it."""
    # The table's word on the photograph stands above that on its labels, of which some do not count for the referral.
    uncertain = ["uncertain"] if "uncertain" in frame else [f"{label}.uncertain" for label in labels]
    signs = {
        "doubtful": [_is(frame, "disputed", _YES)],
        "ungradable": [_is(frame, "status", ("ungradable",)), _is(frame, "refer", ("take_again",))],
        "uncertain": [_is(frame, name, _YES) for name in uncertain],
        "referred": [_is(frame, "refer", ("yes",))],
    }
    told = {
        reason: np.any([one for one in found if one is not None], axis=0)
        for reason, found in signs.items()
        if any(one is not None for one in found)
    }
    wanted: list[str] = [*(config.reasons or told)] or ["all"]
    missing = [reason for reason in wanted if reason != "all" and reason not in told]
    if missing:
        raise ConfigError(
            f"--reasons {missing[0]}: {config.source} does not say which photographs are {missing[0]}; it tells "
            f"{', '.join(told) or 'nothing of this kind'}. Take 'all' to read every photograph."
        )
    result = ["listed" if "all" in wanted else ""] * len(frame)
    for reason in reversed(REASONS):
        if reason in wanted:
            result = [reason if here else before for here, before in zip(told[reason], result, strict=True)]
    return result


def _is(frame: pd.DataFrame, column: str, values: Iterable[str]) -> NDArray[np.bool_] | None:
    return np.asarray(column_text(frame, column).str.casefold().isin(list(values))) if column in frame else None


def _people_and_eyes(frame: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Returns the person and the eye of every row; file names tell them where the table does not."""
    groups, named = patient_groups(frame), (patient_ids(frame) != "").to_numpy()
    stated: Iterable[str] = column_text(frame, "eye") if "eye" in frame else [""] * len(frame)
    datasets: Iterable[str] = column_text(frame, "dataset") if "dataset" in frame else [""] * len(frame)
    people: list[str] = []
    eyes: list[str] = []
    for image, group, known, cell, dataset in zip(frame["image"], groups, named, stated, datasets, strict=True):
        path = PurePosixPath(split_frame(str(image).replace("\\", "/"))[0])
        # A DICOM file says the eye in its header, which may contradict the name.
        eye, pair = ("", "") if path.suffix.lower() in _DICOM else split_eye(path.name)
        people.append(f"name:{dataset}/{path.parent}/{pair.casefold()}" if eye and not known else str(group))
        eyes.append(said if (said := eye_cell(cell)) in ("left", "right") else eye)
    return people, eyes


def _order(reasons: list[str], opened: NDArray[np.bool_], people: Sequence[str], config: ReviewConfig) -> list[int]:
    """Returns the places of the photographs to read, in order, and gives controls their reason."""
    rank = {reason: number for number, reason in enumerate((*REASONS, "listed"))}
    asked = (place for place, reason in enumerate(reasons) if reason and opened[place])
    chosen = sorted(asked, key=lambda place: rank[reasons[place]])
    chosen = chosen[: config.most]
    if not chosen:
        raise ConfigError(
            f"No photograph of {config.source} is to be read: none is {', '.join(config.reasons or REASONS)}. Take "
            "--reasons all to read every photograph."
        )
    draw = random.Random(config.seed)
    rest = [place for place, reason in enumerate(reasons) if not reason and opened[place]]
    controls = draw.sample(rest, min(len(rest), round(config.control * len(chosen))))
    for place in controls:
        reasons[place] = CONTROL
        chosen.insert(draw.randint(0, len(chosen)), place)
    of_person: dict[str, list[int]] = {}
    for place in chosen:
        of_person.setdefault(people[place], []).append(place)
    return [place for places in of_person.values() for place in places]


def _find(row: dict[str, str], roots: Sequence[Path]) -> str:
    for name in filter(None, (row.get("source", ""), row["image"])):
        for root in roots:
            path = str(root / name.replace("\\", "/"))
            if Path(split_frame(path)[0]).is_file() or split_member(path):
                return path
    return ""


def _numbers(row: dict[str, str], labels: Sequence[str], kinds: Sequence[str]) -> Iterator[tuple[str, float]]:
    for label in labels:
        cell = next((row[label + kind] for kind in kinds if row.get(label + kind)), "")
        if cell:
            yield label, float(cell)


def _whole(value: float) -> int | None:
    return None if np.isnan(value) else int(value)
