"""What computes, by name."""

import onnxruntime
import pytest

from fundusfm.errors import ConfigError
from fundusfm.models.engine import devices


def test_the_processor_is_always_there() -> None:
    assert devices.providers("cpu") == ["CPUExecutionProvider"] and devices.torch_device("cpu") is None


def test_providers_by_name_fall_back_to_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    there = ["CUDAExecutionProvider", "DmlExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: there)
    assert devices.providers("cuda") == devices.providers("auto") == ["CUDAExecutionProvider", "CPUExecutionProvider"]
    assert devices.providers("directml") == ["DmlExecutionProvider", "CPUExecutionProvider"]


def test_another_name_is_refused_with_those_that_are_there() -> None:
    with pytest.raises(ConfigError, match=r"--device tpu is not there.* cpu"):
        devices.providers("tpu")


def test_without_a_graphics_card_torch_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "_may_have_graphics", lambda: False)
    devices.torch_device.cache_clear()
    assert devices.torch_device("auto") is devices.torch_device("cuda") is None
    devices.torch_device.cache_clear()


def test_threads_follow_the_environment_and_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "_limit", None)
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert devices.threads() == 3
    monkeypatch.setenv("OMP_NUM_THREADS", "many")
    assert devices.threads() >= 1
    devices.limit_threads(2)
    assert devices.threads() == 2
