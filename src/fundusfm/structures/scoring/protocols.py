"""The splits on which published vessel segmenters are compared, as data.

Photographs are recognised by how their file name begins, which is the same in every copy of a set: `21` stands for
`21_training.tif` and for `21.png`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from fundusfm.data.manifest.splits import group_folds
from fundusfm.errors import ConfigError, SplitError
from fundusfm.structures.photographs import StructureImage

Split = tuple[list[int], list[int]]
"""Positions of the training photographs, and of the test photographs."""


@dataclass(frozen=True)
class Protocol:
    """One way to divide a set.

    Attributes:
        name: Its name.
        dataset: The set it is for.
        kind: `fixed` (one split), `folds` (by patient) or `leave-one-out` (each patient, or image of unknown patient).
        source: Who uses it.
        train: For a fixed split, how the file names of training photographs begin; the set's other photographs are
            ignored.
        test: The same for test photographs.
        folds: Number of folds.
    """

    name: str
    dataset: str
    kind: Literal["fixed", "folds", "leave-one-out"]
    source: str
    train: tuple[str, ...] = ()
    test: tuple[str, ...] = ()
    folds: int = 5


def _numbers(low: int, high: int, form: str = "{:02d}") -> tuple[str, ...]:
    return tuple(form.format(number) for number in range(low, high + 1))


def _eyes(low: int, high: int) -> tuple[str, ...]:
    return tuple(f"image_{number}{eye}" for number in _numbers(low, high) for eye in "lr")


def _classes(low: int, high: int) -> tuple[str, ...]:
    return tuple(f"{number}_{group}" for group in ("h", "dr", "g") for number in _numbers(low, high))


_STARE = tuple(
    f"im{number:04d}"
    for number in (1, 2, 3, 4, 5, 44, 77, 81, 82, 139, 162, 163, 235, 236, 239, 240, 255, 291, 319, 324)
)

PROTOCOLS: dict[str, Protocol] = {
    protocol.name: protocol
    for protocol in (
        Protocol(
            name="drive",
            dataset="DRIVE",
            kind="fixed",
            source="the published parts: Staal et al., IEEE TMI 2004",
            train=_numbers(21, 40),
            test=_numbers(1, 20),
        ),
        Protocol(
            name="chase_db1-children",
            dataset="CHASE_DB1",
            kind="folds",
            source="five folds by child, both eyes together",
        ),
        Protocol(
            name="chase_db1-20-8",
            dataset="CHASE_DB1",
            kind="fixed",
            source="first 20 photographs train, last 8 test: the most frequent one",
            train=_eyes(1, 10),
            test=_eyes(11, 14),
        ),
        Protocol(
            name="chase_db1-first-8",
            dataset="CHASE_DB1",
            kind="fixed",
            source="first 8 photographs train, last 20 test: Galdran et al. (lwnet), Scientific Reports 2022",
            train=_eyes(1, 4),
            test=_eyes(5, 14),
        ),
        Protocol(
            name="chase_db1-last-8",
            dataset="CHASE_DB1",
            kind="fixed",
            source="last 8 photographs train, first 20 test: Laibacher and Anjos (bob.ip.binseg, deepdraw), 2019",
            train=_eyes(11, 14),
            test=_eyes(1, 10),
        ),
        Protocol(
            name="stare-leave-one-out",
            dataset="STARE",
            kind="leave-one-out",
            source="Soares et al., IEEE TMI 2006",
        ),
        Protocol(
            name="stare-10-10",
            dataset="STARE",
            kind="fixed",
            source="first 10 photographs train, last 10 test: Maninis et al. (DRIU), MICCAI 2016",
            train=_STARE[:10],
            test=_STARE[10:],
        ),
        Protocol(
            name="stare-16-4",
            dataset="STARE",
            kind="fixed",
            source="first 16 photographs train, last 4 test",
            train=_STARE[:16],
            test=_STARE[16:],
        ),
        Protocol(
            name="hrf",
            dataset="HRF",
            kind="fixed",
            source="first five photographs of each class train, the other 30 test: Orlando et al., IEEE TBME 2017",
            train=_classes(1, 5),
            test=_classes(6, 15),
        ),
    )
}
"""Protocol name to protocol."""


def protocol_splits(name: str, images: Sequence[StructureImage], *, seed: int = 0) -> list[Split]:
    """Divides the photographs of a set.

    Args:
        name: A key of `PROTOCOLS`.
        images: The whole set; a fixed split ignores other photographs among them.
        seed: Random seed of folds.

    Returns:
        Positions in `images` of training and test photographs, for each split.

    Raises:
        ConfigError: There is no such protocol.
        SplitError: A photograph of the protocol is missing or found twice, or there are too few patients.
    """
    if name not in PROTOCOLS:
        raise ConfigError(f"There is no protocol {name}; there are {', '.join(PROTOCOLS)}")
    protocol = PROTOCOLS[name]
    if protocol.kind == "fixed":
        return [(_places(protocol, protocol.train, images), _places(protocol, protocol.test, images))]
    groups = np.array([image.group for image in images], dtype=object)
    if protocol.kind == "folds":
        fold = group_folds(groups, np.zeros(len(images)), folds=protocol.folds, seed=seed)
        tests = [fold == number for number in range(protocol.folds)]
    else:
        tests = [groups == group for group in dict.fromkeys(groups)]
        if len(tests) < 2:
            raise SplitError(f"Protocol {name} leaves one patient out, but there is no other; name more data")
    return [(np.flatnonzero(~test).tolist(), np.flatnonzero(test).tolist()) for test in tests]


def _places(protocol: Protocol, keys: Sequence[str], images: Sequence[StructureImage]) -> list[int]:
    stems = [Path(image.name.replace("\\", "/")).stem.lower() for image in images]
    places = []
    for key in keys:
        # `1_h` must not match `11_h`, nor `im0001` `im00015`.
        found = [place for place, stem in enumerate(stems) if re.match(rf"{key}(?![a-z0-9])", stem)]
        if len(found) != 1:
            raise SplitError(
                f"Protocol {protocol.name} needs one photograph of {protocol.dataset} whose name begins with {key}, "
                f"but {len(found) or 'none'} of the {len(images)} does; give the whole set, under its published names"
            )
        places += found
    return places
