"""What the interface answers; the OpenAPI document is made from these."""

from typing import Literal

from pydantic import BaseModel, Field


class Point(BaseModel):
    """The operating point that decisions are made at; its figures are those on the predictions that chose it."""

    name: str = Field(examples=["youden"])
    threshold: float
    sensitivity: float | None = Field(description="null where several models are averaged")
    specificity: float | None


class LabelFinding(BaseModel):
    """What the model says about one label."""

    label: str = Field(examples=["abnormal"])
    score: float | None = Field(description="0 to 1, to compare with the threshold; null where nothing was scored")
    probability: float | None = Field(description="calibrated risk, 0 to 1")
    healthy: bool = Field(description="whether the label says that nothing was found, so that a high score is good")
    decision: bool | None = Field(description="whether the score reaches the operating point; null without one")
    point: Point | None


class Row(BaseModel):
    """One photograph, in the order of the uploads: each has a row, or one per frame of a DICOM file."""

    image: str = Field(description="file name as sent, without folders; a DICOM file's further frames end in #2, #3 …")
    eye: Literal["left", "right", ""] = Field(description="from the header of a DICOM file; else empty")
    person: str = Field(
        description="equal for photographs of one person, told from the headers of DICOM files; a key of this server's "
        "process that leads back to nobody; empty where a file names no patient"
    )
    status: Literal["ok", "ungradable", "not_fundus", "failed"]
    reason: str = Field(description="why nothing was scored, or what to know about the result; may be empty")
    quality: float | None = Field(description="0 (of no use) to 1, the worst of sharpness, light and clipping")
    findings: list[LabelFinding] = Field(
        description="one per label: 'abnormal' first, then by how far the score is above its operating point, and last "
        "labels that mean healthy"
    )
    model: str = Field(description="name of the model; several that are averaged are joined by +")
    sha256: str = Field(description="of the model's weights; several are joined by +")
    operating_point: str = Field(description="name of the operating point that decided")
    code_version: str = Field(description="of FundusFM")


class Predictions(BaseModel):
    """The rows of a request."""

    models: list[str] = Field(description="names of the models that were averaged; one without an ensemble")
    rows: list[Row]


class Explained(BaseModel):
    """Pictures of one photograph, as data: addresses; both are of the same square around the field of view."""

    image: str
    label: str
    crop: str = Field(description="JPEG")
    heat: str = Field(description="PNG with transparency: Grad-CAM")
    empty: bool = Field(description="whether nothing in the photograph raises the label's score")


class LabelInfo(BaseModel):
    """A label of a model."""

    name: str
    definition: str
    points: dict[str, Point]


class ModelInfo(BaseModel):
    """The part of a model's card that its users need."""

    name: str
    architecture: str
    strategy: str
    method: str | None
    task: str | None
    size: int
    crop: str
    labels: list[LabelInfo]
    trained_on: list[str]
    hash: str = Field(description="of the weights")
    licence: str
    intended_use: str
    code_version: str


class Models(BaseModel):
    """What the server runs."""

    version: str = Field(description="of FundusFM")
    operating_point: str
    models: list[ModelInfo]


class Health(BaseModel):
    """A probe's answer."""

    status: Literal["ok", "ready"]


class Problem(BaseModel):
    """Every error's body."""

    error: str = Field(description="what was expected, and what to do")
