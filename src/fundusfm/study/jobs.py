"""A study as jobs: calls with typed options, each of which writes files that others depend on."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from fundusfm.config.data import PrepareConfig
from fundusfm.config.finetune import FinetuneConfig
from fundusfm.config.pretrain import PretrainConfig
from fundusfm.config.probe import ProbeConfig
from fundusfm.config.segment import SegmentTrainConfig
from fundusfm.config.shared import AdaptationConfig
from fundusfm.config.types import Strategy
from fundusfm.data.store.prepare import run_prepare
from fundusfm.models.resolve import kind_of_weights
from fundusfm.structures.training.train import run_segment_train
from fundusfm.study.calls import Call
from fundusfm.study.features import FeaturesConfig, extract_features
from fundusfm.study.matrix import Cell, expand
from fundusfm.study.spec import Resources, StudySpec, VesselTask
from fundusfm.training.finetune import run_finetune
from fundusfm.training.pretrain import run_pretrain
from fundusfm.training.probe import run_probe

Kind = Literal["prepare", "pretrain", "features", "LF", "FF", "segment"]
KINDS: tuple[Kind, ...] = ("prepare", "pretrain", "features", "LF", "FF", "segment")


@dataclass(frozen=True)
class Job:
    """One call of a study.

    Attributes:
        id: Unique name, such as `pretrain/imagenet-resnet50-256px-seed0`.
        kind: Kind of work.
        call: The function and its options.
        depends_on: Ids of the jobs that must have succeeded before.
        output: The file whose presence says that it is done; empty where only its record says so.
        cache: Folder of features that are shared between jobs.
        cell: The cell that it is, if it is one.
        resources: Cores and GPUs that it takes.
    """

    id: str
    kind: Kind
    call: Call[Any]
    depends_on: tuple[str, ...]
    output: str
    cache: str
    cell: Cell | None = None
    resources: Resources = field(default_factory=Resources)

    @property
    def folder(self) -> Path:
        """Folder that it writes; of a cell, the run folder."""
        return Path(self.output).parent

    @property
    def digest(self) -> str:
        """Hash of the call; the study's own folder may be moved."""
        return self.call.digest(without=str(Path(self.cache).parent))


def make_jobs(spec: StudySpec, out: Path) -> list[Job]:
    """Returns every job of a study once, each after those it depends on.

    Paths are absolute, so that a job can run in any process that sees the same disk.

    Args:
        spec: The study.
        out: The study's folder.
    """
    planner = _Planner(spec, out.absolute())
    for cell in expand(spec):
        planner.add_cell(cell)
    return planner.jobs


class _Planner:
    """Makes jobs on demand, so that what cells share is made once."""

    def __init__(self, spec: StudySpec, out: Path) -> None:
        self._spec, self._out = spec, out
        self._jobs: dict[str, Job] = {}

    @property
    def jobs(self) -> list[Job]:
        """All jobs so far, in the order in which they were added."""
        return list(self._jobs.values())

    def add_cell(self, cell: Cell) -> None:
        """Adds a cell and all that it depends on."""
        out = self._out / "cells" / cell.name
        if cell.task in self._spec.vessels:
            call, depends_on = self._segment(cell, self._spec.vessels[cell.task], out)
            self._add("segment", cell.name, call, depends_on, out / "metrics.json", cell)
        else:
            call, depends_on = self._adapt(cell, out)
            self._add(cell.method, cell.name, call, depends_on, out / "metrics.json", cell)

    def _add(
        self,
        kind: Kind,
        name: str,
        call: Call[Any],
        depends_on: Iterable[str] = (),
        output: Path | None = None,
        cell: Cell | None = None,
    ) -> str:
        id = f"{kind}/{name}"
        if id not in self._jobs:
            self._jobs[id] = Job(
                id=id,
                kind=kind,
                call=call,
                depends_on=tuple(dict.fromkeys(depends_on)),
                output=str(output or ""),
                cache=str(self._out / "cache"),
                cell=cell,
                resources=self._spec.resources.get(kind, Resources()),
            )
        return id

    def _store(self, name: str, size: int) -> Path:
        return self._out / "stores" / f"{name}-{size}px"

    def _manifest(self, name: str) -> str:
        return f"{name}={Path(self._spec.data[name]).absolute()}"

    def _prepare(self, name: str, size: int) -> str:
        out = self._store(name, size)
        config = PrepareConfig(manifest=self._manifest(name), size=size, out=str(out), workers=1, resume=True)
        return self._add("prepare", out.name, Call(run_prepare, config), output=out / "header.json")

    def _pretrained_size(self, cell: Cell) -> int:
        sizes = sorted(self._spec.pretraining.sizes or [cell.size])
        if cell.strategy in self._spec.weights or not Strategy(cell.strategy).sees_fundus:
            return cell.size  # nothing is trained, so nothing is gained from another size
        return max((size for size in sizes if size <= cell.size), default=sizes[0])

    def _run_of_backbone(self, cell: Cell, size: int) -> Path:
        return self._out / "pretrain" / f"{cell.strategy}-{cell.backbone}-{size}px-seed{cell.seed}"

    def _bundle(self, cell: Cell, size: int) -> str:
        return str(self._run_of_backbone(cell, size) / "bundle")

    def _start(self, cell: Cell, size: int) -> tuple[str, str | None, list[str]]:
        """Returns what a cell's weights are read from, their backbone if that must be said, and what they depend on."""
        declared = self._spec.weights.get(cell.strategy)
        if declared is None:
            return self._bundle(cell, size), None, [self._pretrain(cell, size)]
        kind = kind_of_weights(declared.source)
        if kind in ("start", "backbone"):
            strategy = declared.source if kind == "start" else "imagenet"
            same = replace(cell, strategy=strategy, backbone=declared.backbone or declared.source)
            return self._bundle(same, size), None, [self._pretrain(same, size)]
        path = Path(declared.source)
        return str(path.absolute()) if path.exists() else declared.source, declared.backbone, []

    def _pretrain(self, cell: Cell, size: int) -> str:
        spec, plan, out = self._spec, self._spec.pretraining, self._run_of_backbone(cell, size)
        strategy = Strategy(cell.strategy)
        imagenet = spec.imagenet_weights.get(cell.backbone) if strategy.from_imagenet else None
        config = PretrainConfig(
            strategy=strategy.value,
            backbone=cell.backbone,
            size=size,
            imagenet_weights=None if imagenet is None else str(Path(imagenet).absolute()),
            seed=cell.seed,
            out=str(out),
            resume=True,
        )
        depends_on = []
        if strategy.sees_fundus and spec.upstream:
            config = replace(
                config,
                train=[f"{name}={self._store(name, size)}" for name in spec.upstream.data],
                labels=spec.upstream.labels,
                select=spec.upstream.select,
                **plan.options | plan.by_strategy.get(strategy.value, {}),
            )
            depends_on += [self._prepare(name, size) for name in spec.upstream.data]
            smaller = [other for other in plan.sizes or spec.matrix.sizes if other < size]
            if plan.progressive and smaller:
                weights = self._bundle(cell, max(smaller))
                config = replace(config, weights=weights, imagenet_weights=None, **plan.larger)
                depends_on.append(self._pretrain(cell, max(smaller)))
        return self._add("pretrain", out.name, Call(run_pretrain, config), depends_on, out / "metrics.json")

    def _features(self, cell: Cell, name: str) -> str:
        size, store = self._pretrained_size(cell), self._store(name, cell.size)
        weights, backbone, depends_on = self._start(cell, size)
        config = FeaturesConfig(weights=weights, backbone=backbone, store=str(store))
        return self._add(
            "features",
            f"{self._run_of_backbone(cell, size).name}-of-{store.name}",
            Call(extract_features, config),
            (*depends_on, self._prepare(name, cell.size)),
        )

    def _adapt(self, cell: Cell, out: Path) -> tuple[Call[Any], list[str]]:
        """Returns the call of a linear probe or a fine-tuning, and what it depends on."""
        size, task = self._pretrained_size(cell), self._spec.tasks[cell.task]
        sets = [task.data, *task.external]
        weights, backbone, pretrained = self._start(cell, size)
        depends_on = [self._prepare(name, cell.size) for name in sets] + pretrained
        probe = ProbeConfig(
            data=f"{task.data}={self._store(task.data, cell.size)}",
            labels=task.labels,
            task=task.task,
            select=task.select,
            by=task.by or None,
            external=[f"{name}={self._store(name, cell.size)}" for name in task.external] or None,
            weights=weights,
            backbone=backbone,
            folds=self._spec.folds,
            fraction=cell.fraction,
            seed=cell.seed,
            out=str(out),
            resume=True,
        )
        if cell.method == "LF":
            return Call(run_probe, probe), depends_on + [self._features(cell, name) for name in sets]
        if cell.strategy != Strategy.SCRATCH:  # the head starts from a probe
            depends_on.append(self._features(cell, task.data))
        finetune = replace(FinetuneConfig(**_shared(probe)), **self._spec.finetune)
        return Call(run_finetune, finetune), depends_on

    def _segment(self, cell: Cell, task: VesselTask, out: Path) -> tuple[Call[Any], list[str]]:
        """A cell of vessels reads photographs and masks from the manifests: they are few, and scored at full size."""
        size = self._pretrained_size(cell)
        weights, _, depends_on = self._start(cell, size)
        config = SegmentTrainConfig(
            data=[self._manifest(task.data)],
            select=task.select,
            external=[self._manifest(name) for name in task.external] or None,
            protocol=task.protocol,
            folds=0 if task.protocol else self._spec.folds,
            weights=weights,
            method=cell.method,
            size=cell.size,
            fraction=cell.fraction,
            seed=cell.seed,
            out=str(out),
            resume=True,
        )
        return Call(run_segment_train, replace(config, **self._spec.segment)), depends_on


def _shared(config: AdaptationConfig) -> dict[str, Any]:
    """Returns the options that linear probing and fine-tuning share."""
    return {name: getattr(config, name) for name in AdaptationConfig.__dataclass_fields__}
