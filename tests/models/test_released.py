"""Shipped bundles: found by name, and refused where a file is not the one that was released."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from fundusfm.cli import main
from fundusfm.commands.weights import list_weights, show_weights
from fundusfm.errors import WeightsError
from fundusfm.models import released
from fundusfm.models.bundle import Bundle
from fundusfm.models.listing import find_bundle, listed_weights
from fundusfm.models.resolve import resolve_weights
from fundusfm.models.trainable import save_bundle

Shelf = Callable[[str], Path]


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_bundle: Callable[..., Bundle]) -> Shelf:
    """Puts a bundle on a shelf of its own, with its checksums."""
    folder = tmp_path / "released"
    folder.mkdir()
    (folder / released.SUMS).touch()
    monkeypatch.setattr(released, "RELEASED", folder)

    def put(name: str) -> Path:
        bundle = make_bundle()
        save_bundle(folder / name, bundle.network, bundle.card)
        with (folder / released.SUMS).open("a") as file:
            for path in sorted((folder / name).iterdir()):
                file.write(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {name}/{path.name}\n")
        return folder / name

    return put


def test_what_is_released_is_found_listed_and_loaded(shelf: Shelf, capsys: pytest.CaptureFixture[str]) -> None:
    path = shelf("light")
    assert find_bundle("light") == path and released.default_weights() == str(path)
    assert resolve_weights("light", size=64).path == path
    list_weights(json=True)
    (row,) = [row for row in json.loads(capsys.readouterr().out) if row["name"] == "light"]
    assert row["shipped"] is True
    assert main(["weights", "list"]) == 0
    assert "shipped" in capsys.readouterr().out


def test_a_released_name_always_means_the_released_bundle(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_bundle: Callable[..., Bundle]
) -> None:
    path, other = shelf("light"), make_bundle()
    monkeypatch.setenv("FUNDUSFM_CACHE", str(tmp_path / "cache"))
    save_bundle(tmp_path / "cache" / "weights" / "light", other.network, other.card)
    assert listed_weights() == {"light": path}


@pytest.mark.parametrize("file", ["model.safetensors", "model.onnx", "card.json", "config.json", "README.md"])
@pytest.mark.parametrize("harm", ["damaged", "missing"])
def test_a_damaged_or_missing_file_is_refused(shelf: Shelf, file: str, harm: str) -> None:
    path = shelf("light") / file
    if harm == "missing":
        path.unlink()
    else:
        content = bytearray(path.read_bytes())
        content[-1] ^= 1
        path.write_bytes(content)
    for use in (
        list_weights,
        lambda: show_weights(name="light"),
        lambda: resolve_weights("light", size=64),
        lambda: find_bundle(path.parent),
    ):
        with pytest.raises(WeightsError, match=rf"light/{file} is {harm}.*--force-reinstall"):
            use()


def test_other_bundles_do_not_suffer(shelf: Shelf) -> None:
    (shelf("light") / "card.json").unlink()
    assert find_bundle("vessels" if shelf("vessels").exists() else "")


def test_an_empty_shelf_says_how_to_give_weights(shelf: Shelf) -> None:
    assert released.released_bundles() == {}
    with pytest.raises(WeightsError, match=r"ships no bundle 'light'.*--weights"):
        released.default_weights()


@pytest.mark.parametrize("line", ["nonsense", "ab  light/card.json", f"{'0' * 64}  card.json"])
def test_a_damaged_list_is_told_with_its_line(shelf: Shelf, line: str) -> None:
    shelf("light")
    with (released.RELEASED / released.SUMS).open("a") as file:
        file.write(line + "\n")
    with pytest.raises(WeightsError, match=r"SHA256SUMS: line 6 is no checksum"):
        released.released_bundles()


def test_what_ships_is_whole_and_small() -> None:
    for path in released.released_bundles().values():
        released.check_released(path)
        assert sum(file.stat().st_size for file in path.iterdir()) <= 20e6
