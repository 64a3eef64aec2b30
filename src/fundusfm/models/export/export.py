"""The work of `fundusfm weights export`."""

import sys
from dataclasses import replace
from pathlib import Path

from fundusfm.config.weights import ExportWeightsConfig
from fundusfm.errors import ConfigError, WeightsError
from fundusfm.models.card.evaluations import with_results
from fundusfm.models.card.readme import readme
from fundusfm.models.card.schema import Card
from fundusfm.models.card.statements import with_statements
from fundusfm.models.export.folder import fresh_folder, refuse_folder
from fundusfm.models.export.onnx import write_onnx
from fundusfm.models.export.portable import portable_classifier, portable_segmenter
from fundusfm.models.export.recipes import onnx_use, torch_use
from fundusfm.models.export.torch import write_torch
from fundusfm.models.half import FULL, HALF
from fundusfm.models.listing import find_bundle
from fundusfm.models.photographs import read_photographs
from fundusfm.models.reference import read_reference
from fundusfm.models.resolve import STARTS
from fundusfm.models.segmentation.bundle import save_segmenter
from fundusfm.models.segmentation.load import read_segmenter
from fundusfm.models.trainable import TrainableBundle, load_bundle, save_bundle, with_network
from fundusfm.runs import write_atomic


def run_export(config: ExportWeightsConfig) -> Path:
    """Runs the command; see `fundusfm.commands` for results and errors."""
    target = Path(config.out)
    refuse_folder(target, overwrite=config.overwrite)
    loaded = _load(config.weights)
    card = loaded.card
    if config.evaluations:
        card = with_results(card, weights=loaded.hash, runs=config.evaluations)
    if config.statements is not None:
        card = with_statements(card, Path(config.statements))
    if config.half:
        if config.format not in ("timm", "bundle"):
            raise ConfigError(f"--half is for the formats timm and bundle, not {config.format}.")
        card = card.model_copy(update={"stored_bits": HALF})
    loaded = replace(loaded, card=card)
    with fresh_folder(target) as folder:
        if config.format in ("timm", "bundle"):
            _write_bundle(folder, loaded, config.format)
        else:
            _write_program(folder, loaded, config.format)
    print(f"wrote {target}: {', '.join(sorted(path.name for path in target.iterdir()))}", file=sys.stderr)
    return target


def _load(weights: str) -> TrainableBundle:
    if weights in STARTS:
        raise WeightsError(f"{weights} is a starting point, not a bundle: there is nothing to export.")
    folder = find_bundle(weights)
    segmenter = Card.read(folder / "card.json").decoder is not None
    return with_network(read_segmenter(folder)) if segmenter else load_bundle(folder)


def _write_bundle(folder: Path, loaded: TrainableBundle, format: str) -> None:
    if loaded.card.decoder is None:
        reference = None if loaded.path is None else read_reference(loaded.path, weights=loaded.hash)
        photographs = None if loaded.path is None else read_photographs(loaded.path)
        save_bundle(folder, loaded.network, loaded.card, reference=reference, photographs=photographs, stamp=False)
    elif format == "bundle":
        save_segmenter(folder, loaded.network, loaded.card, stamp=False)
    else:
        raise WeightsError(
            f"{loaded.card.name} is a segmenter, which timm has no network for: use --format torch or onnx, or "
            "bundle for fundusfm."
        )


def _write_program(folder: Path, loaded: TrainableBundle, format: str) -> None:
    portable = portable_classifier(loaded) if loaded.card.decoder is None else portable_segmenter(loaded)
    write, use = (write_torch, torch_use) if format == "torch" else (write_onnx, onnx_use)
    write(folder, portable)
    # What the card says of a graph and of stored bits is about the bundle's files, which are not here.
    card = loaded.card.model_copy(update={"graph": None, "stored_bits": FULL})
    write_atomic(folder / "README.md", readme(card, use(portable)))
    card.write(folder / "card.json")
