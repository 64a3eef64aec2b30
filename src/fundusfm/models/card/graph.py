"""What a card says of the graph beside the weights."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Graph(BaseModel):
    """`model.onnx`, which was held against the weights when it was written.

    Attributes:
        sha256: Of the file.
        linear_head: Name of the layer from globally averaged maps to logits; None where there is no such layer. With
            one, Grad-CAM is a weighted sum of the last map and needs no gradients.
    """

    model_config = ConfigDict(extra="forbid")

    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    linear_head: str | None = None
