"""What a card says of the networks in a bundle that holds several."""

from pydantic import BaseModel, ConfigDict, Field

from fundusfm.models.card.numbers import Name


class NetworkPart(BaseModel):
    """One of several segmentation networks in a bundle.

    Attributes:
        decoder: Its decoder.
        architecture: Its backbone.
        size: Side in pixels of the crop that it was trained on.
        labels: The masks that it finds, in the order of its outputs.
        gives: Those of them that the bundle takes from it.
        hash: SHA-256 over its weights before they were joined.
    """

    model_config = ConfigDict(extra="forbid")

    decoder: Name
    architecture: Name
    size: int = Field(gt=0)
    labels: list[Name]
    gives: list[Name]
    hash: str
