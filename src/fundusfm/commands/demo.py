"""`fundusfm demo`: the whole line on generated photographs, from nothing to a report, over the public API."""


def demo(
    *,
    out: str = "demo",
    imagenet_weights: str | None = None,
    backbone: str | None = None,
    seed: int = 0,
    overwrite: bool = False,
    resume: bool = False,
) -> None:
    """Generates photographs, pretrains, adapts, evaluates and explains, and ends in OUT/report.html.

    Takes minutes on two cores. The external set comes from a camera that no training photograph was taken with. The
    two strategies that start from ImageNet need its weights: --imagenet-weights, or a network for timm's own; without
    either they are left out, and the report says so.

    Args:
        out: Folder to write.
        imagenet_weights: File of ImageNet weights with timm keys (safetensors), for the backbone.
        backbone: timm model name; a very small one (test_resnet) by default, or mobilenetv2_100 where
            --imagenet-weights is given.
        seed: Seed of the photographs and of all training.
        overwrite: Replace an existing demo.
        resume: Continue a demo that was stopped; finished stages are kept.

    Raises:
        RunFolderError: OUT holds something already, and neither flag is given.
        WeightsError: The file of ImageNet weights cannot be read or does not fit the backbone.
    """
    config = dict(locals())
    from fundusfm.demo import run_demo

    run_demo(**config)
