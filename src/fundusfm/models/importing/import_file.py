"""The work of `fundusfm weights import`."""

import json
import re
import tempfile
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from fundusfm.config.weights import ImportWeightsConfig
from fundusfm.data.fov.detect import CROP_VERSION
from fundusfm.errors import ConfigError, WeightsError
from fundusfm.models.card.schema import UNKNOWN_LICENCE, Card, Step
from fundusfm.models.importing.bundle_files import TABLE, add_graph, check_bundle, copy_bundle
from fundusfm.models.importing.fit import Fitted, fit_tensors
from fundusfm.models.importing.locate import Located, locate
from fundusfm.models.importing.pickles import read_pickled
from fundusfm.models.importing.tensors import find_tensors
from fundusfm.models.listing import cache_folder, listed_weights
from fundusfm.models.trainable import save_bundle
from fundusfm.runs import write_atomic

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")
_NOT_NAMES = ("scratch", "imagenet")


def run_import(config: ImportWeightsConfig) -> Path:
    """Runs the command; see `fundusfm.commands` for results and errors."""
    target = _place(config.name)
    with tempfile.TemporaryDirectory(dir=cache_folder(), prefix=".import-") as scratch:
        made = Path(scratch) / "bundle"
        found = locate(config.source, Path(scratch), sha256=config.sha256)
        if found.is_bundle:
            given = {"--backbone": config.backbone, "--size": config.size, "--licence": config.licence}
            if wrong := [option for option, value in given.items() if value is not None]:
                raise ConfigError(
                    f"{config.source} is a bundle, whose card says that already: leave {', '.join(wrong)} out."
                )
            copy_bundle(found.path, made)
            add_graph(made)
            card = check_bundle(made)
        else:
            fitted = fit_tensors(
                _read(found.path), where=found.origin, backbone=config.backbone or found.backbone, size=config.size
            )
            card = _card(config.name, found, fitted, config.licence)
            print(fitted.table.text())
            made.mkdir()
            write_atomic(made / TABLE, json.dumps(_record(found, fitted), indent=2) + "\n")
            save_bundle(made, fitted.network, card)
        try:
            made.rename(target)  # within one file system, so whole or not at all
        except OSError as error:
            raise WeightsError(f"{target} cannot be made: {error.strerror or error}.") from error
    print(f"{card.architecture}, {card.size} px, licence {card.licence}: --weights {config.name}\n{target}")
    return target


def _place(name: str) -> Path:
    """Returns the folder that the name will be, if both are free."""
    if not _NAME.fullmatch(name) or name in _NOT_NAMES:
        raise ConfigError(
            f"--name {name!r} cannot be used: letters, digits and . _ + -, the first a letter or digit, and not "
            f"{' or '.join(_NOT_NAMES)}."
        )
    target = cache_folder() / "weights" / name
    taken = listed_weights().get(name, target if target.exists() else None)
    if taken is not None:
        raise WeightsError(f"The name {name} is taken by {taken}: give another --name, or remove that folder.")
    target.parent.mkdir(parents=True, exist_ok=True)
    return target


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
