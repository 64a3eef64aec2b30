"""Errors a user can act on: each sentence says what is wrong, where, what was expected, and the fix.

The command line prints the sentence and exits 2; anything else is a bug and exits 1 with a traceback.
"""


class FundusFMError(Exception):
    """Base of every error caused by input, files or options rather than by a bug."""


class ManifestError(FundusFMError):
    """The manifest is missing, unreadable, or lacks a column that the command needs."""


class SourceError(FundusFMError):
    """The folder of a public data set lacks a file or folder, or holds something else than is published."""


class LabelError(FundusFMError):
    """A label column is missing or holds a value outside the declared set."""


class SelectError(FundusFMError):
    """A `--select` expression cannot be parsed, names no known column, or keeps no row."""


class SplitError(FundusFMError):
    """The data cannot be split as asked: too few patients, or a class that is missing."""


class DecodeError(FundusFMError):
    """A file cannot be decoded into an image."""


class MaskError(FundusFMError):
    """A mask is missing, damaged, empty, or does not belong to its photograph."""


class StoreError(FundusFMError):
    """A store is missing, incomplete, or was built with other settings than asked for."""


class WeightsError(FundusFMError):
    """Weights or a bundle are missing, damaged, or do not fit the network."""


class RunFolderError(FundusFMError):
    """The output folder exists already, or holds nothing that could be resumed."""


class ConfigError(FundusFMError):
    """Options that contradict each other or have a value outside their range."""


class EvaluationError(FundusFMError):
    """Predictions that cannot be scored or compared as asked."""


class PacsError(FundusFMError):
    """An archive cannot be reached, refuses, or answers with something else than DICOMweb."""


class MissingExtraError(FundusFMError):
    """An optional part of the package is not installed."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"{package} is not installed; it comes with: pip install 'fundusfm[{extra}]'")
