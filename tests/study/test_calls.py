"""Calls are compared by what they call and with which options, and travel to other processes."""

import pickle
from dataclasses import replace

from fundusfm.config.data import PrepareConfig
from fundusfm.config.probe import ProbeConfig
from fundusfm.data.store.prepare import run_prepare
from fundusfm.study.calls import Call
from fundusfm.training.probe import run_probe

_PROBE = ProbeConfig(data="/study/store", labels=["abnormal"], weights="/study/bundle", out="/study/cell")


def test_the_digest_follows_the_options() -> None:
    call = Call(run_probe, _PROBE)
    assert call.digest() == Call(run_probe, replace(_PROBE)).digest()
    assert call.digest() != Call(run_probe, replace(_PROBE, folds=3)).digest()
    assert call.digest() == Call(run_probe, replace(_PROBE, folds=5)).digest(), "a default may also be written out"
    moved = replace(_PROBE, data="/elsewhere/store", weights="/elsewhere/bundle", out="/elsewhere/cell")
    assert call.digest(without="/study") == Call(run_probe, moved).digest(without="/elsewhere")


def test_calls_travel() -> None:
    call = Call(run_prepare, PrepareConfig(manifest="m.csv", size=64, out="store"))
    assert pickle.loads(pickle.dumps(call)) == call  # noqa: S301 - written in this line
