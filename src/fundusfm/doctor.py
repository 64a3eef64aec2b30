"""`fundusfm doctor`: looks at this machine and says, for each thing that can go wrong, whether it will and the fix."""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from packaging.requirements import Requirement

from fundusfm.errors import WeightsError
from fundusfm.info import installed, missing_by_extra
from fundusfm.models.listing import cache_folder
from fundusfm.models.packaged import check_packaged, installed_packages
from fundusfm.platforms import cores, main_memory, open_file_limit

_GIB = 1024**3
_FILE_HANDLES = 1024
_DEVELOPERS = ("dev", "docs")
_FORMATS = (".jpg", ".png", ".tif", ".webp")


@dataclass(frozen=True)
class Finding:
    """What one check found.

    Attributes:
        check: What was looked at.
        status: `PASS`; `WARN`, works but slower or with less; `FAIL`, something will not work.
        detail: What was found.
        fix: What to do about it; empty where nothing is wrong.
    """

    check: str
    status: Literal["PASS", "WARN", "FAIL"]
    detail: str
    fix: str = ""


def findings_text(findings: Sequence[Finding]) -> str:
    """Returns the findings as lines for people."""
    lines = []
    for finding in findings:
        lines.append(f"{finding.status}  {finding.check}: {finding.detail}")
        if finding.fix:
            lines.append(f"      fix: {finding.fix}")
    return "\n".join(lines)


def examine() -> list[Finding]:
    """Runs every check; one that cannot even run is itself a finding."""
    return [finding for check in CHECKS for finding in _guarded(check)]


def _guarded(check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from check()
    except (ImportError, OSError, RuntimeError) as error:
        name = check.__name__.removeprefix("check_").replace("_", " ")
        yield Finding(name, "FAIL", f"{type(error).__name__}: {error}", "reinstall the package named in the message")


def check_python() -> Iterator[Finding]:
    """Python itself, 3.11 or newer, 64 bit."""
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < (3, 11) or sys.maxsize < 2**32:
        yield Finding("Python", "FAIL", version, "install a 64-bit Python 3.11 or newer")
    else:
        yield Finding("Python", "PASS", version)


def check_packages() -> Iterator[Finding]:
    """Every required package in a version that the package declares as fit."""
    wrong = []
    for line in metadata.requires("fundusfm") or []:
        requirement = Requirement(line)
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        version = installed(requirement.name)
        if version is None:
            wrong.append(f"{requirement.name} is missing")
        elif not requirement.specifier.contains(version, prereleases=True):
            wrong.append(f"{requirement.name} is {version}, needed {requirement.specifier}")
    if wrong:
        yield Finding("packages", "FAIL", "; ".join(wrong), "pip install --upgrade fundusfm (a checkout: make env)")
    else:
        yield Finding("packages", "PASS", "all present in fitting versions")


def check_runtime() -> Iterator[Finding]:
    """ONNX Runtime, which looks at photographs, and the processors it can use."""
    import onnxruntime

    names = [name.removesuffix("ExecutionProvider") for name in onnxruntime.get_available_providers()]
    providers = [name for name in names if name != "Azure"]  # a client of a cloud service, never used here
    if "CPU" in providers:
        yield Finding("ONNX Runtime", "PASS", f"{onnxruntime.__version__}: {', '.join(providers)}")
    else:
        fix = "pip install --force-reinstall onnxruntime"
        yield Finding("ONNX Runtime", "FAIL", f"{onnxruntime.__version__} has no CPU provider", fix)


def check_torch() -> Iterator[Finding]:
    """torch computes, with the vector instructions and threads that the CPU offers; nothing where it is absent."""
    if not _has_torch():
        return
    import torch

    product = torch.ones(8, 8) @ torch.ones(8, 8)
    if product.sum().item() != 512:
        yield Finding("torch", "FAIL", f"{torch.__version__} computes wrongly", "reinstall torch")
        return
    capability = torch.backends.cpu.get_cpu_capability()
    threads, usable = torch.get_num_threads(), cores()
    detail = f"{torch.__version__}, CPU {capability}, {threads} threads on {usable} cores"
    if threads > usable:
        yield Finding("torch", "WARN", detail, f"set OMP_NUM_THREADS={usable}: more threads than cores only wait")
    elif capability in ("DEFAULT", "NO AVX"):
        yield Finding("torch", "WARN", detail, "this CPU has no AVX2: expect training to be several times slower")
    else:
        yield Finding("torch", "PASS", detail)


def _has_torch() -> bool:
    return find_spec("torch") is not None


def check_gpu() -> Iterator[Finding]:
    """A GPU that torch can use; nothing where there is no torch to train with."""
    if not _has_torch():
        return
    import torch

    if torch.cuda.is_available():
        for index in range(torch.cuda.device_count()):
            facts = torch.cuda.get_device_properties(index)
            bf16 = "bf16" if torch.cuda.is_bf16_supported() else "no bf16"
            yield Finding(f"GPU {index}", "PASS", f"{facts.name}, {facts.total_memory / _GIB:.0f} GiB, {bf16}")
    elif torch.backends.mps.is_available():
        yield Finding("GPU", "PASS", "Apple Metal")
    elif shutil.which("nvidia-smi"):
        yield Finding(
            "GPU",
            "WARN",
            "a driver is installed, but torch cannot use it",
            f"install a driver for CUDA {torch.version.cuda}, or a torch built for the driver's CUDA",
        )
    else:
        yield Finding(
            "GPU",
            "WARN",
            "none: everything runs on the CPU",
            "use a light backbone such as mobilenetv2_100 at 160 px, or a machine with a GPU",
        )


def check_decoders() -> Iterator[Finding]:
    """OpenCV reads and writes the usual image formats."""
    import cv2
    import numpy as np

    picture = np.full((32, 32, 3), 128, np.uint8)
    broken = []
    for suffix in _FORMATS:
        written, data = cv2.imencode(suffix, picture)
        if not written or cv2.imdecode(data, cv2.IMREAD_REDUCED_COLOR_2) is None:
            broken.append(suffix.lstrip("."))
    if broken:
        yield Finding(
            "decoders",
            "FAIL",
            f"OpenCV {cv2.__version__} cannot decode {', '.join(broken)}",
            "pip install --force-reinstall opencv-python-headless",
        )
    else:
        yield Finding("decoders", "PASS", f"OpenCV {cv2.__version__}: JPEG, PNG, TIFF, WebP")


_FIXES = {
    "working folder": "change to a folder you may write to",
    "cache folder": "set FUNDUSFM_CACHE to a folder you may write to",
    "temporary folder": "set TMPDIR to a folder you may write to",
}


def check_disk() -> Iterator[Finding]:
    """Space and write access where results (here), cached features and temporary files go."""
    places = (("working folder", Path.cwd()), ("cache folder", cache_folder()), ("temporary folder", _temporary()))
    for name, folder in places:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder) as file:
                file.write(b"fundusfm")
        except OSError as error:
            fix = _FIXES[name]
            yield Finding(name, "FAIL", f"{folder} cannot be written: {error.strerror}", fix)
            continue
        free = shutil.disk_usage(folder).free / _GIB
        detail = f"{folder}, {free:.0f} GiB free"
        if free < 1:
            yield Finding(name, "FAIL", detail, "free at least 1 GiB")
        elif free < 10:
            yield Finding(name, "WARN", detail, "100,000 photographs at 512 px take about 10 GiB as a store")
        else:
            yield Finding(name, "PASS", detail)


def _temporary() -> Path:
    """Returns the folder for temporary files, writable or not."""
    return Path(os.environ.get("TMPDIR") or ("/tmp" if os.name == "posix" else tempfile.gettempdir()))


def check_memory() -> Iterator[Finding]:
    """Main memory, and the shared memory through which loader processes hand over batches."""
    total = main_memory()
    if total is None:
        yield Finding("memory", "PASS", "the system does not say how much")
    elif total < 4 * _GIB:
        yield Finding(
            "memory", "WARN", f"{total / _GIB:.0f} GiB", "use small batches (--batch-size 16) and --workers 1"
        )
    else:
        yield Finding("memory", "PASS", f"{total / _GIB:.0f} GiB")
    shared = Path("/dev/shm")
    if shared.exists() and shutil.disk_usage(shared).total < _GIB:
        size = shutil.disk_usage(shared).total / 1024**2
        yield Finding(
            "shared memory",
            "WARN",
            f"/dev/shm has {size:.0f} MiB, so training loads large batches in its own process",
            "give the container more (docker run --shm-size 2g)",
        )


def check_file_handles() -> Iterator[Finding]:
    """How many files a process may have open at once."""
    limit = open_file_limit()
    if limit is None or limit >= _FILE_HANDLES:
        yield Finding("file handles", "PASS", "unlimited" if limit is None else str(limit))
    else:
        yield Finding("file handles", "WARN", str(limit), f"ulimit -n {4 * _FILE_HANDLES} before long work")


def check_imagenet() -> Iterator[Finding]:
    """ImageNet weights that are installed as packages are the ones released; nothing where there are none."""
    installed_names = [weights.backbone for weights in installed_packages()]
    try:
        for weights in installed_packages():
            check_packaged(weights)
    except WeightsError as error:
        detail, _, fix = str(error).partition(" Install it again: ")
        yield Finding("ImageNet weights", "FAIL", detail, fix)
        return
    if installed_names:
        yield Finding("ImageNet weights", "PASS", f"without a network: {', '.join(installed_names)}")


def check_extras() -> Iterator[Finding]:
    """Optional parts of the package; those for work on FundusFM itself only where they are installed."""
    for extra, missing in missing_by_extra().items():
        if extra == "all" or (extra in _DEVELOPERS and missing):
            continue
        if missing:
            yield Finding(
                f"extra [{extra}]",
                "WARN",
                f"not installed: {', '.join(missing)}",
                f"only if you need it: pip install 'fundusfm[{extra}]'",
            )
        else:
            yield Finding(f"extra [{extra}]", "PASS", "installed")


CHECKS = (
    check_python,
    check_packages,
    check_runtime,
    check_torch,
    check_gpu,
    check_decoders,
    check_disk,
    check_memory,
    check_file_handles,
    check_imagenet,
    check_extras,
)
