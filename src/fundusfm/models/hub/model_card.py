"""The bundle's README as the Hub's model card: what it filters by stands in a YAML header."""

import re

from huggingface_hub import ModelCardData

from fundusfm.models.card.schema import Card

_LICENCES = {
    "apache-2.0",
    "bsd-3-clause",
    "cc-by-4.0",
    "cc-by-nc-4.0",
    "cc-by-nc-nd-4.0",
    "cc-by-nc-sa-4.0",
    "cc-by-sa-4.0",
    "cc0-1.0",
    "gpl-3.0",
    "mit",
}
"""Identifiers that the Hub knows; anything else is `other`, and its text stands in the card."""

_HEADER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)


def model_card(card: Card, readme: str) -> str:
    """Returns the model card.

    Args:
        card: Card of the bundle.
        readme: The bundle's README; a header that it has already is replaced.
    """
    licence = card.licence.lower()
    known = licence in _LICENCES
    data = ModelCardData(
        license=licence if known else "other",
        license_name=None if known else "as-stated-below",
        library_name="timm" if card.decoder is None else "segmentation-models-pytorch",
        pipeline_tag=_pipeline(card),
        tags=["fundusfm", "fundus", "retina", "ophthalmology", *card.labels],
    )
    return f"---\n{data.to_yaml()}\n---\n\n{_HEADER.sub('', readme).lstrip()}"


def _pipeline(card: Card) -> str:
    if card.decoder is not None:
        return "image-segmentation"
    return "image-classification" if card.labels else "image-feature-extraction"
