"""The declaration of a study in one YAML file."""

from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError, model_validator

from fundusfm.config.types import Strategy, StrategyName
from fundusfm.data.manifest.labels import Task
from fundusfm.errors import ConfigError
from fundusfm.models.resolve import STARTS
from fundusfm.structures.scoring.protocols import PROTOCOLS
from fundusfm.study.options import FinetuneOptions, PretrainOptions, SegmentOptions, current_keys

Method = Literal["LF", "FF"]
Fraction = Annotated[float, Field(gt=0, le=1)]
RowName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.+-]+$")]


class _Part(BaseModel):
    """A part of the file; a key it does not know is an error rather than ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Upstream(_Part):
    """What the strategies `fundus` and `imagenet+fundus` are trained on.

    Attributes:
        data: Names from the study's `data`.
        labels: Labels to train on, as for `fundusfm pretrain --labels`.
        select: Rows that are kept; sets without its columns are kept whole.
    """

    data: list[str] = Field(min_length=1)
    labels: list[str] = Field(min_length=1)
    select: str | None = None


class Pretraining(_Part):
    """How backbones are pretrained.

    Attributes:
        sizes: Sizes in pixels to pretrain at; a cell takes the bundle of the largest that is not above its own size,
            else of the smallest. Absent: every size of the matrix.
        progressive: Whether each larger size starts from the bundle of the one below (progressive resizing).
        options: Options of `fundusfm pretrain` for all.
        larger: Options that replace these where a size starts from a smaller one.
        by_strategy: Options that replace those of `options` for one strategy.
    """

    sizes: list[PositiveInt] | None = None
    progressive: bool = False
    options: PretrainOptions = {}
    larger: PretrainOptions = {}
    by_strategy: dict[StrategyName, PretrainOptions] = {}

    @model_validator(mode="before")
    @classmethod
    def _current_keys(cls, content: Any) -> Any:
        return current_keys(content, {"go_on": "progressive"}, "pretraining")


class TaskSpec(_Part):
    """A downstream task.

    Attributes:
        data: Name from the study's `data`.
        labels: Label columns.
        task: Kind of task.
        select: Rows that are kept.
        external: Names of the sets that tune nothing.
        by: Columns whose groups get metrics of their own.
    """

    data: str
    labels: list[str] = Field(min_length=1)
    task: Task = "binary"
    select: str | None = None
    external: list[str] = []
    by: list[str] = []


class VesselTask(_Part):
    """A task of vessels, which are drawn in the manifest rather than named in a column.

    Attributes:
        data: Name from the study's `data`.
        select: Rows that are kept.
        protocol: One of the field's splits in place of the study's folds, as for `fundusfm segment train`.
        external: Names of the sets that tune nothing.
    """

    data: str
    select: str | None = None
    protocol: str | None = None
    external: list[str] = []

    @model_validator(mode="after")
    def _known(self) -> "VesselTask":
        """Refuses a protocol that does not exist."""
        if self.protocol and self.protocol not in PROTOCOLS:
            raise ValueError(f"there is no protocol {self.protocol}; there are {', '.join(PROTOCOLS)}")
        return self


class WeightsSpec(_Part):
    """Weights that are compared as they are, beside the four strategies; in the file also the source alone.

    Attributes:
        source: Bundle or run folder, listed name, file of weights, timm name of a backbone (its ImageNet weights),
            `scratch` or `imagenet`.
        backbone: timm model name, for `scratch`, `imagenet`, and a file whose names do not tell it.
    """

    source: str
    backbone: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _source_alone(cls, content: Any) -> Any:
        return {"source": content} if isinstance(content, str) else content

    @model_validator(mode="after")
    def _whole(self) -> "WeightsSpec":
        if self.source in STARTS and not self.backbone:
            raise ValueError(f"{self.source} needs a backbone: {{source: {self.source}, backbone: NAME}}")
        return self

    @property
    def shown(self) -> str:
        """What a table calls the backbone."""
        return self.backbone or Path(self.source).name


class MatrixAxes(_Part):
    """Values along each axis; an axis left out of a block is that of the matrix.

    `tasks` names keys of the study's `tasks` and `vessels`; absent, all of `tasks`. `weights` maps a name for the
    tables to weights that are compared as they are; they have a backbone of their own.
    """

    weights: dict[RowName, WeightsSpec] | None = None
    strategies: list[StrategyName] | None = None
    backbones: list[str] | None = None
    sizes: list[PositiveInt] | None = None
    fractions: list[Fraction] | None = None
    methods: list[Method] | None = None
    tasks: list[str] | None = None
    seeds: list[int] | None = None


class Matrix(MatrixAxes):
    """The cells of the study: the product of the axes, or the union of several products.

    Attributes:
        strategies: All four by default; none where `weights` are declared and no strategies.
        blocks: Each replaces some of the axes above; a study seldom needs every size at every fraction.
    """

    strategies: list[StrategyName] = ["scratch", "imagenet", "fundus", "imagenet+fundus"]
    backbones: list[str] = ["resnet50"]
    sizes: list[PositiveInt]
    fractions: list[Fraction] = [1.0]
    methods: list[Method] = ["LF"]
    seeds: list[int] = [0]
    blocks: list[MatrixAxes] = []

    @model_validator(mode="before")
    @classmethod
    def _weights_alone(cls, content: Any) -> Any:
        if isinstance(content, dict) and content.get("weights") and "strategies" not in content:
            return content | {"strategies": []}
        return content


class Resources(_Part):
    """What a job of one kind takes of a machine; an engine starts it where that is free.

    Attributes:
        cpus: Cores.
        gpus: GPUs; a part of one is possible.
    """

    cpus: Annotated[float, Field(gt=0)] = 1
    gpus: Annotated[float, Field(ge=0)] = 0


class MapFigures(_Part):
    """The figures of activation maps and of the map of features.

    Attributes:
        task: Task whose labels are shown; the first with several labels where absent.
        photographs: Photographs per label in the grid of activation maps.
        points: Most photographs in the t-SNE map.
    """

    task: str | None = None
    photographs: PositiveInt = 1
    points: PositiveInt = 2000


class StudySpec(_Part):
    """One study.

    Attributes:
        name: Short name.
        title: Title of the report.
        question: Question that it answers.
        data: Data set name to its manifest, relative to the folder that `fundusfm study` runs in.
        optional: External sets that are left out, with a sentence in the report, where their manifest is not there.
        upstream: Data that fundus strategies train on; needed where the matrix has one.
        pretraining: Sizes and options of pretraining.
        tasks: Task name to task.
        vessels: Task name to task of vessels; its `size` is the diameter of the field of view, and its cells are those
            of blocks that name it.
        matrix: The cells.
        folds: Folds of every cell, grouped by patient.
        finetune: Options of `fundusfm finetune` for all FF cells.
        segment: Options of `fundusfm segment train` for all cells of vessels.
        imagenet_weights: Backbone to a file of ImageNet weights; timm fetches its own where absent.
        resources: Kind of job (`prepare`, `pretrain`, `features`, `LF`, `FF`, `segment`) to what it takes.
        maps: The figures of activation maps and of the map of features.
        limits: Sentences on what the results cannot say.
    """

    name: RowName
    title: str
    question: str
    data: dict[str, str]
    optional: list[str] = []
    upstream: Upstream | None = None
    pretraining: Pretraining = Pretraining()
    tasks: dict[str, TaskSpec] = Field(min_length=1)
    vessels: dict[str, VesselTask] = {}
    matrix: Matrix
    folds: Annotated[int, Field(ge=2)] = 5
    finetune: FinetuneOptions = {}
    segment: SegmentOptions = {}
    imagenet_weights: dict[str, str] = {}
    resources: dict[Literal["prepare", "pretrain", "features", "LF", "FF", "segment"], Resources] = {}
    maps: MapFigures = MapFigures()
    limits: list[str] = []

    @property
    def weights(self) -> dict[str, WeightsSpec]:
        """All weights that are declared, by the name that tables give them."""
        found: dict[str, WeightsSpec] = {}
        for block in (self.matrix, *self.matrix.blocks):
            found = (block.weights or {}) | found
        return found

    @model_validator(mode="before")
    @classmethod
    def _current_keys(cls, content: Any) -> Any:
        return current_keys(content, {"looking": "maps"}, "study")

    @model_validator(mode="after")
    def _agree(self) -> "StudySpec":
        """Refuses names that nothing declares."""
        used = [*(task.data for task in self.tasks.values()), *(task.data for task in self.vessels.values())]
        for name in self.optional:
            if name in used or (self.upstream and name in self.upstream.data):
                raise ValueError(f"optional names {name}, which is more than an external set; leave it out there")
        named = [("optional", self.optional)]
        named += [(f"tasks.{name}", [task.data, *task.external]) for name, task in self.tasks.items()]
        named += [(f"vessels.{name}", [task.data, *task.external]) for name, task in self.vessels.items()]
        for name in self.tasks.keys() & self.vessels.keys():
            raise ValueError(f"vessels.{name}: a task of that name is in `tasks` already")
        if self.upstream:
            named.append(("upstream.data", self.upstream.data))
        for where, names in named:
            for name in names:
                if name not in self.data:
                    raise ValueError(f"{where} names the data set {name}, which `data` does not have")
        axes = [("matrix", self.matrix), *((f"matrix.blocks[{i}]", b) for i, b in enumerate(self.matrix.blocks))]
        for where, block in axes:
            for name, declared in (block.weights or {}).items():
                if name in get_args(StrategyName):
                    raise ValueError(f"{where}.weights: {name} is a strategy; give these weights another name")
                if self.weights[name] != declared:
                    raise ValueError(f"{where}.weights: {name} is declared twice, with different sources")
            for task in block.tasks or []:
                if task not in self.tasks and task not in self.vessels:
                    raise ValueError(f"{where}.tasks names {task}, which neither `tasks` nor `vessels` has")
            if self.upstream is None and any(Strategy(name).sees_fundus for name in block.strategies or []):
                raise ValueError(f"{where}.strategies has one that trains on fundus photographs: declare `upstream`")
        return self


def read_spec(path: str, *, data: list[str] | None = None, imagenet_weights: list[str] | None = None) -> StudySpec:
    """Reads and checks a study.

    Args:
        path: The YAML file.
        data: `NAME=MANIFEST` that replace entries of its `data`.
        imagenet_weights: `BACKBONE=FILE` that replace entries of its `imagenet_weights`.

    Raises:
        ConfigError: The file is missing, is no YAML, or does not declare a study; names the key and the fix.
    """
    file = Path(path)
    if not file.is_file():
        raise ConfigError(f"There is no study {path}; studies/ of the repository holds four to start from.")
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ConfigError(f"{path} is no valid YAML: {' '.join(str(error).split())}") from error
    if not isinstance(content, dict):
        raise ConfigError(f"{path} holds no study: a mapping with name, title, question, data, tasks and matrix.")
    for key, entries in (("data", data), ("imagenet_weights", imagenet_weights)):
        for entry in entries or []:
            name, given, file_name = entry.partition("=")
            if not given:
                raise ConfigError(f"--{key} {entry}: give NAME=FILE, such as --data odir=data/odir/manifest.csv.")
            content.setdefault(key, {})[name] = file_name
    try:
        return _without_missing(StudySpec.model_validate(content))
    except ValidationError as error:
        raise ConfigError(f"{path}: {_first(error)}") from error


def _without_missing(spec: StudySpec) -> StudySpec:
    """Leaves optional sets out whose manifest is not there, and says so among the limits."""
    gone = [name for name in spec.optional if not Path(spec.data[name]).is_file()]
    if not gone:
        return spec
    said = [f"The external set {name} is left out: there is no {spec.data[name]}." for name in gone]

    def kept(names: list[str]) -> list[str]:
        return [name for name in names if name not in gone]

    return spec.model_copy(
        update={
            "data": {name: path for name, path in spec.data.items() if name not in gone},
            "optional": kept(spec.optional),
            "tasks": {
                name: task.model_copy(update={"external": kept(task.external)}) for name, task in spec.tasks.items()
            },
            "vessels": {
                name: task.model_copy(update={"external": kept(task.external)}) for name, task in spec.vessels.items()
            },
            "limits": [*spec.limits, *said],
        }
    )


def _first(error: ValidationError) -> str:
    """The first fault of a file as a sentence, and how many more there are."""
    faults = error.errors()
    where = ".".join(str(part) for part in faults[0]["loc"]) or "the study"
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return f"{where}: {faults[0]['msg'].removeprefix('Value error, ')}{more}"
