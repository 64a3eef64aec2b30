"""The commands `fundusfm weights ...`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from fundusfm.commands.command import command
from fundusfm.config.weights import (
    ExportWeightsConfig,
    ImportWeightsConfig,
    ListWeightsConfig,
    PublishWeightsConfig,
    ShowWeightsConfig,
)
from fundusfm.progress import at_command_line

if TYPE_CHECKING:
    import pandas as pd

    from fundusfm.models.card.schema import Card


@command(ListWeightsConfig)
def list_weights(config: ListWeightsConfig) -> "pd.DataFrame":
    """Lists the bundles that can be given by name to `--weights`; those shipped with the package are checked.

    Returns:
        A row per bundle.

    Raises:
        WeightsError: A file of a shipped bundle is missing or damaged.
    """
    import pandas as pd

    from fundusfm.models.listing import summaries, summaries_text

    rows = summaries()
    if config.json:
        print(json.dumps(rows, indent=2))
    elif at_command_line.get():  # in Python the table is what is returned
        print(summaries_text(rows))
    return pd.DataFrame(rows)


@command(ShowWeightsConfig)
def show_weights(config: ShowWeightsConfig) -> "Card":
    """Prints the card of a bundle: labels, data, results with intervals, operating points, limits, licence.

    Below it stand the bundle's folder and the SHA-256 of its weights, by which `--weights NAME@SHA256` pins them.

    Returns:
        The card.

    Raises:
        WeightsError: There is no such bundle, or its card or a shipped file is damaged.
    """
    from fundusfm.models.card.readme import card_text
    from fundusfm.models.card.schema import Card
    from fundusfm.models.listing import find_bundle
    from fundusfm.models.weights_file import checked_hash

    folder = find_bundle(config.name)
    path = folder / "card.json"
    card = Card.read(path)
    print((path.read_text(encoding="utf-8") if config.json else card_text(card)).rstrip())
    if not config.json:
        print(f"\nFolder: {folder}\nSHA-256 of the weights: {checked_hash(folder)}")
    return card


@command(ExportWeightsConfig, renamed={"words": "statements"})
def export_weights(config: ExportWeightsConfig) -> Path:
    """Writes a bundle as a folder that other programs load, with its card and a README of tested recipes.

    `timm` is what `timm.create_model("local-dir:OUT", pretrained=True)` loads, head included; fundusfm loads it too.
    `torch` is one `model.pt2` that PyTorch alone runs, `onnx` one `model.onnx` for ONNX Runtime: both take pixels and
    return scores and calibrated probabilities, of any number of photographs at a time. `bundle` is a copy for fundusfm,
    of segmenters as well. What was exported is run and compared with the bundle before it is left there.

    Returns:
        The folder that was written.

    Raises:
        WeightsError: There are no such weights, or they cannot be exported in this format.
        ConfigError: An evaluation is of other weights, or the file of words cannot be read.
        RunFolderError: The folder exists already.
        MissingExtraError: The extra `[train]` is not installed.
    """
    from fundusfm.models.export.export import run_export

    return run_export(config)


@command(ImportWeightsConfig)
def import_weights(config: ImportWeightsConfig) -> Path:
    """Puts weights into the cache folder, from where `--weights NAME` finds them.

    A bundle is checked and copied. Other weights (timm, torchvision, RETFound, RETFound-Green, FLAIR, state dicts with
    timm's names, pickled ResNets) become a bundle without a head: names are mapped, and a table says what was and was
    not loaded; import.json beside the weights keeps all of it. Pickled files are read as data, never run. All but the
    bundles of this version need the extra `[train]`.

    Returns:
        The bundle's folder.

    Raises:
        WeightsError: There are no such weights, they are damaged, hold code, have another checksum or do not fit, or
            the name is taken.
        ConfigError: An option contradicts the source.
        MissingExtraError: It is no bundle with a graph, and the extra `[train]` is not installed.
    """
    from fundusfm.models.importing.import_file import run_import

    return run_import(config)


@command(PublishWeightsConfig)
def publish_weights(config: PublishWeightsConfig) -> str:
    """Uploads a bundle to a repository on the Hugging Face Hub, from where timm and `weights import` load it.

    The bundle's own files are sent and nothing that lies beside them. Its README becomes the model card. The token is
    the one of `hf auth login` or `HF_TOKEN`; `HF_ENDPOINT` names another Hub.

    Returns:
        The address of the commit.

    Raises:
        WeightsError: There is no such bundle, it is damaged or without terms of use, the Hub refuses, or the
            repository is public and was to be private.
        ConfigError: `to` is no repository.
    """
    from fundusfm.models.hub.publish import run_publish

    return run_publish(config)
