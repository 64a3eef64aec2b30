"""`--dry-run`: the cells of a study, what they share, and about how long and how large they will be."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from fundusfm.data.manifest.select import select_many
from fundusfm.data.manifest.table import read_manifest
from fundusfm.report.text import duration
from fundusfm.study.cost import Cost, measure
from fundusfm.study.jobs import Job
from fundusfm.study.matrix import Cell
from fundusfm.study.record import is_done
from fundusfm.study.spec import StudySpec

# Measured on two cores of a 2023 server; an estimate needs no better.
_PREPARED_PER_SECOND = 40.0
_PROBE_SECONDS = 3e-4  # per image, label and fold
_METRICS_SECONDS = 5.0
_BYTES_PER_PIXEL = 0.4
_EPOCHS = 10  # the commands' own default

_KINDS = ("prepare", "pretrain", "features", "LF", "FF", "segment")
_SEGMENTER = 4.0  # a decoder costs about three times its encoder
_SEGMENT_DEFAULTS = {"patch": 256, "patches": 8, "epochs": 100}


def estimate_text(spec: StudySpec, jobs: Sequence[Job], out: Path, *, at_once: int) -> str:
    """Returns what `--dry-run` prints.

    Args:
        spec: The study.
        jobs: All its jobs.
        out: Its folder; what is done there costs nothing more.
        at_once: Jobs that run side by side.
    """
    seconds: dict[str, float] = defaultdict(float)
    disk: dict[str, float] = defaultdict(float)
    done = Counter[str]()
    estimate = _Estimate(spec, jobs)
    for job in jobs:
        disk[job.kind] += estimate.disk(job)
        if is_done(out, job):
            done[job.kind] += 1
        else:
            seconds[job.kind] += estimate.seconds(job)
    cells = [job.cell for job in jobs if job.cell]
    users = Counter(need for job in jobs for need in job.needs)
    lines = [f"Study {spec.name}: {len(cells)} cells, each of {spec.folds} folds", "", *_cell_lines(cells), ""]
    lines.append(f"{'job':10}{'number':>8}{'done':>6}{'used by':>10}{'core time':>14}{'disk':>10}")
    for kind in _KINDS:
        found = [job for job in jobs if job.kind == kind]
        used = np.mean([users[job.id] for job in found]) if found and kind in _KINDS[:3] else 0
        lines.append(
            f"{kind:10}{len(found):>8}{done[kind]:>6}{f'{used:.1f} jobs' if used else '':>10}"
            f"{duration(seconds[kind]):>14}{_size(disk[kind]):>10}"
        )
    total = sum(seconds.values())
    lines += [
        "",
        f"About {duration(total)} of one core, {duration(total / at_once)} with {at_once} jobs at once on free cores, "
        f"and {_size(sum(disk.values()))}. Nothing was run.",
    ]
    return "\n".join(lines)


def _cell_lines(cells: Iterable[Cell]) -> list[str]:
    """One line per task, method, backbone and size: which strategies at which fractions."""
    groups: dict[tuple[str, str, str, int], list[Cell]] = defaultdict(list)
    for cell in cells:
        groups[cell.task, cell.method, cell.backbone, cell.size].append(cell)
    lines = []
    for (task, method, backbone, size), found in sorted(groups.items()):
        fractions = ", ".join(f"{fraction * 100:g}" for fraction in sorted({cell.fraction for cell in found}))
        strategies = ", ".join(dict.fromkeys(cell.strategy for cell in found))
        seeds = len({cell.seed for cell in found})
        lines.append(
            f"  {task:16} {method}  {backbone} {size:4} px  {fractions} %  {strategies}"
            + (f"  ({seeds} seeds)" if seeds > 1 else "")
        )
    return lines


class _Estimate:
    """Seconds of one core, and bytes, of each job."""

    def __init__(self, spec: StudySpec, jobs: Sequence[Job]) -> None:
        self._spec = spec
        self._rows = {name: read_manifest(f"{name}={path}").frame for name, path in spec.data.items()}
        smallest = min(job.cell.size for job in jobs if job.cell)
        backbones = {job.cell.backbone for job in jobs if job.cell}
        self._costs: dict[str, Cost] = {backbone: measure(backbone, smallest) for backbone in sorted(backbones)}
        # A pretrained backbone and its features belong to the cells that need them.
        self._owner: dict[str, Cell] = {}
        for job in reversed(jobs):  # each comes after those it needs
            if cell := job.cell or self._owner.get(job.id):
                for need in job.needs:
                    self._owner.setdefault(need, cell)

    def seconds(self, job: Job) -> float:
        name = _data_name(job)
        if job.kind == "prepare":
            return len(self._rows[name]) / _PREPARED_PER_SECOND
        cell = job.cell or self._owner[job.id]
        cost, pixels = self._costs[cell.backbone], cell.size**2
        if job.kind == "features":
            return len(self._rows[name]) * pixels * cost.forward
        if job.kind == "pretrain":
            if not job.arguments.get("train"):
                return _METRICS_SECONDS
            images = self._count(self._spec.upstream.data if self._spec.upstream else [], job.arguments["select"])
            return float(images * job.arguments.get("epochs", _EPOCHS) * job.arguments["size"] ** 2 * cost.training)
        tasks = self._spec.tasks | self._spec.vessels
        used = self._count([tasks[cell.task].data], job.arguments["select"]) * cell.fraction
        if job.kind == "segment":
            options = _SEGMENT_DEFAULTS | job.arguments
            seen = options["patches"] * (options["patch"] or cell.size) ** 2 * options["epochs"]
            # A fraction takes as many steps as the whole.
            return float(used / cell.fraction * seen * (1 + job.arguments["folds"]) * cost.training * _SEGMENTER)
        if job.kind == "LF":
            return used * len(job.arguments["labels"]) * self._spec.folds * _PROBE_SECONDS + _METRICS_SECONDS
        return float(used * self._spec.folds * job.arguments.get("epochs", _EPOCHS) * pixels * cost.training)

    def disk(self, job: Job) -> float:
        if job.kind == "prepare":
            return float(len(self._rows[_data_name(job)]) * job.arguments["size"] ** 2 * _BYTES_PER_PIXEL)
        cell = job.cell or self._owner[job.id]
        cost = self._costs[cell.backbone]
        if job.kind == "features":
            return len(self._rows[_data_name(job)]) * cost.features * 4
        if job.cell and job.cell.fraction < 1:
            return 0
        return cost.parameters * 4

    def _count(self, names: Sequence[str], expression: str | None) -> int:
        frames = [self._rows[name] for name in names]
        if not expression:
            return sum(len(frame) for frame in frames)
        return sum(int(mask.sum()) for mask in select_many(frames, expression, where=names)[0])


def _size(amount: float) -> str:
    return f"{amount / 1e9:.1f} GB" if amount >= 1e9 else f"{amount / 1e6:.0f} MB"


def _data_name(job: Job) -> str:
    """The data set that a job of preparation or features is about."""
    if job.kind == "prepare":
        return str(job.arguments["manifest"]).partition("=")[0]
    return Path(str(job.arguments.get("store", ""))).name.rsplit("-", 1)[0]
