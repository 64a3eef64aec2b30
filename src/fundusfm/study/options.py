"""Options of commands that a study's file sets: they must exist, have the right type, and be left to the user."""

import difflib
import warnings
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Annotated, Any, get_type_hints

from pydantic import AfterValidator, TypeAdapter, ValidationError

from fundusfm.config.finetune import FinetuneConfig
from fundusfm.config.pretrain import PretrainConfig
from fundusfm.config.renamed import RENAMED
from fundusfm.config.segment import SegmentTrainConfig

_DECIDED = frozenset(
    {
        "out",
        "overwrite",
        "resume",
        "data",
        "train",
        "labels",
        "task",
        "weights",
        "strategy",
        "backbone",
        "size",
        "select",
        "fraction",
        "folds",
        "seed",
        "external",
        "imagenet_weights",
        "protocol",
        "method",
        "devices",
        "nodes",
    }
)
"""What follows from the study's axes, data sets and folder."""


def current_keys(content: Any, renamed: Mapping[str, str], where: str) -> Any:
    """Returns a mapping with old keys under their present names, and warns of each.

    Args:
        content: Part of the file; anything but a mapping is returned unchanged.
        renamed: Old key to new key.
        where: Name of the mapping for the warning.
    """
    if not isinstance(content, Mapping):
        return content
    for old in renamed.keys() & content.keys():
        warnings.warn(f"{where}: {old} is now called {renamed[old]}", FutureWarning, stacklevel=2)
    return {renamed.get(key, key): value for key, value in content.items()}


def _checked(config: type) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Returns a validator of options of one command.

    Args:
        config: The command's configuration, a dataclass.
    """
    names = {field.name for field in fields(config)}
    hints = get_type_hints(config, include_extras=True)

    def check(given: dict[str, Any]) -> dict[str, Any]:
        options = current_keys(given, {old: new for old, new in RENAMED.items() if new in names}, "study options")
        if decided := sorted(options.keys() & _DECIDED):
            raise ValueError(f"the study itself decides {', '.join(decided)}; leave it out here")
        checked = {}
        for name, value in options.items():
            if name not in names:
                near = difflib.get_close_matches(name, names - _DECIDED, n=3)
                known = (
                    f"do you mean {' or '.join(near)}?" if near else f"there are {', '.join(sorted(names - _DECIDED))}"
                )
                raise ValueError(f"there is no option {name}; {known}")
            try:
                checked[name] = TypeAdapter(hints[name]).validate_python(value)
            except ValidationError as error:
                raise ValueError(f"{name} is {value!r}: {error.errors()[0]['msg']}") from error
        return checked

    return check


PretrainOptions = Annotated[dict[str, Any], AfterValidator(_checked(PretrainConfig))]
FinetuneOptions = Annotated[dict[str, Any], AfterValidator(_checked(FinetuneConfig))]
SegmentOptions = Annotated[dict[str, Any], AfterValidator(_checked(SegmentTrainConfig))]
