"""The header by which the Hub sorts models."""

from collections.abc import Callable

import pytest
import yaml

from fundusfm.models.bundle import Bundle
from fundusfm.models.hub.model_card import model_card


def _header(text: str) -> dict[str, object]:
    header: dict[str, object] = yaml.safe_load(text.split("---\n")[1])
    return header


def test_licences(make_bundle: Callable[..., Bundle]) -> None:
    card = make_bundle().card
    known = _header(model_card(card.model_copy(update={"licence": "Apache-2.0"}), "# x\n"))
    assert known["license"] == "apache-2.0" and "license_name" not in known
    own = _header(model_card(card.model_copy(update={"licence": "research, ask us"}), "# x\n"))
    assert (own["license"], own["license_name"]) == ("other", "as-stated-below")


@pytest.mark.parametrize(
    ("changes", "pipeline", "library"),
    [
        ({}, "image-classification", "timm"),
        ({"labels": []}, "image-feature-extraction", "timm"),
        ({"labels": [], "decoder": "Unet", "task": "vessels"}, "image-segmentation", "segmentation-models-pytorch"),
    ],
)
def test_kinds(make_bundle: Callable[..., Bundle], changes: dict[str, object], pipeline: str, library: str) -> None:
    header = _header(model_card(make_bundle().card.model_copy(update=changes), "# x\n"))
    assert (header["pipeline_tag"], header["library_name"]) == (pipeline, library)


def test_a_header_is_replaced_and_rules_stay(make_bundle: Callable[..., Bundle]) -> None:
    card = make_bundle().card
    once = model_card(card, "# x\n\n---\n\nbelow a rule\n")
    assert model_card(card, once) == once and "below a rule" in once
