"""A study as jobs: calls of public functions, each of which leaves something on disk that others need."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from fundusfm.study.matrix import Cell, expand
from fundusfm.study.spec import Resources, StudySpec, TaskSpec, VesselTask

Kind = Literal["prepare", "pretrain", "features", "LF", "FF", "segment"]


@dataclass(frozen=True)
class Job:
    """One call.

    Attributes:
        id: Unique name, such as `pretrain/imagenet-resnet50-256px-seed0`.
        kind: What it does.
        target: The function, as `module:function`.
        arguments: Its keyword arguments.
        needs: Ids of the jobs that must have succeeded before.
        leaves: The file whose presence says that it is done; empty where only its record says so.
        cell: The cell that it is, if it is one.
        cache: Folder of features that are shared between jobs.
    """

    id: str
    kind: Kind
    target: str
    arguments: dict[str, Any]
    needs: tuple[str, ...]
    leaves: str
    cache: str
    cell: Cell | None = None
    resources: Resources = field(default_factory=Resources)


def make_jobs(spec: StudySpec, out: Path) -> list[Job]:
    """Returns every job of a study once, each after those it needs.

    Paths are absolute, so that a job can run in any process that sees the same disk.

    Args:
        spec: The study.
        out: The study's folder.
    """
    return _Maker(spec, out.absolute()).all()


class _Maker:
    """Makes jobs on demand, so that what cells share is made once."""

    def __init__(self, spec: StudySpec, out: Path) -> None:
        self._spec, self._out = spec, out
        self._jobs: dict[str, Job] = {}

    def all(self) -> list[Job]:
        for cell in expand(self._spec):
            self._cell(cell)
        return list(self._jobs.values())

    def _add(
        self,
        kind: Kind,
        name: str,
        target: str,
        arguments: dict[str, Any],
        needs: Iterable[str],
        leaves: Path | None,
        cell: Cell | None = None,
    ) -> str:
        id = f"{kind}/{name}"
        if id not in self._jobs:
            self._jobs[id] = Job(
                id=id,
                kind=kind,
                target=target,
                arguments=arguments,
                needs=tuple(dict.fromkeys(needs)),
                leaves=str(leaves or ""),
                cache=str(self._out / "cache"),
                cell=cell,
                resources=self._spec.resources.get(kind, Resources()),
            )
        return id

    def _store(self, name: str, size: int) -> Path:
        return self._out / "stores" / f"{name}-{size}px"

    def _prepare(self, name: str, size: int) -> str:
        out = self._store(name, size)
        arguments = {"manifest": self._manifest(name), "size": size, "out": str(out), "workers": 1, "resume": True}
        return self._add("prepare", out.name, "fundusfm.commands.data:prepare", arguments, (), out / "header.json")

    def _manifest(self, name: str) -> str:
        return f"{name}={Path(self._spec.data[name]).absolute()}"

    def _pretrained_size(self, cell: Cell) -> int:
        sizes = sorted(self._spec.pretraining.sizes or [cell.size])
        if not cell.strategy.endswith("fundus"):
            return cell.size  # nothing is trained, so nothing is gained from another size
        return max((size for size in sizes if size <= cell.size), default=sizes[0])

    def _bundle(self, cell: Cell, size: int) -> Path:
        return self._out / "pretrain" / f"{cell.strategy}-{cell.backbone}-{size}px-seed{cell.seed}"

    def _pretrain(self, cell: Cell, size: int) -> str:
        spec, plan, out = self._spec, self._spec.pretraining, self._bundle(cell, size)
        arguments: dict[str, Any] = {
            "strategy": cell.strategy,
            "backbone": cell.backbone,
            "size": size,
            "seed": cell.seed,
            "out": str(out),
            "resume": True,
        }
        needs = []
        if cell.strategy.startswith("imagenet") and cell.backbone in spec.imagenet_weights:
            arguments["imagenet_weights"] = str(Path(spec.imagenet_weights[cell.backbone]).absolute())
        if cell.strategy.endswith("fundus") and spec.upstream:
            arguments |= (
                {
                    "train": [f"{name}={self._store(name, size)}" for name in spec.upstream.data],
                    "labels": spec.upstream.labels,
                    "select": spec.upstream.select,
                }
                | plan.options
                | plan.by_strategy.get(cell.strategy, {})
            )
            needs += [self._prepare(name, size) for name in spec.upstream.data]
            smaller = [other for other in plan.sizes or spec.matrix.sizes if other < size]
            if plan.go_on and smaller:
                arguments |= plan.larger | {"weights": str(self._bundle(cell, max(smaller)) / "bundle")}
                arguments.pop("imagenet_weights", None)
                needs.append(self._pretrain(cell, max(smaller)))
        return self._add(
            "pretrain", out.name, "fundusfm.commands.pretrain:pretrain", arguments, needs, out / "metrics.json"
        )

    def _features(self, cell: Cell, name: str) -> str:
        size = self._pretrained_size(cell)
        bundle, store = self._bundle(cell, size), self._store(name, cell.size)
        return self._add(
            "features",
            f"{bundle.name}-of-{store.name}",
            "fundusfm.study.features:extract_features",
            {"weights": str(bundle / "bundle"), "store": str(store)},
            (self._pretrain(cell, size), self._prepare(name, cell.size)),
            None,
        )

    def _cell(self, cell: Cell) -> str:
        size, out = self._pretrained_size(cell), self._out / "cells" / cell.name
        if cell.task in self._spec.vessels:
            return self._segment(cell, self._spec.vessels[cell.task], size, out)
        task = self._spec.tasks[cell.task]
        sets = [task.data, *task.external]
        needs = [self._prepare(name, cell.size) for name in sets] + [self._pretrain(cell, size)]
        arguments = self._adaptation(task, cell) | {
            "weights": str(self._bundle(cell, size) / "bundle"),
            "folds": self._spec.folds,
            "fraction": cell.fraction,
            "seed": cell.seed,
            "out": str(out),
            "resume": True,
        }
        if cell.method == "LF":
            needs += [self._features(cell, name) for name in sets]
            target = "fundusfm.commands.probe:probe"
        else:
            arguments |= self._spec.finetune
            if cell.strategy != "scratch":  # the head starts from a probe
                needs.append(self._features(cell, task.data))
            target = "fundusfm.commands.finetune:finetune"
        return self._add(cell.method, cell.name, target, arguments, needs, out / "metrics.json", cell)

    def _segment(self, cell: Cell, task: VesselTask, size: int, out: Path) -> str:
        """A cell of vessels reads photographs and masks from the manifests: they are few, and scored at full size."""
        arguments = {
            "data": [self._manifest(task.data)],
            "select": task.select,
            "external": [self._manifest(name) for name in task.external] or None,
            "protocol": task.protocol,
            "folds": 0 if task.protocol else self._spec.folds,
            "weights": str(self._bundle(cell, size) / "bundle"),
            "method": cell.method,
            "size": cell.size,
            "fraction": cell.fraction,
            "seed": cell.seed,
            "out": str(out),
            "resume": True,
        } | self._spec.segment
        needs = [self._pretrain(cell, size)]
        target = "fundusfm.commands.segment:segment_train"
        return self._add("segment", cell.name, target, arguments, needs, out / "metrics.json", cell)

    def _adaptation(self, task: TaskSpec, cell: Cell) -> dict[str, Any]:
        return {
            "data": f"{task.data}={self._store(task.data, cell.size)}",
            "labels": task.labels,
            "task": task.task,
            "select": task.select,
            "by": task.by or None,
            "external": [f"{name}={self._store(name, cell.size)}" for name in task.external] or None,
        }
