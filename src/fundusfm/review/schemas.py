"""Schemas of the review's requests and answers."""

from typing import Literal

from pydantic import BaseModel, Field

Task = Literal["read", "adjudicate"]
Reader = Field(min_length=1, max_length=60, pattern=r"^\S(.*\S)?$", description="the reader's name")


class LabelName(BaseModel):
    """A label to grade."""

    label: str
    name: str = Field(description="in words, as far as they are known; else the label")


class Sight(BaseModel):
    """A photograph on the page. Its name, labels and scores are told only once it was graded."""

    id: int
    eye: str
    active: bool = Field(description="whether it is the one to grade")


class Vote(BaseModel):
    """What a reader said, for who settles a disagreement."""

    reader: str
    labels: dict[str, int | None]
    quality: str
    comment: str


class WorkItem(BaseModel):
    """The next photograph to grade, beside the others of the same person."""

    photograph: int
    sights: list[Sight]
    votes: list[Vote] = Field(description="of the readers who disagree; empty while reading")


class ReviewProgress(BaseModel):
    """How far the review has come."""

    photographs: int
    left_out: int = Field(description="photographs that are not read because their files cannot be opened")
    read: int
    by_reader: dict[str, int]
    disagreements: int
    adjudicated: int


class Next(BaseModel):
    """What to do next."""

    item: WorkItem | None = Field(description="null where nothing is left")
    progress: ReviewProgress


class GradeGiven(BaseModel):
    """A grade from the page."""

    photograph: int
    reader: str = Reader
    task: Task = "read"
    labels: dict[str, Literal[0, 1] | None] = Field(description="every label; null where the reader cannot tell")
    quality: Literal["good", "usable", "ungradable"]
    comment: str = Field(default="", max_length=2000)
    seconds: float = Field(default=0, ge=0, le=86_400)


class Revealed(BaseModel):
    """What the table says of a photograph that was graded."""

    image: str
    reason: str
    given: dict[str, int | None]
    scores: dict[str, float]
    note: str = Field(description="why an audit doubts it; may be empty")


class Graded(BaseModel):
    """The answer to a grade: it is on the disk."""

    grade: int
    revealed: Revealed
    progress: ReviewProgress


class UndoAsked(BaseModel):
    """Whose latest grade is taken back."""

    reader: str = Reader


class Undone(BaseModel):
    """The photograph whose grade was taken back, to be graded again."""

    item: WorkItem | None
    task: Task
    grade: GradeGiven | None = Field(description="what was taken back")
    progress: ReviewProgress
