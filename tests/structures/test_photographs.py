"""A manifest's rows become photographs with masks; what is wrong with a row is said with its row."""

import shutil
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from fundusfm.errors import DecodeError, ManifestError, MaskError
from fundusfm.structures.photographs import StructureImage, read_structures


@pytest.fixture
def folder(manifest: Path, tmp_path: Path) -> Path:
    """A copy of the generated photographs that a test may damage."""
    shutil.copytree(manifest.parent, tmp_path / "set")
    return tmp_path / "set"


def _change(folder: Path, **cells: str) -> None:
    """Sets cells of the first row; a column is added where it is new, dropped where the value is `-`."""
    table = pd.read_csv(folder / "manifest.csv", dtype=str).fillna("")
    for column, value in cells.items():
        if value == "-":
            table = table.drop(columns=column)
            continue
        if column not in table:
            table[column] = ""
        table.loc[0, column] = value
    table.to_csv(folder / "manifest.csv", index=False)


def _read(folder: Path, **options: object) -> list[StructureImage]:
    settings = {"select": None, "need_masks": True, "log": print} | options
    return read_structures(str(folder / "manifest.csv"), **settings)  # type: ignore[arg-type]


def _first_mask(folder: Path) -> Path:
    return folder / str(pd.read_csv(folder / "manifest.csv")["vessels"][0])


def test_a_row_loads_with_its_masks_in_original_pixels(manifest: Path) -> None:
    images = read_structures(str(manifest), select="eye == left", need_masks=True, log=print)
    table = pd.read_csv(manifest, dtype=str)
    assert [image.name for image in images] == table.loc[table["eye"] == "left", "image"].tolist()
    assert images[1].patient == table["patient"][2] and images[1].row == 4 and images[1].dataset == "synthetic"
    loaded = images[0].load(allow_empty=False)
    assert loaded.image.dtype == np.uint8 and loaded.image.shape[2] == 3
    for mask in (loaded.drawn["vessels"], loaded.fov):
        assert mask.dtype == np.bool_ and mask.shape == loaded.image.shape[:2]
    assert loaded.second_observer is None and loaded.fov_given and not loaded.notes
    assert 0.02 < loaded.drawn["vessels"][loaded.fov].mean() < 0.3


def test_patients_are_unique_across_data_sets_and_children_are_patients(folder: Path) -> None:
    _change(folder, patient="-", child="07", dataset="-")
    named = _read(folder)
    assert named[0].patient == "07" and named[0].group == "patient:set/07"
    assert named[1].patient == "" and named[1].group == f"image:set/{named[1].name}"


def test_rows_without_a_mask_are_left_out_and_told(folder: Path) -> None:
    _change(folder, vessels="")
    said: list[str] = []
    assert len(_read(folder, log=said.append)) == 31
    assert "1 rows have no vessel mask and are left out, such as row 2" in said[0]
    assert len(_read(folder, need_masks=False)) == 32
    assert "vessels" not in _read(folder, need_masks=False)[0].load().drawn


def test_no_masks_at_all_is_an_error(folder: Path) -> None:
    _change(folder, vessels="-")
    with pytest.raises(ManifestError, match="no column `vessels`"):
        _read(folder)


def test_another_column_can_hold_the_masks(folder: Path) -> None:
    _change(folder, second_observer="disc/" + _first_mask(folder).name)
    (image,) = _read(folder, column="second_observer")
    assert image.masks["vessels"] == image.masks["second_observer"]


def test_a_mask_of_another_size_names_both_sizes_and_the_row(folder: Path) -> None:
    path = _first_mask(folder)
    mask = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    height, width = mask.shape
    cv2.imwrite(str(path), mask[:-3, :-5])
    with pytest.raises(MaskError, match=rf"row 2, vessel mask.*{width - 5} x {height - 3}.*{width} x {height}"):
        _read(folder)[0].load()


def test_a_mask_with_grey_levels_is_cut_and_noted(folder: Path) -> None:
    path = _first_mask(folder)
    mask = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    cv2.imwrite(str(path), cv2.GaussianBlur(mask, (3, 3), 0))
    loaded = _read(folder)[0].load(allow_empty=False)
    assert "grey levels; it is cut at half" in loaded.notes[0]
    assert (loaded.drawn["vessels"] == (mask > 0))[loaded.fov].mean() > 0.95


def test_a_missing_fov_mask_is_derived(folder: Path) -> None:
    given = _read(folder)[0].load()
    _change(folder, fov="")
    derived = _read(folder)[0].load()
    assert not derived.fov_given and not derived.notes
    assert (given.fov & derived.fov).sum() / (given.fov | derived.fov).sum() > 0.95


def test_an_empty_fov_mask_is_derived_and_noted(folder: Path) -> None:
    image = _read(folder)[0]
    cv2.imwrite(str(image.masks["fov"]), np.zeros(image.load().fov.shape, np.uint8))
    loaded = image.load()
    assert loaded.fov.any() and not loaded.fov_given and "FOV mask is empty" in loaded.notes[0]


def test_an_empty_vessel_mask_is_an_error_in_training_only(folder: Path) -> None:
    image = _read(folder)[0]
    cv2.imwrite(str(image.masks["vessels"]), np.zeros(image.load().fov.shape, np.uint8))
    assert "no vessel is marked" in image.load().notes[0]
    with pytest.raises(MaskError, match=r"row 2, vessel mask: .* marks no vessel"):
        image.load(allow_empty=False)


def test_arteries_and_veins_are_read_from_numbers_and_from_colours(folder: Path) -> None:
    height, width = _read(folder)[0].load().fov.shape
    numbers = np.zeros((height, width), np.uint8)
    for number in (1, 2, 3):
        numbers[20 * number : 20 * number + 9, 40:60] = number
    colours = np.zeros((height, width, 3), np.uint8)
    for number, colour in ((1, (0, 0, 255)), (2, (255, 0, 0)), (3, (0, 255, 0))):  # blue, green, red
        colours[numbers == number] = colour
    for drawn in (numbers, colours):
        cv2.imwrite(str(folder / "av.png"), drawn)
        _change(folder, artery_vein="av.png")
        (image,) = read_structures(
            str(folder / "manifest.csv"),
            labels=["arteries", "veins"],
            select="artery_vein == 'av.png'",
            need_masks=True,
            log=print,
        )
        loaded = image.load()
        assert image.labels == {"arteries", "veins"}
        assert np.array_equal(loaded.drawn["arteries"], numbers == 1)
        assert np.array_equal(loaded.drawn["veins"], numbers == 2)
        assert np.array_equal(~loaded.known["veins"], numbers == 3)
    cv2.imwrite(str(folder / "av.png"), numbers * 60)
    with pytest.raises(MaskError, match=r"row 2, mask of arteries and veins: .*holds the number 180"):
        image.load()


def test_lesions_have_short_names_and_an_empty_mask_says_that_there_are_none(folder: Path) -> None:
    cv2.imwrite(str(folder / "none.png"), np.zeros(_read(folder)[0].load().fov.shape, np.uint8))
    _change(folder, MA="none.png", vessels="")
    assert _read(folder)[0].row == 3
    (image,) = _read(folder, labels=["microaneurysms"], select="MA == 'none.png'")
    loaded = image.load(allow_empty=False)
    assert not loaded.drawn["microaneurysms"].any() and not loaded.notes
    _change(folder, MA="none")
    (image,) = _read(folder, labels=["microaneurysms"], select="MA == 'none'")
    assert image.labels == {"microaneurysms"} and not image.load().drawn["microaneurysms"].any()
    _change(folder, EX="-")
    with pytest.raises(ManifestError, match="no column `EX`"):
        _read(folder, labels=["hard_exudates"])


def test_an_inverted_mask_is_refused(folder: Path) -> None:
    path = _first_mask(folder)
    cv2.imwrite(str(path), 255 - cv2.imread(str(path), cv2.IMREAD_GRAYSCALE))
    with pytest.raises(MaskError, match="so invert it"):
        _read(folder)[0].load()


def test_a_photograph_without_a_visible_fov_is_used_whole(folder: Path) -> None:
    image = _read(folder)[0]
    height, width = image.load().fov.shape
    cv2.imwrite(str(image.image), np.full((height, width, 3), 120, np.uint8))
    _change(folder, fov="")
    loaded = _read(folder)[0].load()
    assert loaded.fov.all() and not loaded.fov_circle.found
    assert "the full frame is used" in loaded.notes[0]


def test_where_the_photograph_shows_no_fov_the_mask_gives_the_circle(folder: Path) -> None:
    image = _read(folder)[0]
    before = image.load()
    cv2.imwrite(str(image.image), np.full((*before.fov.shape, 3), 120, np.uint8))
    loaded = image.load()
    assert loaded.fov_circle.found and loaded.fov_circle.radius == pytest.approx(before.fov_circle.radius, rel=0.03)


def test_missing_files_are_found_before_anything_is_decoded(folder: Path) -> None:
    _change(folder, vessels="vessels/nowhere.png")
    with pytest.raises(MaskError, match=r"row 2, column `vessels`: .*nowhere.png does not exist"):
        _read(folder)
    _change(folder, vessels="", image="images/nowhere.jpg")
    with pytest.raises(DecodeError, match=r"row 2: .*nowhere.jpg does not exist"):
        _read(folder, need_masks=False)


def test_damaged_files_name_their_row(folder: Path) -> None:
    path = _first_mask(folder)
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(MaskError, match="row 2, vessel mask"):
        _read(folder)[0].load()


@pytest.mark.real
@pytest.mark.parametrize(("name", "rows", "patients"), [("drive", 40, 40), ("chase_db1", 28, 14)])
def test_real_sets_load_without_a_note(real_folder: Path, name: str, rows: int, patients: int) -> None:
    images = read_structures(
        str(real_folder / "vessels" / name / "manifest.csv"), select=None, need_masks=True, log=print
    )
    assert len(images) == rows and len({image.group for image in images}) == patients
    for image in images[::9]:
        loaded = image.load(allow_empty=False)
        assert not loaded.notes and loaded.fov_given and loaded.fov_circle.found
