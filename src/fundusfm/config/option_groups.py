"""Headings under which the help lists options; an option means the same, and stands under the same one, everywhere."""

INPUT, MODEL, FIT, SCORING, OUTPUT, RUNNING = "Input", "Model", "Training", "Scoring", "Output", "Running"
ORDER = (INPUT, MODEL, FIT, SCORING, OUTPUT, RUNNING)

_GROUPS = {
    INPUT: (
        "paths data train manifest labels task select external masks fov column spec source name root partial url "
        "modality date patient study salt_file to private count size_of cameras abnormal_share dataset evaluations "
        "watch statements label against by logs known unlabelled reference baseline every "
        "run runs second_reader words pictures pool n images reasons control most folder"
    ),
    MODEL: (
        "weights second structures ensemble strategy backbone imagenet_weights size decoder method operating_point tta "
        "views licence sha256 cam"
    ),
    FIT: (
        "folds fraction protocol epochs batch_size learning_rate encoder_rate weight_decay layer_decay warmup_epochs "
        "patience validation_share accumulate_grad_batches ema_decay checkpoint mixup pos_weight freeze_stages "
        "augment patch patches precision specificity sensitivity half_width"
    ),
    SCORING: (
        "prevalence grader_sensitivity grader_specificity repeats per perplexity color "
        "limit max_megabytes max_files max_megapixels timeout queue retries"
    ),
    OUTPUT: "out spool overwrite resume spreadsheet_safe audit_log preview map maps overlays store format json dry_run",
}
_GROUP_OF = {name: group for group, names in _GROUPS.items() for name in names.split()}


def group_of(option: str) -> str:
    """Returns the heading of an option; those that say how the work is done stand under `Running`."""
    return _GROUP_OF.get(option, RUNNING)
