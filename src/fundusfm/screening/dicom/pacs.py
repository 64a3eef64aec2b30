"""The work of `fundusfm pacs`."""

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from fundusfm.config.dicom import PacsConfig
from fundusfm.data.inputs.doubts import doubts_text
from fundusfm.errors import ConfigError, DecodeError
from fundusfm.models.released import default_weights
from fundusfm.progress import track
from fundusfm.runs import exclusive_lock, make_parent, write_atomic
from fundusfm.screening.dicom.archive import Archive, RefusedError
from fundusfm.screening.dicom.dates import date_filter
from fundusfm.screening.dicom.instance import ScreenedImage, check_label, columns, rows_from_one_eye, screen_instance
from fundusfm.screening.dicom.predictions import ReportScreener
from fundusfm.screening.dicom.structured_report import report_series, report_uid
from fundusfm.screening.dicom.watch import Round, check_minutes, watch
from fundusfm.screening.screener import FAILED, OK, REFUSED
from fundusfm.screening.show import outcome_text, referral_counts

# Few enough to lose little, many enough to keep writing the table from costing time.
_ROWS_BETWEEN_WRITES = 25


def run_pacs(config: PacsConfig) -> pd.DataFrame:
    """Runs the command; see `fundusfm.commands` for results and errors."""
    archive = Archive(config.url, timeout=config.timeout, retries=config.retries)
    if config.watch is not None:
        check_minutes(config.watch)
    _filters(config)  # a wrong date is told before the model is loaded
    screener = ReportScreener(config.weights or default_weights(), config.operating_point, config.structures)
    check_label(screener.bundle.card, config.label)
    path = Path(config.out)
    if path.is_dir():
        raise ConfigError(f"--out {path} is a folder: give a file, such as {path / 'results.csv'}.")
    make_parent(path)
    with exclusive_lock(path, command="pacs"):
        table = _Results(path, columns(screener))
        search = _Search(config, archive, screener, table)
        if config.watch is None:
            search(Round())
        else:
            watch(search, minutes=config.watch)
    return pd.DataFrame(table.rows, columns=columns(screener))


def _filters(config: PacsConfig) -> dict[str, str]:
    """Returns what to search for, today."""
    filters = {
        "Modality": config.modality,
        "StudyDate": None if config.date is None else date_filter(config.date),
        "PatientID": config.patient,
        "StudyInstanceUID": config.study,
    }
    return {keyword: value for keyword, value in filters.items() if value}


class _Search:
    """One search after the other, into one table."""

    def __init__(self, config: PacsConfig, archive: Archive, screener: ReportScreener, table: "_Results") -> None:
        self._config, self._archive, self._screener, self._table = config, archive, screener, table

    def __call__(self, round_: Round) -> None:
        """Searches the archive and screens what has no report, and says what was found.

        Args:
            round_: Which images to leave for later, and whether to stop; images that failed are told to it.
        """
        config, table, screener = self._config, self._table, self._screener
        series = self._archive.find_series(_filters(config))
        todo, present = _todo(self._archive, series, screener)
        for study_uid, series_uid, instance in present:
            row = _row(
                study_uid, series_uid, instance, status="present", reason="the archive has a report of this model"
            )
            table.add_present(row | screener.provenance)
        due = [place for place in todo if round_.is_due(place[2])]
        one_eye = _RowsFromOneEye(self._archive, screener, [*todo, *present])
        rows, doubts, images = list[dict[str, Any]](), list[tuple[str, str]](), 0
        try:
            for place in track(due, label="pacs", unit="image") if due or not round_.watching else ():
                if round_.stopping:
                    break
                screened = self._screened(place, one_eye)
                table.add(screened.rows)
                round_.note(place[2], failed=any(row["status"] == FAILED for row in screened.rows))
                rows += screened.rows
                doubts += screened.doubts
                images += 1
        finally:
            table.write()
        if not series and not round_.watching:
            print(_nothing_found(config), file=sys.stderr)
        if images or not round_.watching:
            self._say(images, len(present), rows)
        if said := doubts_text(doubts):
            print(said, file=sys.stderr, flush=True)

    def _screened(self, place: tuple[str, str, str], one_eye: "_RowsFromOneEye") -> ScreenedImage:
        config = self._config
        try:
            return _one(self._archive, place, self._screener, config.label, config.overlays, config.store, one_eye)
        except (DecodeError, RefusedError) as error:
            row = _row(*place, status=FAILED, reason=str(error))
            return ScreenedImage([row | self._screener.provenance])

    def _say(self, images: int, present: int, rows: Sequence[dict[str, Any]]) -> None:
        print(
            f"{images} images screened, {present} had a report of this model; "
            f"{len(self._table.rows)} rows in {self._config.out}",
            file=sys.stderr,
        )
        if rows:
            card = self._screener.bundle.card
            positives = {label: sum(row.get(f"{label}.decision") == 1 for row in rows) for label in card.labels}
            statuses = Counter(str(row["status"]) for row in rows)
            text = outcome_text(referral_counts(row.get("refer") for row in rows), positives, statuses, card.names)
            print(f"of {len(rows)} photographs screened now: {text}", file=sys.stderr, flush=True)


def _nothing_found(config: PacsConfig) -> str:
    """Returns a sentence about a search without a match; it names no patient, because it may be logged."""
    asked = [f"--modality {config.modality}", *([f"--date {config.date}"] if config.date else [])]
    asked += [f"--{name}" for name in ("patient", "study") if getattr(config, name)]
    return f"the archive has no study that matches {', '.join(asked)}: check them, and what the archive holds"


def _todo(
    archive: Archive, series: list[tuple[str, str]], screener: ReportScreener
) -> tuple[list[tuple[str, str, str]], list[tuple[str, str, str]]]:
    """Returns the images without and with a report of this model, as study, series and instance UID."""
    reports: dict[str, set[str]] = {}
    todo: list[tuple[str, str, str]] = []
    present: list[tuple[str, str, str]] = []
    for study_uid, series_uid in series:
        if study_uid not in reports:
            ours = report_series(study_uid, screener.identity)
            reports[study_uid] = set(archive.find_instances(study_uid, ours))
        for instance in archive.find_instances(study_uid, series_uid):
            known = report_uid(instance, screener.identity) in reports[study_uid]
            (present if known else todo).append((study_uid, series_uid, instance))
    return todo, present


def _one(
    archive: Archive,
    place: tuple[str, str, str],
    screener: ReportScreener,
    label: str | None,
    overlays: bool,
    store: bool,
    one_eye: "_RowsFromOneEye",
) -> ScreenedImage:
    """Fetches, scores and files one image; a refusal to store fails its rows, and the next image goes on."""
    dataset = archive.fetch(*place)
    study = one_eye.of_study(place[0])
    screened = screen_instance(dataset, place[2], screener, label=label, overlays=overlays, study=study)
    if store and screened.derived:
        # The report comes last: its presence says that the overlays are there.
        try:
            for instance in screened.derived:
                archive.store(instance)
        except RefusedError as error:
            for row in screened.rows:
                row |= {"status": "failed", "reason": str(error)}
    return screened


def _row(study: str, series: str, instance: str, *, status: str, reason: str) -> dict[str, Any]:
    known = {"image": instance, "frame": 1, "study": study, "series": series, "instance": instance}
    return known | {"status": status, "reason": reason}


class _RowsFromOneEye:
    """The rows of all images of a study, each scored alone, for models that take the fellow eye into account.

    Images with a report count too: the other eye may have reached the archive later.
    """

    def __init__(self, archive: Archive, screener: ReportScreener, places: list[tuple[str, str, str]]) -> None:
        self._archive, self._screener, self._places = archive, screener, places
        self._study, self._rows = "", list[dict[str, Any]]()

    def of_study(self, study: str) -> list[dict[str, Any]]:
        """Returns the rows of a study; none where the model scores each eye alone, or it has one image only."""
        if self._screener.bundle.card.both_eyes is None:
            return []
        if study != self._study:
            images = [place for place in self._places if place[0] == study]
            self._study, self._rows = study, []
            for place in images if len(images) > 1 else []:
                try:
                    self._rows += rows_from_one_eye(self._archive.fetch(*place), place[2], self._screener)
                except (DecodeError, RefusedError):
                    continue  # the row of this image says so
        return self._rows


class _Results:
    """The results table: rows of earlier runs stay, those of an image that is screened again are replaced."""

    def __init__(self, path: Path, names: list[str]) -> None:
        self._path, self._names = path, names
        self._by_instance: dict[str, list[dict[str, Any]]] = {}
        self._unwritten = 0
        if path.exists():
            before = pd.read_csv(path, dtype=str, keep_default_na=False)
            if list(before.columns) != names:
                raise ConfigError(
                    f"{path} is no table of this model's results (its columns differ): give another --out."
                )
            for row in before.to_dict("records"):
                self._by_instance.setdefault(row["instance"], []).append({str(k): v for k, v in row.items()})

    @property
    def rows(self) -> list[dict[str, Any]]:
        """All rows, image by image."""
        return [row for rows in self._by_instance.values() for row in rows]

    def add(self, rows: list[dict[str, Any]]) -> None:
        """Adds the rows of one image."""
        self._by_instance[rows[0]["instance"]] = rows
        self._unwritten += len(rows)
        if self._unwritten >= _ROWS_BETWEEN_WRITES:
            self.write()

    def add_present(self, row: dict[str, Any]) -> None:
        """Adds an image whose report the archive has, unless an earlier run saw it."""
        if all(before["status"] not in (OK, *REFUSED) for before in self._by_instance.get(row["instance"], [])):
            self._by_instance[row["instance"]] = [row]

    def write(self) -> None:
        """Writes the table, atomically."""
        table = pd.DataFrame(self.rows, columns=self._names)
        write_atomic(self._path, table.to_csv(index=False, lineterminator="\n"))
        self._unwritten = 0
