"""The work of `fundusfm weights publish`."""

import tempfile
from pathlib import Path

from huggingface_hub import HfApi

from fundusfm.config.weights import PublishWeightsConfig
from fundusfm.errors import WeightsError
from fundusfm.models.card.schema import UNKNOWN_LICENCE
from fundusfm.models.hub.address import parse_hub
from fundusfm.models.hub.model_card import model_card
from fundusfm.models.hub.repository import told
from fundusfm.models.importing.bundle_files import FILES, check_bundle, copy_bundle
from fundusfm.models.listing import find_bundle

_OFFLINE = "Unset it, or carry the bundle's folder to a machine with a network and publish it there."


def run_publish(config: PublishWeightsConfig) -> str:
    """Runs the command; see `fundusfm.commands` for results and errors."""
    repository = parse_hub(config.to)
    folder = find_bundle(config.weights)
    card = check_bundle(folder)
    if card.licence == UNKNOWN_LICENCE:
        raise WeightsError(
            f"{folder} was imported without terms of use, so nobody may be given it: import it again with --licence."
        )
    with tempfile.TemporaryDirectory() as scratch, told(repository, offline=_OFFLINE):
        staged = Path(scratch) / "bundle"
        copy_bundle(folder, staged)
        text = staged / "README.md"
        before = text.read_text(encoding="utf-8") if text.exists() else ""
        text.write_text(model_card(card, before), encoding="utf-8", newline="\n")
        hub = HfApi()
        hub.create_repo(repository.name, private=config.private or None, exist_ok=True)
        if config.private and not hub.repo_info(repository.name).private:  # it existed before, and is left as it is
            raise WeightsError(f"hf:{repository.name} exists and is public, so --private cannot be kept: nothing sent.")
        commit = hub.upload_folder(
            repo_id=repository.name,
            folder_path=staged,
            revision=repository.revision,
            commit_message=f"{card.name}: {card.architecture}, {card.size} px",
            delete_patterns=list(FILES),  # an older bundle's reference does not belong to these weights
        )
    print(f"{', '.join(sorted(path.name for path in folder.iterdir() if path.name in FILES))}\n{commit.commit_url}")
    return str(commit.commit_url)
