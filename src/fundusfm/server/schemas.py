"""Schemas of the answers; the OpenAPI document is made from them."""

from typing import Literal

from pydantic import BaseModel, Field

from fundusfm.models.card.referral import ReferralRule


class Point(BaseModel):
    """The operating point that decisions are made at; its figures are those on the predictions that chose it."""

    name: str = Field(examples=["youden"])
    threshold: float
    sensitivity: float | None = Field(description="null where several models are averaged")
    specificity: float | None


class LabelFinding(BaseModel):
    """What the model says about one label."""

    label: str = Field(examples=["D"])
    name: str = Field(description="the label in words", examples=["Diabetic retinopathy"])
    score: float | None = Field(description="0 to 1, to compare with the threshold; null where nothing was scored")
    probability: float | None = Field(
        description="the score as a probability, 0 to 1, among photographs of which a share `prevalence` shows the "
        "label; where disease is rarer it is too high"
    )
    prevalence: float | None = Field(
        description="share of the photographs with the label where the probability was calibrated; null where that is "
        "not known, and then the probability is a score like any other"
    )
    healthy: bool = Field(description="whether the label says that nothing was found, so that a high score is good")
    decision: bool | None = Field(description="whether the score reaches the operating point; null without one")
    uncertain: bool | None = Field(description="whether the score is so close to the threshold that it hangs on little")
    point: Point | None


class Decision(BaseModel):
    """What to do about a photograph."""

    refer: Literal["yes", "no", "take_again", "not_fundus", ""] = Field(
        description="`yes` if any label reaches its threshold; `take_again` for what cannot be judged; empty where the "
        "model has nothing to decide by, or the file cannot be read"
    )
    why: str = Field(description="names of the labels that reached their threshold, or why it was refused")
    uncertain: bool | None = Field(description="whether the decision hangs on little: somebody should read it")
    labels: list[str] = Field(description="labels that led to `yes`, the one furthest above its threshold first")
    verdict: str = Field(description="the decision as a line of text", examples=["Refer: signs of glaucoma"])
    advice: str = Field(description="what to know or do about it; may be empty")


class LayerPart(BaseModel):
    """A kind of structure on a layer."""

    mask: str = Field(examples=["haemorrhages"])
    name: str = Field(description="the kind in words; of the disc, whether it was found")
    count: int | None = Field(description="how many there are; null for what is not counted")


class Layer(BaseModel):
    """Structures to lay over the crop."""

    name: Literal["lesions", "vessels", "disc"]
    title: str = Field(description="the layer in words")
    parts: list[LayerPart]
    note: str = Field(description="what was measured of it, or why it could not be; may be empty")
    picture: str = Field(description="PNG with transparency as a data: address, of the same square as the crop")


class StructuresFound(BaseModel):
    """Lesions, optic disc and vessels of one photograph."""

    lesions: dict[str, int] = Field(description="how many lesions there are of each kind that the segmenter knows")
    disc: bool | None = Field(description="whether the optic disc was found; null where it was not looked for")
    disc_reason: str = Field(description="why what was found is not called the optic disc; else empty")
    vessel_share: float | None = Field(
        description="share of the field of view that vessels cover; null where they were not looked for"
    )
    avr: float | None = Field(description="arteriole-to-venule ratio in zone B; null where it could not be measured")
    avr_reason: str = Field(description="why it could not; empty where it is there, or was not asked for")
    model: str = Field(description="name of the segmenter")
    sha256: str = Field(description="of its weights")
    crop: str = Field(default="", description="the crop that was searched, JPEG as a data: address; with `layers` only")
    layers: list[Layer] = Field(default=[], description="with `layers` only")


class Row(Decision):
    """One photograph, in the order of the uploads: each has a row, or one per frame of a DICOM file."""

    image: str = Field(description="file name as sent, without folders; a DICOM file's further frames end in #2, #3 …")
    eye: Literal["left", "right", ""] = Field(description="from the header of a DICOM file, or from the file's name")
    eye_from: Literal["header", "name", ""]
    eye_doubt: str = Field(
        default="",
        description="which places of a DICOM header, or the file's name, contradict each other about the eye; `eye` is "
        "empty then",
    )
    pair: str = Field(
        description="what the file's name says of the person, equal for photographs whose names differ in the eye and "
        "what tells copies apart only; empty where the name says no eye"
    )
    person: str = Field(
        description="equal for photographs of one person, told from the headers of DICOM files; a key of this server's "
        "process that leads back to nobody; empty where a file names no patient"
    )
    fellow: str = Field(
        default="",
        description="photographs of the person's other eye that the scores rest on too; may be empty",
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
    operating_point: str = Field(description="name of the operating point that decided; `referral` is the card's rule")
    decisions: dict[str, Decision] = Field(description="the decision at each operating point of the model")
    code_version: str = Field(description="of FundusFM")
    structures: StructuresFound | None = Field(
        default=None, description="null where the server has no segmenter, or the status is not `ok`"
    )


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

    label: str
    name: str = Field(description="the label in words")
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
    limits: list[str]
    failures: list[str] = Field(description="where it errs")
    referral: ReferralRule | None = Field(description="thresholds that were chosen jointly, and what they achieve")
    code_version: str


class SegmenterInfo(BaseModel):
    """The part of a segmenter's card that its users need."""

    name: str
    masks: list[str] = Field(description="what it finds", examples=[["vessels", "disc", "haemorrhages"]])
    hash: str = Field(description="of the weights")
    licence: str
    intended_use: str
    limits: list[str]


class Models(BaseModel):
    """What the server runs."""

    version: str = Field(description="of FundusFM")
    operating_point: str = Field(description="which decides where a request names none")
    operating_points: dict[str, dict[str, float]] = Field(
        description="label to threshold of each, the mean over several models; `referral` is the rule of the card"
    )
    models: list[ModelInfo]
    structures: SegmenterInfo | None = Field(default=None, description="null where no structures are looked for")


class Health(BaseModel):
    """A probe's answer."""

    status: Literal["ok", "ready"]


class Problem(BaseModel):
    """Every error's body."""

    error: str = Field(description="what was expected, and what to do")
