"""The table of public functions: what `fundusfm` offers on the command line and as `fundusfm.NAME` in Python.

Nothing is imported here; a function's module is imported when it is first used.
"""

from dataclasses import dataclass
from importlib import import_module
from typing import Any


@dataclass(frozen=True)
class Command:
    """One public function and how the command line shows it.

    Attributes:
        name: What is typed after `fundusfm`, such as `pretrain` or `data check`.
        target: Where the function lives, as `module:function`.
        help: One line for the list of commands.
        positional: Parameters that may be given without their option, in this order.
        run: Whether the command leaves a run folder in its `out`, to which a report is added.
    """

    name: str
    target: str
    help: str
    positional: tuple[str, ...] = ()
    run: bool = False

    def load(self) -> Any:
        """Imports the module and returns the function."""
        return load_target(self.target)


COMMANDS = (
    Command("demo", "fundusfm.commands.demo:demo", "everything below on generated photographs, ends in report.html"),
    Command(
        "data list", "fundusfm.commands.data_sources:list_sources", "public data sets that can be imported", ("name",)
    ),
    Command(
        "data import", "fundusfm.commands.data_sources:import_source", "make a manifest of a public data set", ("name",)
    ),
    Command(
        "data check",
        "fundusfm.commands.data_check:check",
        "list every fault of a manifest, with its row",
        ("manifest",),
    ),
    Command(
        "data prepare",
        "fundusfm.commands.data_prepare:prepare",
        "decode, crop and resize once, into a store",
        ("manifest",),
    ),
    Command("data synth", "fundusfm.commands.data_synth:synth", "generate fundus photographs with labels and masks"),
    Command(
        "pretrain", "fundusfm.commands.pretrain:pretrain", "train a backbone under one of the four strategies", run=True
    ),
    Command(
        "probe", "fundusfm.commands.probe:probe", "LF: linear probe on frozen features, in grouped folds", run=True
    ),
    Command(
        "finetune", "fundusfm.commands.finetune:finetune", "FF: fine-tune the whole network, in grouped folds", run=True
    ),
    Command("evaluate", "fundusfm.commands.evaluate:evaluate", "score a bundle on data it has never seen", run=True),
    Command(
        "segment train",
        "fundusfm.commands.segment_train:segment_train",
        "train a vessel segmenter over any backbone, or a tiny one without",
        run=True,
    ),
    Command(
        "segment evaluate",
        "fundusfm.commands.segment_evaluate:segment_evaluate",
        "score a vessel segmenter on data it has never seen",
        run=True,
    ),
    Command(
        "segment predict",
        "fundusfm.commands.segment_predict:segment_predict",
        "probability map, mask and overlay of photographs' vessels",
    ),
    Command("dicom list", "fundusfm.commands.dicom_list:dicom_list", "make a manifest of DICOM photographs"),
    Command(
        "dicom report",
        "fundusfm.commands.dicom_report:dicom_report",
        "DICOM photographs in, structured reports and overlays out",
    ),
    Command(
        "dicom deidentify",
        "fundusfm.commands.dicom_deidentify:dicom_deidentify",
        "copies of DICOM photographs without the patient",
    ),
    Command("pacs", "fundusfm.commands.pacs:pacs", "screen an archive through DICOMweb and file the reports there"),
    Command(
        "segment measure",
        "fundusfm.commands.segment_measure:measure_vessels",
        "density, calibre, fractal dimension and tortuosity of vessel masks",
    ),
    Command(
        "predict",
        "fundusfm.commands.predict:predict",
        "screen photographs: quality, scores and decisions, a row for each",
        ("paths",),
    ),
    Command(
        "study",
        "fundusfm.commands.study:study",
        "the whole matrix of a study, its tables, figures and report",
        ("spec",),
    ),
    Command("explain", "fundusfm.commands.explain:explain", "Grad-CAM overlays on the original photographs"),
    Command("embed", "fundusfm.commands.embed:embed", "features, and their t-SNE map coloured by any column"),
    Command("serve", "fundusfm.commands.serve:serve", "a page and a REST interface that screen photographs"),
    Command("weights list", "fundusfm.models.listing:list_weights", "names that --weights accepts"),
    Command("weights show", "fundusfm.models.listing:show_weights", "a bundle's card", ("name",)),
    Command(
        "weights export",
        "fundusfm.commands.weights_export:export_weights",
        "a bundle for timm, plain PyTorch or ONNX Runtime",
    ),
    Command(
        "weights import",
        "fundusfm.commands.weights_import:import_weights",
        "weights from elsewhere become a bundle with a name",
        ("source",),
    ),
    Command(
        "weights publish",
        "fundusfm.commands.weights_publish:publish_weights",
        "upload a bundle to the Hugging Face Hub",
    ),
    Command("doctor", "fundusfm.doctor:doctor", "check this machine and say what to fix"),
    Command("info", "fundusfm.info:info", "version, commands, strategies, backbones; --json for machines"),
)

_PYTHON_ONLY = {"load": "fundusfm.models.predictor:load"}


def load_target(target: str) -> Any:
    """Imports `module:name` and returns what it names."""
    module, name = target.split(":")
    return getattr(import_module(module), name)


def public_functions() -> dict[str, str]:
    """Returns the Python API: function name -> `module:function`."""
    functions = {command.target.split(":")[1]: command.target for command in COMMANDS}
    return {**_PYTHON_ONLY, **functions}
