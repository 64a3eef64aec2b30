"""The table of commands: what `fundusfm` offers on the command line and as `fundusfm.NAME` in Python.

Nothing is imported here; a command's module is imported when it is first used.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from fundusfm.extras import Extra


@dataclass(frozen=True)
class Command:
    """One command and how the command line shows it.

    Attributes:
        name: What is typed after `fundusfm`, such as `pretrain` or `data check`.
        target: Where the function lives, as `module:function`.
        help: One line for the list of commands.
        example: A command line that works, shown below the help.
        positional: Options that may be given without their name, in this order.
        exit_code: Turns the result into the exit code, as `module:function`; 0 without it.
        extra: The optional part of the package without which it cannot work.
    """

    name: str
    target: str
    help: str
    example: str
    positional: tuple[str, ...] = ()
    exit_code: str = ""
    extra: Extra | None = None

    def load(self) -> Callable[..., Any]:
        """Imports the module and returns the function."""
        function: Callable[..., Any] = load_target(self.target)
        return function


_EXIT = "fundusfm.commands.exit_codes"

COMMANDS = (
    Command(
        "demo",
        "fundusfm.commands.demo:demo",
        "the whole workflow on generated photographs, ending in report.html",
        "fundusfm demo --out demo",
        extra="train",
    ),
    Command(
        "data list",
        "fundusfm.commands.data:list_sources",
        "public data sets that can be imported",
        "fundusfm data list rfmid",
        ("name",),
    ),
    Command(
        "data import",
        "fundusfm.commands.data:import_source",
        "make a manifest of a public data set",
        "fundusfm data import rfmid downloads/RFMiD --out rfmid.csv",
        ("name", "root"),
    ),
    Command(
        "data check",
        "fundusfm.commands.data:check",
        "list every fault of a manifest, with its row",
        "fundusfm data check photographs.csv --labels abnormal",
        ("manifest",),
        f"{_EXIT}:of_check",
    ),
    Command(
        "data prepare",
        "fundusfm.commands.data:prepare",
        "decode, crop and resize once, into a store",
        "fundusfm data prepare photographs.csv --size 384 --out stores/mine --preview 24",
        ("manifest",),
    ),
    Command(
        "data synth",
        "fundusfm.commands.data:synth",
        "generate fundus photographs with labels and masks",
        "fundusfm data synth --out generated --count 200",
    ),
    Command(
        "data audit",
        "fundusfm.commands.data:audit_labels",
        "which labels are doubtful, and what they cost",
        "fundusfm data audit runs/glaucoma --out audit",
        ("run",),
    ),
    Command(
        "data next",
        "fundusfm.commands.data:choose_next",
        "which photographs to label next, and what more labels would bring",
        "fundusfm data next runs/glaucoma --n 50 --out next.csv",
        ("source",),
        extra="train",
    ),
    Command(
        "pretrain",
        "fundusfm.commands.pretrain:pretrain",
        "train a backbone under one of the four strategies",
        "fundusfm pretrain --strategy fundus --train stores/mine --labels abnormal --out runs/backbone",
        extra="train",
    ),
    Command(
        "probe",
        "fundusfm.commands.probe:probe",
        "LF: linear probe on frozen features, in grouped folds",
        "fundusfm probe --data stores/task --labels glaucoma --weights light --out runs/glaucoma",
        extra="train",
    ),
    Command(
        "finetune",
        "fundusfm.commands.finetune:finetune",
        "FF: fine-tune the whole network, in grouped folds",
        "fundusfm finetune --data stores/task --labels glaucoma --weights light --out runs/glaucoma",
        extra="train",
    ),
    Command(
        "adapt",
        "fundusfm.commands.evaluate:adapt",
        "fit probabilities and thresholds to local photographs",
        "fundusfm adapt light local.csv --sensitivity 0.9 --out runs/local",
        ("weights", "data"),
        extra="train",
    ),
    Command(
        "evaluate",
        "fundusfm.commands.evaluate:evaluate",
        "score a bundle on data it has never seen",
        "fundusfm evaluate --weights light --data stores/third --labels abnormal --out runs/third",
    ),
    Command(
        "compare",
        "fundusfm.commands.evaluate:compare",
        "a paper's table and figures from finished runs, with paired tests by patient",
        "fundusfm compare runs/mine runs/theirs --out comparison",
        ("runs",),
        extra="train",
    ),
    Command(
        "evidence",
        "fundusfm.commands.evaluate:evidence",
        "a programme's report: predictive values, workload, subgroups, checklists",
        "fundusfm evidence runs/third --prevalence 0.12 --out evidence",
        ("run",),
    ),
    Command(
        "segment train",
        "fundusfm.commands.segment:segment_train",
        "train a segmenter of vessels, disc and lesions",
        "fundusfm segment train --data drive.csv --weights runs/backbone --out runs/vessels",
        extra="train",
    ),
    Command(
        "segment join",
        "fundusfm.commands.segment:segment_join",
        "one segmenter of two, each for some structures",
        "fundusfm segment join --weights runs/all --second runs/av --structures artery_vein --out joined",
        extra="train",
    ),
    Command(
        "segment evaluate",
        "fundusfm.commands.segment:segment_evaluate",
        "score a segmenter on data it has never seen",
        "fundusfm segment evaluate --weights vessels --data stare.csv --out runs/stare",
        extra="train",
    ),
    Command(
        "segment predict",
        "fundusfm.commands.segment:segment_predict",
        "probability map, mask and overlay of photographs' vessels",
        "fundusfm segment predict photographs/ --weights vessels --out vessels",
        ("paths",),
        f"{_EXIT}:of_statuses",
    ),
    Command(
        "segment measure",
        "fundusfm.commands.segment:measure_vessels",
        "vessels, AVR, optic disc and lesions in numbers, of drawn or of predicted masks",
        "fundusfm segment measure --predictions runs/masks --out measures.csv",
        extra="train",
    ),
    Command(
        "dicom list",
        "fundusfm.commands.dicom:dicom_list",
        "make a manifest of DICOM photographs",
        "fundusfm dicom list export/ --out photographs.csv",
        ("paths",),
        f"{_EXIT}:of_left_out",
        extra="dicom",
    ),
    Command(
        "dicom report",
        "fundusfm.commands.dicom:dicom_report",
        "DICOM photographs in, structured reports and overlays out",
        "fundusfm dicom report export/ --weights light --out reports",
        ("paths",),
        f"{_EXIT}:of_statuses",
        extra="dicom",
    ),
    Command(
        "dicom deidentify",
        "fundusfm.commands.dicom:dicom_deidentify",
        "copies of DICOM photographs without the patient",
        "fundusfm dicom deidentify export/ --salt-file secret.bin --out copies",
        ("paths",),
        f"{_EXIT}:of_left_out",
        extra="dicom",
    ),
    Command(
        "pacs",
        "fundusfm.commands.dicom:pacs",
        "screen an archive through DICOMweb and file the reports there",
        "fundusfm pacs --url https://archive.example/dicom-web --weights light --out results.csv",
        (),
        f"{_EXIT}:of_statuses",
        extra="dicom",
    ),
    Command(
        "listen",
        "fundusfm.commands.dicom:listen",
        "a DICOM service: photographs in, reports to the archive",
        "fundusfm listen --spool spool --to dicom://ARCHIVE@127.0.0.1:4242",
        (),
        f"{_EXIT}:of_journal",
        extra="dicom",
    ),
    Command(
        "predict",
        "fundusfm.commands.predict:predict",
        "screen photographs: quality, scores and decisions, a row for each",
        "fundusfm predict photographs/ --out results.csv",
        ("paths",),
        f"{_EXIT}:of_screened",
    ),
    Command(
        "export",
        "fundusfm.commands.predict:export",
        "results for FiftyOne or Label Studio to import",
        "fundusfm export results.csv --to label-studio --images photographs --out tasks",
        ("results",),
    ),
    Command(
        "study",
        "fundusfm.commands.study:study",
        "the whole matrix of a study, its tables, figures and report",
        "fundusfm study studies/small.yaml --out study --dry-run",
        ("spec",),
        extra="train",
    ),
    Command(
        "explain",
        "fundusfm.commands.explain:explain",
        "Grad-CAM overlays on the original photographs",
        "fundusfm explain photographs/ --out overlays",
        ("paths",),
        f"{_EXIT}:of_statuses",
    ),
    Command(
        "embed",
        "fundusfm.commands.explain:embed",
        "features, and their t-SNE map coloured by any column",
        "fundusfm embed --weights light --data stores/mine --color dataset --out map",
    ),
    Command(
        "serve",
        "fundusfm.commands.serve:serve",
        "a page and a REST interface that screen photographs",
        "fundusfm serve --port 8000",
        extra="serve",
    ),
    Command(
        "audit verify",
        "fundusfm.commands.audit:audit_verify",
        "check that no line of an audit log was removed or changed",
        "fundusfm audit verify audit.jsonl",
        ("logs",),
        f"{_EXIT}:of_audit",
    ),
    Command(
        "monitor",
        "fundusfm.commands.audit:monitor",
        "compare weeks of audit logs, with control limits and alarms",
        "fundusfm monitor audit.jsonl --out monitor",
        ("logs",),
        f"{_EXIT}:of_alarms",
    ),
    Command(
        "review",
        "fundusfm.commands.serve:review",
        "a page on which several readers grade photographs together",
        "fundusfm review audit --out review",
        ("source",),
        extra="serve",
    ),
    Command(
        "review export",
        "fundusfm.commands.serve:export_review",
        "consensus labels, agreement of readers, the model against them",
        "fundusfm review export review",
        ("folder",),
    ),
    Command(
        "weights list",
        "fundusfm.commands.weights:list_weights",
        "names that --weights accepts",
        "fundusfm weights list",
    ),
    Command(
        "weights show",
        "fundusfm.commands.weights:show_weights",
        "a bundle's card",
        "fundusfm weights show light",
        ("name",),
    ),
    Command(
        "weights export",
        "fundusfm.commands.weights:export_weights",
        "a bundle for timm, plain PyTorch or ONNX Runtime",
        "fundusfm weights export --weights light --format onnx --out light-onnx",
        extra="train",
    ),
    Command(
        "weights import",
        "fundusfm.commands.weights:import_weights",
        "weights from elsewhere become a bundle with a name",
        "fundusfm weights import RETFound_cfp_weights.pth --name retfound",
        ("source",),
    ),
    Command(
        "weights publish",
        "fundusfm.commands.weights:publish_weights",
        "upload a bundle to the Hugging Face Hub",
        "fundusfm weights publish --weights runs/lf/bundle --to hf:owner/name --private",
        extra="train",
    ),
    Command(
        "doctor",
        "fundusfm.commands.machine:doctor",
        "check this machine and say what to fix",
        "fundusfm doctor",
        (),
        f"{_EXIT}:of_findings",
    ),
    Command(
        "info",
        "fundusfm.commands.machine:info",
        "version, commands, strategies, backbones; --json for machines",
        "fundusfm info --json",
    ),
)

_PYTHON_ONLY = {
    "FundusFeatures": "fundusfm.screening.tools.features:FundusFeatures",
    "load": "fundusfm.screening.model:load",
}


def command_of(target: str) -> Command | None:
    """Returns the command whose function lives at `module:function`, if there is one."""
    return next((command for command in COMMANDS if command.target == target), None)


def load_target(target: str) -> Any:
    """Imports `module:name` and returns what it names."""
    module, name = target.split(":")
    return getattr(import_module(module), name)


def public_functions() -> dict[str, str]:
    """Returns the Python API: function name -> `module:function`."""
    functions = {command.target.split(":")[1]: command.target for command in COMMANDS}
    return {**_PYTHON_ONLY, **functions}
