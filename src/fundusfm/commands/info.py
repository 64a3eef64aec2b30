"""The command `fundusfm info`."""

import json
from typing import Any

from fundusfm.commands.command import command
from fundusfm.config.info import InfoConfig


@command(InfoConfig)
def info(config: InfoConfig) -> dict[str, Any]:
    """Shows version, commands, strategies, tasks, recommended backbones, crop version and installed extras.

    Returns:
        The facts, as plain values.
    """
    from fundusfm.info import describe, facts_text

    facts = describe()
    print(json.dumps(facts, indent=2) if config.json else facts_text(facts))
    return facts
