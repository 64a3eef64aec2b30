"""Watched folders: DICOM files are taken when they no longer change, and stay where they are."""

from collections.abc import Sequence
from pathlib import Path
from stat import S_ISREG

from fundusfm.errors import ConfigError
from fundusfm.listen.intake import Intake, Reception
from fundusfm.listen.journal import StudyJournal

_UNFINISHED = (".tmp", ".part", ".partial", ".crdownload", ".filepart")
_LARGEST = 2_000_000_000


class WatchedFolders:
    """Folders that cameras or people copy files into.

    They are polled, because the system does not notify about files that other machines write to a share.

    Args:
        folders: The folders, searched to any depth.
        intake: Takes the files.
        journal: Notes which files were seen.

    Raises:
        ConfigError: One is no folder.
    """

    def __init__(self, folders: Sequence[str], intake: Intake, journal: StudyJournal) -> None:
        self._folders = [Path(folder).resolve() for folder in folders]
        for folder in self._folders:
            if not folder.is_dir():
                raise ConfigError(f"--watch {folder} is no folder.", code="PATH")
        self._intake, self._journal = intake, journal
        self._before: dict[str, tuple[int, int]] = {}

    def look(self, *, settled: bool = False) -> int:
        """Takes the files that are new and have not changed since the last look.

        Args:
            settled: Take files at first sight.

        Returns:
            How many files were taken.
        """
        taken, seen = 0, {}
        for folder in self._folders:
            for path in sorted(folder.rglob("*")):
                if path.name.startswith((".", "~")) or path.suffix.lower() in _UNFINISHED:
                    continue
                try:
                    found = path.stat()
                    state = (found.st_size, found.st_mtime_ns)
                    if not S_ISREG(found.st_mode) or self._journal.knows_file(str(path), *state):
                        continue
                    seen[str(path)] = state
                    if settled or self._before.get(str(path)) == state:
                        taken += self._take(path, *state)
                except OSError:  # moved or locked since it was listed; if it is still there, it is found again
                    continue
        self._before = seen
        return taken

    def _take(self, path: Path, size: int, modified: int) -> bool:
        if self._intake.is_full():
            return False
        content = b"" if size > _LARGEST else path.read_bytes()
        outcome = self._intake.take(content, str(path))
        if outcome is not Reception.FULL:
            self._journal.add_file(str(path), size, modified, outcome.value)
        return outcome is Reception.TAKEN
