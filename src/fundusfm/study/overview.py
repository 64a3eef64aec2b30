"""`--dry-run`: the cells of a study, what they share, and how much time is left."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from fundusfm.report.text import DASH, duration
from fundusfm.study.jobs import Job
from fundusfm.study.matrix import Cell
from fundusfm.study.spec import StudySpec
from fundusfm.study.timing import job_times, time_left


def overview_text(spec: StudySpec, jobs: Sequence[Job], out: Path, *, at_once: int) -> str:
    """Returns what `--dry-run` prints.

    Args:
        spec: The study.
        jobs: All its jobs.
        out: The study's folder; it need not exist.
        at_once: Jobs that run side by side.
    """
    cells = [job.cell for job in jobs if job.cell]
    times = job_times(jobs, out)
    users = Counter(other for job in jobs for other in job.depends_on)
    lines = [f"Study {spec.name}: {len(cells)} cells, each of {spec.folds} folds", "", *_cell_lines(cells), ""]
    lines.append(f"{'job':10}{'number':>8}{'done':>6}{'used by':>12}{'each takes':>14}")
    for kind, row in times.iterrows():
        used = [users[job.id] for job in jobs if job.kind == kind and users[job.id]]
        shared = f"{sum(used) / len(used):.1f} jobs" if used else ""
        median = duration(row["median"]) if row["done"] else DASH
        lines.append(f"{kind:10}{row['jobs']:>8.0f}{row['done']:>6.0f}{shared:>12}{median:>14}")
    left = time_left(times, at_once=at_once)
    how_long = f"With {at_once} jobs at once, {left}." if left else "Times are known once the first jobs are finished."
    return "\n".join([*lines, "", how_long if times["done"].sum() < times["jobs"].sum() else "All are done."])


def _cell_lines(cells: Iterable[Cell]) -> list[str]:
    """One line per task, method, backbone and size: which strategies at which fractions."""
    groups: dict[tuple[str, str, str, int], list[Cell]] = defaultdict(list)
    for cell in cells:
        groups[cell.task, cell.method, cell.backbone, cell.size].append(cell)
    lines = [f"  {'task':16} {'':2}  {'backbone, size':18} share of patients  strategies"]
    for (task, method, backbone, size), found in sorted(groups.items()):
        fractions = ", ".join(f"{fraction * 100:g}" for fraction in sorted({cell.fraction for cell in found}))
        strategies = ", ".join(dict.fromkeys(cell.strategy for cell in found))
        seeds = len({cell.seed for cell in found})
        lines.append(
            f"  {task:16} {method}  {backbone} {size:4} px  {fractions} %  {strategies}"
            + (f"  ({seeds} seeds)" if seeds > 1 else "")
        )
    return lines
