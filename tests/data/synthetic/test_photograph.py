import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fundusfm.data.synthetic.camera.cameras import CAMERAS
from fundusfm.data.synthetic.lesions.diseases import DISEASES, LESIONS
from fundusfm.data.synthetic.photograph import GeneratedPhotograph, generate
from fundusfm.data.synthetic.retina.disc import GLAUCOMATOUS_CUP
from fundusfm.errors import ConfigError


@settings(max_examples=20, deadline=None)
@given(index=st.integers(0, 10_000), seed=st.integers(0, 1000), size=st.sampled_from([64, 96, 160]))
def test_labels_say_exactly_what_the_masks_hold(index: int, seed: int, size: int) -> None:
    photograph = generate(index, seed, size, abnormal_share=0.85)
    labels = photograph.labels
    assert photograph.image.dtype == np.uint8 and photograph.image.shape[0] == size
    for number, kind in enumerate(LESIONS, start=1):
        assert labels[kind] == int((photograph.lesions == number).any())
    for name, disease in DISEASES.items():
        if labels[name]:
            assert any(labels[kind] for kind in disease.lesions), (name, photograph.camera)
    present = any(labels[name] for name in DISEASES)
    assert labels["abnormal"] == int(present) == int(photograph.subject.disease != "normal")
    assert present or not photograph.lesions.any()
    assert (photograph.dr_grade > 0) == bool(labels["diabetic_retinopathy"])
    assert bool(labels["glaucoma"]) == (photograph.cup_to_disc >= GLAUCOMATOUS_CUP)


@pytest.mark.parametrize("camera", CAMERAS)
def test_masks_lie_in_the_field_and_on_what_they_mark(camera: str) -> None:
    photograph = generate(3, 1, 224, [camera], abnormal_share=0.0)
    outside = ~photograph.fov
    for mask in (photograph.vessels, photograph.disc, photograph.cup, photograph.lesions > 0):
        assert not (mask & outside).any()
    assert photograph.disc.any() and not (photograph.cup & ~photograph.disc).any()
    around = cv2.dilate(photograph.fov.astype(np.uint8), np.ones((11, 11), np.uint8)) == 0
    assert camera == "handheld" or photograph.image[around].max(initial=0) <= 10
    green = photograph.image[..., 1].astype(float)
    inner = photograph.fov & ~photograph.disc
    near = cv2.dilate(photograph.vessels.astype(np.uint8), np.ones((9, 9), np.uint8)).astype(bool)
    assert green[photograph.vessels & inner].mean() < green[near & ~photograph.vessels & inner].mean() - 3
    assert green[photograph.disc].mean() > green[inner].mean()


def _vessel_contrast(photograph: GeneratedPhotograph, shift: int) -> float:
    inner = photograph.fov & ~photograph.disc
    moved = np.roll(photograph.vessels, (shift, shift), axis=(0, 1))
    return float(photograph.image[..., 1][moved & inner].mean())


def test_vessel_mask_is_registered_to_the_pixel() -> None:
    photograph = generate(0, 2, 256, ["clinic"], abnormal_share=0.0)
    darkness = {shift: _vessel_contrast(photograph, shift) for shift in (-2, -1, 0, 1, 2)}
    assert min(darkness, key=lambda shift: darkness[shift]) == 0


def test_fov_circle_agrees_with_the_mask() -> None:
    photograph = generate(1, 4, 200, ["wide"])
    rows, columns = np.nonzero(photograph.fov)
    distance = np.hypot(columns - photograph.fov_x, rows - photograph.fov_y)
    assert np.mean(distance <= photograph.fov_radius + 0.75) > 0.99
    assert photograph.fov.sum() == pytest.approx(np.pi * photograph.fov_radius**2, rel=0.02)


def test_the_disc_is_nasal_of_the_middle_in_either_eye() -> None:
    for index, towards in ((0, -1), (1, 1)):
        photograph = generate(index, 6, 160, ["clinic"])
        assert photograph.subject.eye == ("left" if index == 0 else "right")
        middle = np.nonzero(photograph.disc)[1].mean()
        assert np.sign(middle - photograph.fov_x) == towards


def test_a_photograph_depends_on_its_arguments_alone() -> None:
    first = generate(5, 9, 128)
    generate(6, 9, 128)
    again = generate(5, 9, 128)
    assert np.array_equal(first.image, again.image) and np.array_equal(first.lesions, again.lesions)
    assert not np.array_equal(first.image, generate(5, 10, 128).image)


def test_cameras_change_the_picture_and_keep_the_patient() -> None:
    one, other = generate(8, 0, 128, ["screening"]), generate(8, 0, 128, ["handheld"])
    assert one.subject == other.subject and one.camera == "screening"
    assert one.image.shape != other.image.shape


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"index": -1}, "0 or more"),
        ({"size": 32}, "64 or more"),
        ({"cameras": ["mine"]}, "handheld"),
        ({"cameras": []}, "No camera"),
        ({"abnormal_share": 1.5}, "from 0 to 1"),
    ],
)
def test_impossible_arguments_are_refused(arguments: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        generate(**{"index": 0, "size": 64, **arguments})
