"""Recipes follow the task: what is printed after the crop is what the model returns."""

import ast
from collections.abc import Callable

import pytest

from fundusfm.models.bundle import Bundle
from fundusfm.models.card.recipes import bundle_use, crop_recipe, timm_recipe
from fundusfm.models.card.schema import Card


@pytest.fixture
def card(make_bundle: Callable[..., Bundle]) -> Card:
    return make_bundle("test_resnet", ("a", "b"), 64).card


def _code(lines: list[str]) -> list[str]:
    return ["\n".join(block.splitlines()[1:]) for block in "\n".join(lines).split("```")[1::2]]


def test_the_crop_has_the_models_size(card: Card) -> None:
    (code,) = _code(crop_recipe(card))
    ast.parse(code)
    assert "(64, 64)" in code


@pytest.mark.parametrize(("task", "call"), [("multilabel", "sigmoid()"), ("multiclass", "softmax(1)")])
def test_scores_follow_the_task(card: Card, task: str, call: str) -> None:
    (code,) = _code(timm_recipe(card.model_copy(update={"task": task})))
    ast.parse(code)
    assert f"network(images).{call}" in code


def test_views_are_averaged(card: Card) -> None:
    code = "\n".join(timm_recipe(card.model_copy(update={"views": 4})))
    assert "views = [images, images.flip(3), images.flip(2), images.flip(2, 3)]" in code
    assert "scores = torch.stack([network(view) for view in views]).mean(0).sigmoid()" in code
    assert "import torch" in code and "torch" not in "\n".join(timm_recipe(card))


def test_a_temperature_is_mentioned_where_there_is_one(card: Card) -> None:
    assert "temperature" not in " ".join(timm_recipe(card))
    assert "temperature" in " ".join(timm_recipe(card.model_copy(update={"temperature": {"a": 2.0}})))


def test_a_backbone_gives_features_and_cannot_be_loaded_to_predict(card: Card) -> None:
    text = "\n".join(bundle_use(card.model_copy(update={"labels": [], "task": None})))
    assert "features = network(images)" in text and "fundusfm.load" not in text
    assert "fundusfm.load" in "\n".join(bundle_use(card))


def test_a_segmenter_is_used_by_its_own_command(card: Card) -> None:
    changes = {"task": "vessels", "labels": ["vessels"]}
    unet, tiny = (
        "\n".join(bundle_use(card.model_copy(update=changes | {"decoder": decoder}))) for decoder in ("unet", "tiny")
    )
    assert "fundusfm segment predict" in unet and "segmentation_models_pytorch" in unet
    assert "segmentation_models_pytorch" not in tiny
