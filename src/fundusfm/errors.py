"""Errors a user can act on: each sentence says what is wrong, where, what was expected, and the fix.

Each has a short code, such as `E-MANIFEST-DUPLICATE`, that stays the same when the sentence is reworded;
`fundusfm.error_codes` lists cause and fix of every code. The command line prints the sentence with its code and exits
with 2. Anything else is a bug and exits with 1 and a traceback.
"""

from typing import ClassVar


class FundusFMError(Exception):
    """Base of every error caused by input, files or options rather than by a bug.

    Args:
        sentence: What is wrong, where, what was expected, and the fix.
        code: Last part of the code, such as `DUPLICATE`; without it the code is that of the class.
    """

    prefix: ClassVar[str] = "E"

    def __init__(self, sentence: str, *, code: str = "") -> None:
        super().__init__(sentence)
        self.code = f"{self.prefix}-{code}" if code else self.prefix


class ManifestError(FundusFMError):
    """The manifest is missing, unreadable, or lacks a column that the command needs."""

    prefix = "E-MANIFEST"


class SourceError(FundusFMError):
    """The folder of a public data set lacks a file or folder, or holds something else than is published."""

    prefix = "E-SOURCE"


class LabelError(FundusFMError):
    """A label column is missing or holds a value outside the declared set."""

    prefix = "E-LABEL"


class SelectError(FundusFMError):
    """A `--select` expression cannot be parsed, names no known column, or keeps no row."""

    prefix = "E-SELECT"


class SplitError(FundusFMError):
    """The data cannot be split as asked: too few patients, or a class that is missing."""

    prefix = "E-SPLIT"


class DecodeError(FundusFMError):
    """A file cannot be decoded into an image."""

    prefix = "E-DECODE"


class MaskError(FundusFMError):
    """A mask is missing, damaged, empty, or does not belong to its photograph."""

    prefix = "E-MASK"


class StoreError(FundusFMError):
    """A store is missing, incomplete, or was built with other settings than asked for."""

    prefix = "E-STORE"


class WeightsError(FundusFMError):
    """Weights or a bundle are missing, damaged, or do not fit the network."""

    prefix = "E-WEIGHTS"


class RunFolderError(FundusFMError):
    """The output folder exists already, or holds nothing that could be resumed."""

    prefix = "E-RUN"


class ConfigError(FundusFMError):
    """Options that contradict each other or have a value outside their range."""

    prefix = "E-CONFIG"


class EvaluationError(FundusFMError):
    """Predictions that cannot be scored or compared as asked."""

    prefix = "E-EVALUATION"


class AuditError(FundusFMError):
    """An audit log that cannot be written, or that is damaged."""

    prefix = "E-AUDIT"


class PacsError(FundusFMError):
    """An archive cannot be reached, refuses, or answers with something else than DICOMweb."""

    prefix = "E-PACS"


class FhirError(FundusFMError):
    """A FHIR server cannot be reached, refuses, or answers with something else than FHIR."""

    prefix = "E-FHIR"


class SystemLimitError(FundusFMError):
    """The machine refused: no space, no permission, too few file handles, or a folder that has gone."""

    prefix = "E-SYSTEM"


class MissingExtraError(FundusFMError):
    """An optional part of the package is not installed.

    Args:
        package: The package that is missing.
        extra: The extra that installs it.
        needed_by: What cannot work without it, as the sentence's subject.
    """

    prefix = "E-EXTRA"

    def __init__(self, package: str, extra: str, *, needed_by: str = "") -> None:
        needs = f"{needed_by} needs the extra [{extra}]: " if needed_by else ""
        super().__init__(f"{needs}{package} is not installed; it comes with: pip install 'fundusfm[{extra}]'")
