"""The methods section of a study's report, written from its declaration."""

from collections.abc import Iterable

from fundusfm.study.matrix import expand
from fundusfm.study.spec import StudySpec


def methods_text(spec: StudySpec) -> list[str]:
    """Returns sentences that say how the results came about."""
    cells, plan = expand(spec), spec.pretraining
    sizes = sorted({cell.size for cell in cells})
    said = [
        f"{len(cells)} cells, each of {spec.folds} folds grouped by patient and stratified by label. Backbones: "
        f"{_listed(cell.backbone for cell in cells)}; strategies: {_listed(cell.strategy for cell in cells)}; input "
        f"sizes: {', '.join(f'{size} px' for size in sizes)}; seeds: {_listed(str(cell.seed) for cell in cells)}.",
    ]
    if spec.weights:
        weights = ", ".join(f"{name} ({declared.source})" for name, declared in spec.weights.items())
        said.append(f"Weights that are compared as they are: {weights}.")
    if spec.upstream:
        trained = plan.sizes or sizes
        resizing = (
            ", each larger size starting from the bundle of the one below"
            if plan.progressive and len(trained) > 1
            else ""
        )
        where = f" where {spec.upstream.select}" if spec.upstream.select else ""
        said.append(
            f"Fundus strategies were pretrained on {', '.join(spec.upstream.data)}{where}, on the labels "
            f"{', '.join(spec.upstream.labels)} (unknown labels masked), at "
            f"{', '.join(f'{size} px' for size in sorted(trained))}"
            f"{resizing}. A cell takes the bundle of the largest of these sizes that is not above its own. "
            f"Options: {_options(plan.options)}"
            + "".join(f"; {name}: {_options(found)}" for name, found in plan.by_strategy.items())
            + (f"; larger sizes: {_options(plan.larger)}" if plan.larger else "")
            + "."
        )
    for name, task in spec.tasks.items():
        where = f" where {task.select}" if task.select else ""
        outside = f"; external sets, which tune nothing: {', '.join(task.external)}" if task.external else ""
        said.append(f"Task {name} ({task.task}): {', '.join(task.labels)} on {task.data}{where}{outside}.")
    for name, drawn in spec.vessels.items():
        where = f" where {drawn.select}" if drawn.select else ""
        split = f"the split {drawn.protocol}" if drawn.protocol else f"{spec.folds} folds"
        outside = f"; external sets, which tune nothing: {', '.join(drawn.external)}" if drawn.external else ""
        said.append(f"Task {name}: vessels on {drawn.data}{where}, {split}{outside}.")
    if spec.vessels:
        said.append(
            "Vessels are found by a decoder on the backbone, scored inside the field of view in original pixels at a "
            "threshold chosen on the photographs learnt from; LF leaves the backbone as it is. A fraction is fitted "
            f"for as many steps as the whole. Options: {_options(spec.segment)}. Differences in Dice are tested by "
            "exchanging the photographs' values patient by patient."
        )
    said.append(
        "LF is an L2-regularised logistic probe on frozen features, its strength chosen inside the training part of "
        f"each fold. FF fine-tunes the whole network from such a probe; options: {_options(spec.finetune)}. "
        "Fractions are of the training patients and nested; test folds stay whole."
    )
    said.append(
        "Intervals are 95 % percentiles of 1,000 resamplings of patients, in cross-validation within their folds. "
        "Tests against ImageNet, else random weights, else the first weights, are paired on the same images: patients "
        "are resampled for both at once, p is twice the share of resamples on the far side of no difference, and Holm "
        "corrects it. The CSV files hold DeLong's test beside it, which takes the images as independent."
    )
    return said


def _listed(names: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(names))


def _options(options: dict[str, object]) -> str:
    return ", ".join(f"{name} {value}" for name, value in options.items()) or "those of the command"
