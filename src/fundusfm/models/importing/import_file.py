"""The work of `fundusfm weights import`."""

import re
import tempfile
from pathlib import Path

from fundusfm.config.weights import ImportWeightsConfig
from fundusfm.errors import ConfigError, WeightsError
from fundusfm.extras import require_extra
from fundusfm.models.importing.bundle_files import add_graph, check_bundle, copy_bundle
from fundusfm.models.importing.locate import locate
from fundusfm.models.listing import cache_folder, listed_weights

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
            require_extra("train", "Importing the weights of another project")
            from fundusfm.models.importing.foreign import make_bundle

            card = make_bundle(found, made, config)
        try:
            made.replace(target)  # within one file system, so whole or not at all
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
