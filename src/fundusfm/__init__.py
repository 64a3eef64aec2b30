"""FundusFM: from a table of fundus photographs to a foundation model and validated downstream models.

Every command of the command line is a function here (`fundusfm.pretrain(...)`); `fundusfm.load(BUNDLE)` returns a
model that predicts, and `fundusfm.FundusFeatures` is a transformer of scikit-learn. All are imported on first use, so
`import fundusfm` stays instant.
"""

import os
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

from fundusfm.commands.table import load_target, public_functions

# ONNX Runtime counts its uses and sends the counts to its makers unless this is set before it is imported.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

if TYPE_CHECKING:
    from fundusfm.commands.audit import audit_verify as audit_verify
    from fundusfm.commands.audit import monitor as monitor
    from fundusfm.commands.data import audit_labels as audit_labels
    from fundusfm.commands.data import check as check
    from fundusfm.commands.data import choose_next as choose_next
    from fundusfm.commands.data import import_source as import_source
    from fundusfm.commands.data import list_sources as list_sources
    from fundusfm.commands.data import prepare as prepare
    from fundusfm.commands.data import synth as synth
    from fundusfm.commands.demo import demo as demo
    from fundusfm.commands.dicom import dicom_deidentify as dicom_deidentify
    from fundusfm.commands.dicom import dicom_list as dicom_list
    from fundusfm.commands.dicom import dicom_report as dicom_report
    from fundusfm.commands.dicom import listen as listen
    from fundusfm.commands.dicom import pacs as pacs
    from fundusfm.commands.evaluate import adapt as adapt
    from fundusfm.commands.evaluate import compare as compare
    from fundusfm.commands.evaluate import evaluate as evaluate
    from fundusfm.commands.evaluate import evidence as evidence
    from fundusfm.commands.explain import embed as embed
    from fundusfm.commands.explain import explain as explain
    from fundusfm.commands.finetune import finetune as finetune
    from fundusfm.commands.machine import doctor as doctor
    from fundusfm.commands.machine import info as info
    from fundusfm.commands.predict import export as export
    from fundusfm.commands.predict import predict as predict
    from fundusfm.commands.pretrain import pretrain as pretrain
    from fundusfm.commands.probe import probe as probe
    from fundusfm.commands.segment import measure_vessels as measure_vessels
    from fundusfm.commands.segment import segment_evaluate as segment_evaluate
    from fundusfm.commands.segment import segment_join as segment_join
    from fundusfm.commands.segment import segment_predict as segment_predict
    from fundusfm.commands.segment import segment_train as segment_train
    from fundusfm.commands.serve import export_review as export_review
    from fundusfm.commands.serve import review as review
    from fundusfm.commands.serve import serve as serve
    from fundusfm.commands.study import study as study
    from fundusfm.commands.weights import export_weights as export_weights
    from fundusfm.commands.weights import import_weights as import_weights
    from fundusfm.commands.weights import list_weights as list_weights
    from fundusfm.commands.weights import publish_weights as publish_weights
    from fundusfm.commands.weights import show_weights as show_weights
    from fundusfm.screening.model import load as load
    from fundusfm.screening.tools.features import FundusFeatures as FundusFeatures

__version__: str
__all__ = sorted(public_functions())


class _Function:
    """A public function of the package, imported on first use.

    A data descriptor, because some functions share their name with the module or room they live in
    (`explain`, `doctor`): importing that module would otherwise put the module in the function's place.
    """

    def __init__(self, target: str) -> None:
        self.target = target

    def __get__(self, package: ModuleType | None, owner: type | None = None) -> Any:
        return load_target(self.target)

    def __set__(self, package: ModuleType, value: object) -> None:
        if not isinstance(value, ModuleType):
            raise AttributeError(f"{self.target} is a public function of fundusfm and cannot be replaced")


class _Package(ModuleType):
    """This package as a module whose public functions are attributes that load themselves."""

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *__all__, "__version__"})


for _name, _target in public_functions().items():
    setattr(_Package, _name, _Function(_target))
sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib import metadata  # two thirds of the time that the package takes to import

        return metadata.version("fundusfm")
    raise AttributeError(f"module 'fundusfm' has no attribute {name!r}")
