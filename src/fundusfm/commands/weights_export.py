"""`fundusfm weights export`: a bundle for programs without FundusFM."""

from typing import Literal


def export_weights(
    *,
    weights: str,
    format: Literal["timm", "torch", "onnx", "bundle"],
    out: str,
    evaluations: list[str] | None = None,
    words: str | None = None,
    overwrite: bool = False,
) -> None:
    """Writes a bundle as a folder that other programs load, with its card and a README of tested recipes.

    `timm` is what `timm.create_model("local-dir:OUT", pretrained=True)` loads, head included; fundusfm loads it too.
    `torch` is one `model.pt2` that PyTorch alone runs, `onnx` one `model.onnx` for ONNX Runtime: both take pixels and
    return scores and calibrated probabilities, of any number of photographs at a time. `bundle` is a copy for fundusfm,
    of vessel segmenters as well. What was exported is run and compared with the bundle before it is left there.

    Args:
        weights: Path of a bundle or of a run that holds one, or a name from `fundusfm weights list`.
        format: What to write.
        out: Folder to write.
        evaluations: Runs whose results the card shall hold: those of fundusfm evaluate, which must be of these weights,
            and for the folds' results of probe, finetune or segment train.
        words: YAML file with what only people know: name, licence, provenance, intended_use, label_definitions, limits
            and failures; each replaces what the card says.
        overwrite: Replace an earlier export.

    Raises:
        WeightsError: There are no such weights, or they cannot be exported in this format.
        ConfigError: An evaluation is of other weights, or the file of words cannot be read.
        RunFolderError: The folder exists already.
        MissingExtraError: The extra `[export]` is not installed, which `onnx` needs.
    """
    config = dict(locals())
    from fundusfm.models.export.export import run_export

    run_export(**config)
