"""What is shared, what needs what, and which bundle a cell takes."""

from pathlib import Path
from typing import Any

from tests.study.conftest import WriteStudy

from fundusfm.config.finetune import FinetuneConfig
from fundusfm.config.probe import ProbeConfig
from fundusfm.study.jobs import Job, make_jobs
from fundusfm.study.spec import read_spec

_UPSTREAM = {"data": ["inside"], "labels": ["abnormal"]}


def _jobs(write_study: WriteStudy, **replaced: Any) -> dict[str, Job]:
    return {job.id: job for job in make_jobs(read_spec(str(write_study(**replaced))), Path("study"))}


def _matrix(**axes: Any) -> dict[str, Any]:
    return {"strategies": ["scratch"], "backbones": ["test_resnet"], "sizes": [32], **axes}


def test_every_job_comes_after_those_it_needs(write_study: WriteStudy) -> None:
    seen: set[str] = set()
    matrix = _matrix(strategies=["scratch", "fundus"], methods=["LF", "FF"], sizes=[32, 64])
    for id, job in _jobs(write_study, matrix=matrix, upstream=_UPSTREAM).items():
        assert seen.issuperset(job.depends_on), id
        seen.add(id)


def test_stores_bundles_and_features_are_made_once(write_study: WriteStudy) -> None:
    jobs = _jobs(write_study, matrix=_matrix(fractions=[0.1, 0.5, 1.0], methods=["LF", "FF"]))
    kinds = [job.kind for job in jobs.values()]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {
        "prepare": 2,
        "pretrain": 1,
        "features": 2,
        "LF": 3,
        "FF": 3,
    }


def test_a_cell_takes_the_largest_pretrained_size_that_is_not_above_its_own(write_study: WriteStudy) -> None:
    matrix = _matrix(strategies=["fundus"], sizes=[16, 32, 48, 64])
    jobs = _jobs(write_study, matrix=matrix, upstream=_UPSTREAM, pretraining={"sizes": [64, 32]})
    taken = {job.cell.size: Path(job.call.config.weights).parent.name for job in jobs.values() if job.cell}
    assert taken == {
        16: "fundus-test_resnet-32px-seed0",
        32: "fundus-test_resnet-32px-seed0",
        48: "fundus-test_resnet-32px-seed0",
        64: "fundus-test_resnet-64px-seed0",
    }


def test_a_larger_size_goes_on_from_the_smaller_one(write_study: WriteStudy) -> None:
    pretraining = {"sizes": [32, 64], "progressive": True, "options": {"epochs": 4}, "larger": {"epochs": 1}}
    jobs = _jobs(write_study, matrix=_matrix(strategies=["fundus"], sizes=[64]), upstream=_UPSTREAM,
                 pretraining=pretraining)  # fmt: skip
    large, small = (jobs[f"pretrain/fundus-test_resnet-{size}px-seed0"] for size in (64, 32))
    assert small.id in large.depends_on
    assert large.call.config.weights == str(small.folder / "bundle")
    assert (small.call.config.epochs, large.call.config.epochs) == (4, 1)
    assert small.call.config.train != large.call.config.train


def test_strategies_that_see_no_photograph_train_on_none(write_study: WriteStudy) -> None:
    job = _jobs(write_study)["pretrain/scratch-test_resnet-32px-seed0"]
    assert job.call.config.train is None
    assert job.depends_on == ()


def test_options_of_the_study_reach_the_cells(write_study: WriteStudy) -> None:
    jobs = _jobs(write_study, matrix=_matrix(methods=["LF", "FF"]), finetune={"epochs": 3, "mixup": 0.2}, folds=3)
    probe, finetune = (
        jobs[f"{kind}/abnormality/{kind}-scratch-test_resnet-32px-100pct-seed0"] for kind in ("LF", "FF")
    )
    assert isinstance(probe.call.config, ProbeConfig)
    assert isinstance(finetune.call.config, FinetuneConfig)
    assert (finetune.call.config.epochs, finetune.call.config.mixup) == (3, 0.2)
    assert probe.call.config.folds == finetune.call.config.folds == 3
    assert probe.call.config.data == finetune.call.config.data


def test_a_moved_study_has_the_same_calls(write_study: WriteStudy) -> None:
    spec = read_spec(str(write_study()))
    one, two = (make_jobs(spec, Path(folder)) for folder in ("here", "there"))
    assert [job.digest for job in one] == [job.digest for job in two]
    assert len({job.digest for job in one}) == len(one)


def test_declared_weights_are_read_as_they_are(write_study: WriteStudy, tmp_path: Path) -> None:
    file = tmp_path / "mine v2.pth"
    file.write_bytes(b"")
    weights = {
        "mine": {"source": str(file), "backbone": "test_resnet"},
        "shipped": "light",
        "lite": "tf_efficientnet_lite0",
        "random": {"source": "scratch", "backbone": "test_vit"},
    }
    jobs = _jobs(write_study, matrix={"weights": weights, "sizes": [32]})
    probes = {job.cell.strategy: job for job in jobs.values() if job.cell}
    assert list(probes) == list(weights)
    assert {name: Path(job.call.config.weights).parent.name for name, job in probes.items()} == {
        "mine": tmp_path.name,
        "shipped": "",
        "lite": "imagenet-tf_efficientnet_lite0-32px-seed0",
        "random": "scratch-test_vit-32px-seed0",
    }
    assert probes["mine"].call.config.backbone == "test_resnet"
    assert jobs["pretrain/imagenet-tf_efficientnet_lite0-32px-seed0"].id in probes["lite"].depends_on
    features = jobs["features/mine-test_resnet-32px-seed0-of-inside-32px"]
    assert features.id in probes["mine"].depends_on and features.call.config.backbone == "test_resnet"
    assert not [job for job in jobs.values() if job.kind == "pretrain" and "mine" in job.id]
