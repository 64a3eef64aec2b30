"""A first prediction loads no compiler, and the compiler is whole once it is wanted."""

import subprocess
import sys

_COMPILER = "('torch._dynamo', 'torch._inductor', 'triton', 'sympy')"
_OTHERS = "('sklearn', 'lightning', 'matplotlib', 'torchmetrics', 'segmentation_models_pytorch')"


def _run(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], check=True)


def test_prediction_loads_neither_the_compiler_nor_what_only_training_needs() -> None:
    _run(
        "import sys, fundusfm.screening.model\n"
        f"loaded = [name for name in {_COMPILER} + {_OTHERS} if name in sys.modules]\n"
        "assert not loaded, loaded"
    )


def test_compiler_torchvision_and_marked_functions_work_afterwards() -> None:
    _run(
        "import sys, torch\n"
        "from fundusfm.models.timm_import import timm\n"
        "from torchvision import ops, tv_tensors\n"
        "boxes = [torch.tensor([[0.0, 0.0, 4.0, 4.0]])]\n"
        "assert ops.roi_align(torch.ones(1, 1, 8, 8), boxes, 2).shape == (1, 1, 2, 2)\n"
        "image = tv_tensors.Image(torch.ones(3, 2, 2))\n"
        "assert isinstance(tv_tensors.wrap(torch.zeros(3, 2, 2), like=image), tv_tensors.Image)\n"
        "assert sys.modules['torchvision.ops.roi_align'].is_compile_supported('cpu')\n"
        "assert torch.compile(lambda x: x + 1, backend='eager')(torch.ones(2)).tolist() == [2.0, 2.0]\n"
        "assert torch._dynamo.config.recompile_limit > 0\n"
        "timm.layers.create_feature_extractor(timm.create_model('test_resnet'), ['layer1'])\n"
    )


def test_compiler_that_was_loaded_before_is_left_alone() -> None:
    _run(
        "import torch._dynamo\n"
        "before = torch._dynamo\n"
        "import fundusfm.models.timm_import, sys\n"
        "assert sys.modules['torch._dynamo'] is before"
    )


def test_more_of_the_compiler_than_marks_loads_it() -> None:
    _run(
        "import sys\n"
        "from fundusfm.models.timm_import import _compiler_deferred\n"
        "with _compiler_deferred():\n"
        "    import torch._dynamo.config\n"
        "    from torch._dynamo.utils import counters\n"
        "assert sys.modules['torch._dynamo'].utils.counters is counters\n"
    )
