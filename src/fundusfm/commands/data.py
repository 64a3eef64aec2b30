"""The commands `fundusfm data ...`."""

from pathlib import Path
from typing import TYPE_CHECKING

from fundusfm.commands.command import command
from fundusfm.config.data import (
    AuditConfig,
    CheckConfig,
    ImportSourceConfig,
    ListSourcesConfig,
    NextConfig,
    PrepareConfig,
    SynthConfig,
)

if TYPE_CHECKING:
    from fundusfm.data.manifest.check import CheckReport
    from fundusfm.data.sources.source import PublicSet
    from fundusfm.data.store.reader import Store
    from fundusfm.labels.audit.findings import Audit
    from fundusfm.labels.next.next import NextPhotographs


@command(CheckConfig)
def check(config: CheckConfig) -> "CheckReport":
    """Lists every fault of a manifest: files, labels, duplicates, and patients on both sides of a split.

    Reads every photograph once. Duplicates are found by content (SHA-256) and by looks, so that flipped, resized and
    re-compressed copies are found too. Unknown (empty) labels are counted, and are no fault.

    Returns:
        Faults, notes and counts; the exit code is 2 where there is a fault, else 0.

    Raises:
        ManifestError: The file is missing, unreadable, or has no column `image`.
        LabelError: A column of --labels is missing.
    """
    from fundusfm.data.manifest.check import run_check

    return run_check(config)


@command(PrepareConfig)
def prepare(config: PrepareConfig) -> "Store":
    """Decodes, crops and resizes the photographs of a manifest once, into a store to train and predict from.

    The crop is the square around the field of view (a fitted circle). A photograph that cannot be decoded goes to
    `rejected.csv` with its manifest row and the reason; rows of the store and rejected ones add up to the manifest's.
    The store is the same, byte for byte, for any number of workers and whether or not it was interrupted and resumed.

    Returns:
        The store.

    Raises:
        ManifestError: The manifest cannot be read.
        SelectError: The expression cannot be used.
        StoreError: `out` cannot be used, or the disk is full.
        ConfigError: A number is out of its range.
    """
    from fundusfm.data.store.prepare import run_prepare
    from fundusfm.data.store.reader import open_store

    return open_store(str(run_prepare(config)))


@command(SynthConfig)
def synth(config: SynthConfig) -> Path:
    """Generates fundus photographs with exact labels and masks of vessels, arteries and veins, disc and lesions.

    Writes `images/`, a folder of masks per structure and, last, `manifest.csv`, which names them by the columns that
    `fundusfm segment` reads. A lesion that an eye does not have has an empty mask. Photograph i depends on the seed,
    its number, the size, the cameras and the share alone: a larger count only adds photographs.

    Returns:
        Path of the manifest.

    Raises:
        ConfigError: The folder holds something already, or an argument is out of its range.
    """
    from fundusfm.data.synthetic.camera.cameras import cameras_named
    from fundusfm.data.synthetic.writing import Settings, write_dataset

    settings = Settings(
        count=config.count,
        size=config.size,
        seed=config.seed,
        cameras=cameras_named(config.cameras),
        abnormal_share=config.abnormal_share,
        dataset=config.dataset,
    )
    manifest = write_dataset(Path(config.out), settings, workers=config.workers, overwrite=config.overwrite)
    print(manifest)
    return manifest


@command(ListSourcesConfig)
def list_sources(config: ListSourcesConfig) -> "list[PublicSet]":
    """Lists the public data sets that `fundusfm data import` reads, or describes one of them.

    Returns:
        The sources that were listed.

    Raises:
        SourceError: The name is unknown.
    """
    from fundusfm.data.sources.listing import describe, overview
    from fundusfm.data.sources.registry import NAMES, load_source

    print(overview(json=config.json) if config.name is None else describe(config.name, json=config.json))
    return [load_source(name) for name in ([config.name] if config.name else NAMES)]


@command(ImportSourceConfig)
def import_source(config: ImportSourceConfig) -> Path:
    """Makes a manifest of a public data set, as it was downloaded and unpacked.

    Nothing is downloaded and no photograph is touched: the manifest points to the files where they are. Beside the
    set's own labels it has the harmonised ones, such as `abnormal`, that mean the same for every set.

    Returns:
        Path of the manifest.

    Raises:
        SourceError: The name is unknown, a folder, file, column or photograph is missing, or `out` exists.
    """
    from fundusfm.data.sources.importing import run_import

    return run_import(config)


@command(AuditConfig)
def audit_labels(config: AuditConfig) -> "Audit":
    """Ranks the photographs of a run by how doubtful their labels are, with the reasons; changes no label.

    Labels are judged by out-of-fold scores (confident learning), by copies of one photograph that are labelled
    differently, and by photographs of one patient that look alike and are labelled differently. Writes `audit.html`
    and `audit.csv`, which `fundusfm review` opens, and estimates how many labels are wrong and what they cost.

    Returns:
        The ranked photographs and the estimates.

    Raises:
        RunFolderError: The folder is no run, or `out` cannot be used.
        EvaluationError: The run has no out-of-fold predictions, or none of its labels has enough of both classes.
        StoreError: The store that was named holds none of the photographs.
        ManifestError: The manifest cannot be read or joined.
        LabelError: A column is missing or holds something else.
    """
    from fundusfm.labels.audit.audit import run_audit

    return run_audit(config)


@command(NextConfig)
def choose_next(config: NextConfig) -> "NextPhotographs":
    """Chooses the photographs whose labels would teach most: uncertain ones, of different kinds, patients kept whole.

    Uncertainty comes from a linear probe on the labels so far, kinds from clusters of cached features. Writes a
    manifest that `fundusfm review` opens, and beside it as JSON the learning curve so far and what that many more
    labels, drawn at random, are expected to bring; where the curve does not tell, it says so.

    Returns:
        The chosen photographs and the curve.

    Raises:
        RunFolderError: The run has no bundle.
        StoreError: A store cannot be opened.
        LabelError: A label's column is missing or holds something else.
        WeightsError: The weights cannot be used.
        ConfigError: There is no photograph without a label, `out` exists, or an option is out of range.
    """
    from fundusfm.labels.next.next import run_next

    return run_next(config)
