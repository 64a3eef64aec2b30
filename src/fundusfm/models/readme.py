"""The text that stands beside released weights, made from the card alone."""

from fundusfm.models.card import Card


def readme(card: Card) -> str:
    """Returns the bundle's README as Markdown."""
    lines = [
        f"# {card.name}",
        "",
        f"{card.architecture}{f' with decoder {card.decoder}' if card.decoder else ''}, "
        f"strategy `{card.strategy}`, input {card.size} px "
        f"(crop `{card.crop}`), licence: {card.licence}.",
        "",
        card.intended_use,
        "",
    ]
    if card.labels:
        lines += [f"Task: {card.task} ({card.method or 'pretraining'}). Labels:", ""]
        lines += [
            f"- `{label}`: {card.label_definitions.get(label, 'as in the training data')}" for label in card.labels
        ]
        lines.append("")
    if card.training_data:
        lines += ["Trained on:", ""]
        lines += [
            f"- {data.name}: {data.rows} photographs of {data.patients} patients"
            + (f" where `{data.select}`" if data.select else "")
            + f" (hash `{data.hash[:12]}`)"
            for data in card.training_data
        ]
        lines.append("")
    if card.lineage:
        lines += ["History of the weights:", ""]
        lines += [f"{number}. {step.what}" for number, step in enumerate(card.lineage, start=1)]
        lines.append("")
    if card.operating_points:
        lines += [
            "Operating points (chosen on validation predictions only):",
            "",
            "| label | point | threshold | sensitivity | specificity |",
            "| --- | --- | --- | --- | --- |",
        ]
        lines += [
            f"| {label} | {name} | {point.threshold:.4f} | {point.sensitivity:.3f} | {point.specificity:.3f} |"
            for label, points in card.operating_points.items()
            for name, point in points.items()
        ]
        lines.append("")
    return "\n".join(lines + (_usage_of_segmenter(card) if card.decoder else _usage(card)))


def _usage(card: Card) -> list[str]:
    return [
        "```python",
        "import fundusfm",
        "",
        'model = fundusfm.load("PATH_OF_THIS_FOLDER")',
        'model.predict(["photograph.jpg"])',
        "```",
        "",
        'Without fundusfm: `timm.create_model("local-dir:PATH_OF_THIS_FOLDER", pretrained=True)`; the network takes '
        f"FOV crops of {card.size} px, scaled to 0..1, minus {card.mean}, over {card.std}.",
        "",
    ]


def _usage_of_segmenter(card: Card) -> list[str]:
    lines = [
        "```",
        "fundusfm segment predict --weights PATH_OF_THIS_FOLDER --images photograph.jpg --out OUT",
        "```",
        "",
    ]
    if card.decoder != "tiny":
        lines += [
            "Without fundusfm: `segmentation_models_pytorch.create_model` with the arguments in `config.json`, then "
            f"`load_state_dict` of `model.safetensors`; the network takes FOV crops of {card.size} px, scaled to 0..1, "
            f"minus {card.mean}, over {card.std}, and returns the logit of vessel for every pixel.",
            "",
        ]
    return lines
