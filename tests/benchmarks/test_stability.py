"""The variants are small changes, and the table counts flips inside and outside the uncertain zone."""

from pathlib import Path

import numpy as np
import pytest
import skimage.data
from tests.screening.pictures import encode

from benchmarks.stability import sample, screen, table, variants
from fundusfm.data.decode.image import decode_bytes
from fundusfm.data.inputs.source import Source
from fundusfm.screening.screener import Screener


@pytest.fixture
def source(tmp_path: Path) -> Source:
    path = tmp_path / "retina.png"
    path.write_bytes(encode(np.ascontiguousarray(skimage.data.retina()[::4, ::4]), ".png"))
    return Source(str(path), str(path))


def test_variants_are_what_their_names_say(source: Source) -> None:
    found = dict(variants(source))
    original = decode_bytes(found["unchanged"].content, name="x").image
    assert len(found) == 8
    mirrored, smaller, noisy, darker = (
        found[name].image for name in ("mirrored", "5 % smaller", "noise of ±1", "10 % darker")
    )
    assert mirrored is not None and smaller is not None and noisy is not None and darker is not None
    np.testing.assert_array_equal(mirrored, original[:, ::-1])
    assert smaller.shape[0] == round(0.95 * original.shape[0])
    assert np.abs(noisy.astype(int) - original).max() == 1
    assert darker.mean() == pytest.approx(0.9 * original.mean(), rel=0.02)
    again = dict(variants(source))["noise of ±1"].image
    assert again is not None
    np.testing.assert_array_equal(noisy, again)
    worse = decode_bytes(found["JPEG at quality 75"].content, name="x").image
    better = decode_bytes(found["JPEG at quality 90"].content, name="x").image
    assert np.abs(better.astype(int) - original).mean() < np.abs(worse.astype(int) - original).mean() < 6


def test_the_sample_stays_and_keeps_to_the_downstream_part(tmp_path: Path) -> None:
    lines = [f"{number}.jpg,{'downstream' if number % 2 else 'upstream'}" for number in range(20)]
    (tmp_path / "manifest.csv").write_text("image,part\n" + "\n".join(lines) + "\n")
    found = sample(tmp_path / "manifest.csv", 4)
    assert len(found) == 4
    assert {one.columns["part"] for one in found} == {"downstream"}
    assert found == sample(tmp_path / "manifest.csv", 4)


def test_flips_are_counted_inside_and_outside_the_zone() -> None:
    before = np.array([[0.1, 0, 0], [0.4, 0, 1], [0.9, 1, 0], [0.8, 1, 0]])
    after = np.array([[0.2, 0, 0], [0.6, 1, 1], [0.3, 0, 0], [0.8, 1, 0]])
    lines = list(table({"unchanged": before, "mirrored": after}, "plain"))
    assert lines[0] == "| plain | mirrored | 0.150 | 0.540 | 50.0% | 25.0% |"
    assert "25.0% of 4 are in the zone" in lines[1]


def test_screening_leaves_out_what_is_refused(source: Source, tmp_path: Path) -> None:
    broken = tmp_path / "black.png"
    broken.write_bytes(encode(np.zeros((300, 300, 3), np.uint8), ".png"))
    found = screen(Screener(["light"]), [source, Source(str(broken), str(broken))], "abnormal")
    assert {cells.shape for cells in found.values()} == {(1, 3)}
    assert all(0 < cells[0, 0] < 1 for cells in found.values())
