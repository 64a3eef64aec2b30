"""The field's splits, on file names as the sets are published."""

from pathlib import Path

import pytest

from fundusfm.errors import ConfigError, SplitError
from fundusfm.structures.photographs import StructureImage
from fundusfm.structures.scoring.protocols import PROTOCOLS, protocol_splits

_STARE = (1, 2, 3, 4, 5, 44, 77, 81, 82, 139, 162, 163, 235, 236, 239, 240, 255, 291, 319, 324)
NAMES = {
    "DRIVE": [f"training/images/{number}_training.tif" for number in range(21, 41)]
    + [f"test/images/{number:02d}_test.tif" for number in range(1, 21)],
    "CHASE_DB1": [f"images/Image_{child:02d}{eye}.jpg" for child in range(1, 15) for eye in "LR"],
    "STARE": [f"stare-images/im{number:04d}.ppm" for number in _STARE],
    "HRF": [f"images/{number:02d}_{group}.JPG" for number in range(1, 16) for group in ("dr", "g", "h")],
}


def _images(dataset: str) -> list[StructureImage]:
    child = {name: name[13:15] if dataset == "CHASE_DB1" else "" for name in NAMES[dataset]}
    return [
        StructureImage(name, row, dataset, child[name], Path("manifest.csv"), Path(name), {})
        for row, name in enumerate(NAMES[dataset], start=2)
    ]


@pytest.mark.parametrize("name", list(PROTOCOLS))
def test_training_and_test_never_share_a_photograph_or_a_patient(name: str) -> None:
    images = _images(PROTOCOLS[name].dataset)
    for train, test in protocol_splits(name, images):
        assert train and test and not set(train) & set(test)
        assert not {images[place].group for place in train} & {images[place].group for place in test}


@pytest.mark.parametrize(
    ("name", "train", "test"),
    [
        ("drive", 20, 20), ("chase_db1-20-8", 20, 8), ("chase_db1-first-8", 8, 20), ("chase_db1-last-8", 8, 20),
        ("stare-10-10", 10, 10), ("stare-16-4", 16, 4), ("hrf", 15, 30),
    ],
)  # fmt: skip
def test_fixed_splits_have_their_published_sizes(name: str, train: int, test: int) -> None:
    ((training, testing),) = protocol_splits(name, _images(PROTOCOLS[name].dataset))
    assert (len(training), len(testing)) == (train, test)


def test_which_photographs_they_are() -> None:
    images = _images("CHASE_DB1")
    ((train, _),) = protocol_splits("chase_db1-last-8", images)
    assert [Path(images[place].name).stem for place in train][::2] == [
        "Image_11L",
        "Image_12L",
        "Image_13L",
        "Image_14L",
    ]
    images = _images("HRF")
    ((train, _),) = protocol_splits("hrf", images)
    assert {Path(images[place].name).stem[:2] for place in train} == {"01", "02", "03", "04", "05"}


def test_every_photograph_is_tested_once_where_splits_rotate() -> None:
    for name, splits in (("stare-leave-one-out", 20), ("chase_db1-children", 5)):
        found = protocol_splits(name, _images(PROTOCOLS[name].dataset))
        tested = sorted(place for _, test in found for place in test)
        assert len(found) == splits and tested == list(range(len(NAMES[PROTOCOLS[name].dataset])))


def test_what_is_missing_is_named() -> None:
    with pytest.raises(SplitError, match="begins with 21, but none of the 39"):
        protocol_splits("drive", _images("DRIVE")[1:])
    with pytest.raises(ConfigError, match="no protocol dirve; there are drive, "):
        protocol_splits("dirve", [])


@pytest.mark.real
@pytest.mark.parametrize("name", ["drive", "chase_db1-20-8", "chase_db1-children"])
def test_real_manifests_follow_them(real_folder: Path, name: str) -> None:
    from fundusfm.structures.photographs import read_structures

    dataset = PROTOCOLS[name].dataset.lower()
    manifest = str(real_folder / "vessels" / dataset / "manifest.csv")
    images = read_structures(manifest, select=None, need_masks=True, log=print)
    covered = {place for train, test in protocol_splits(name, images) for place in (*train, *test)}
    assert len(covered) == len(images)
