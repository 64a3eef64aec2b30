"""Only what networks and training scripts consist of may be named by a pickle."""

import pytest

from fundusfm.models.importing.shell import Shell, becomes_shell


@pytest.mark.parametrize(
    "name", ["torch.nn.modules.conv.Conv2d", "timm.models.resnet.ResNet", "__main__.Model", "argparse.Namespace",
             "pathlib.PosixPath", "pathlib._local.WindowsPath", "torch.float32", "torch.device"]
)  # fmt: skip
def test_parts_of_networks_and_options_become_shells(name: str) -> None:
    assert becomes_shell(name)


@pytest.mark.parametrize(
    "name", ["os.system", "builtins.eval", "builtins.getattr", "subprocess.Popen", "torch.load", "torch.hub.load",
             "pathlib.Path.touch", "torch.nn", "numpy.load"]
)  # fmt: skip
def test_anything_else_is_refused(name: str) -> None:
    assert not becomes_shell(name)


def test_a_shell_keeps_its_state_and_drops_its_arguments() -> None:
    shell = Shell(1, two=2)
    assert shell.state is None
    shell.__setstate__({"weight": 3})
    assert shell.state == {"weight": 3} and not hasattr(shell, "two")
