"""Makes a bundle of weights that another project wrote."""

import json
import sys
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from fundusfm.config.weights import ImportWeightsConfig
from fundusfm.data.fov.detect import CROP_VERSION
from fundusfm.errors import WeightsError
from fundusfm.models.card.schema import UNKNOWN_LICENCE, Card, Step
from fundusfm.models.importing.bundle_files import TABLE
from fundusfm.models.importing.fit import Fitted, fit_tensors
from fundusfm.models.importing.locate import Located, locate_file
from fundusfm.models.importing.pickles import read_pickled
from fundusfm.models.importing.tensors import find_tensors
from fundusfm.models.trainable import TrainableBundle, bundle_of, save_bundle
from fundusfm.runs import write_atomic


def make_bundle(found: Located, folder: Path, config: ImportWeightsConfig) -> Card:
    """Maps the names of tensors to a network's, prints what was and was not loaded, and writes a bundle.

    Args:
        found: The file of weights.
        folder: The bundle's folder, which is made.
        config: Name, backbone, size and licence, as given.

    Raises:
        WeightsError: The file is damaged, holds code or no weights, or they fit no network.
    """
    fitted = fit_tensors(
        _read(found.path), where=found.origin, backbone=config.backbone or found.backbone, size=config.size
    )
    card = _card(config.name, found, fitted, config.licence)
    print(fitted.table.text())
    folder.mkdir()
    write_atomic(folder / TABLE, json.dumps(_record(found, fitted), indent=2) + "\n")
    save_bundle(folder, fitted.network, card)
    return card


def read_foreign(path: Path, *, backbone: str | None, size: int) -> TrainableBundle:
    """Reads a file of weights as a backbone, without writing a bundle; what was not loaded is printed.

    Args:
        path: The file.
        backbone: timm model name, where names and shapes do not tell it.
        size: Side of the input in pixels, which position embeddings are resampled to.

    Raises:
        WeightsError: The file is damaged, holds code or no weights, or they fit no network.
    """
    found = locate_file(path)
    fitted = fit_tensors(_read(path), where=found.origin, backbone=backbone, size=size)
    if fitted.table.missing or fitted.table.mismatched:
        print(fitted.table.text(), file=sys.stderr)
    return bundle_of(fitted.network, _card(path.stem, found, fitted, None))


def _read(path: Path) -> dict[str, torch.Tensor]:
    if path.suffix.lower() == ".safetensors":
        try:
            return load_file(path)
        except (SafetensorError, OSError) as error:
            raise WeightsError(f"{path} cannot be read ({error}); copy the file again.") from error
    try:
        tensors = find_tensors(read_pickled(path))
    except RecursionError as error:
        raise WeightsError(f"{path} holds an object that contains itself, which no weights do.") from error
    if not tensors:
        raise WeightsError(
            f"{path} holds no state dict and no model, also not under the usual names (model, state_dict, teacher …). "
            "Save the state dict alone: torch.save(model.state_dict(), FILE)."
        )
    return tensors


def _card(name: str, found: Located, fitted: Fitted, licence: str | None) -> Card:
    family, table = fitted.family, fitted.table
    counts = {"loaded": len(table.loaded), "missing": len(table.missing), "mismatched": len(table.mismatched)}
    step = Step(
        what=f"imported from {found.origin} ({family.name})",
        detail={"sha256": found.digest, "normalisation": family.source, "tensors": counts},
    )
    return Card(
        name=name,
        architecture=fitted.architecture,
        arguments=family.arguments,
        strategy="imported",
        lineage=[step],
        size=fitted.size,
        mean=list(family.mean),
        std=list(family.std),
        crop=CROP_VERSION,
        licence=licence or UNKNOWN_LICENCE,
    )


def _record(found: Located, fitted: Fitted) -> dict[str, object]:
    return {
        "source": found.origin,
        "sha256": found.digest,
        "family": fitted.family.name,
        "architecture": fitted.architecture,
        "prefix": fitted.prefix,
        **fitted.table.plain(),
    }
