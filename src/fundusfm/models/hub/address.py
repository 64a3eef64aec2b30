"""How a repository on the Hugging Face Hub is written: `hf:OWNER/REPO`. Needs no huggingface_hub."""

import re
from dataclasses import dataclass

from fundusfm.errors import ConfigError

_HUB = "hf:"
_REPOSITORY = re.compile(r"hf:([\w.-]+/[\w.-]+)(?:@([\w./-]+))?", re.ASCII)


@dataclass(frozen=True)
class Repository:
    """A repository of weights.

    Attributes:
        name: OWNER/REPO.
        revision: Branch, tag or commit; the default branch when None.
    """

    name: str
    revision: str | None


def is_hub(text: str) -> bool:
    """Whether a source or target is meant to be on the Hub."""
    return text.startswith(_HUB)


def parse_hub(text: str) -> Repository:
    """Reads `hf:OWNER/REPO[@REVISION]`.

    Raises:
        ConfigError: It is something else.
    """
    match = _REPOSITORY.fullmatch(text)
    if match is None:
        raise ConfigError(f"{text!r} is no repository: write hf:OWNER/REPO, or hf:OWNER/REPO@REVISION.")
    return Repository(*match.groups())
