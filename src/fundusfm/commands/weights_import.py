"""`fundusfm weights import`: weights from elsewhere become a bundle with a name. Imports no torch."""


def import_weights(
    *,
    source: str,
    name: str,
    backbone: str | None = None,
    size: int | None = None,
    licence: str | None = None,
    sha256: str | None = None,
) -> str:
    """Puts weights into the cache folder, from where `--weights NAME` finds them.

    A bundle is checked and copied. Other weights (timm, torchvision, RETFound, RETFound-Green, FLAIR, state dicts with
    timm's names, pickled ResNets) become a bundle without a head: names are mapped, and a table says what was and was
    not loaded; import.json beside the weights keeps all of it. Pickled files are read as data, never run.

    Args:
        source: Folder of a bundle, zip of one, file (.safetensors, .pth, .pt, .bin, .ckpt, .pickle), or
            hf:OWNER/REPO[@REVISION], which downloads.
        name: Name for --weights: letters, digits and . _ + -
        backbone: timm model name, where it cannot be told from names and shapes.
        size: Side of the input in pixels, if not that of the weights.
        licence: Terms of the weights, for the card of weights that bring none.
        sha256: Checksum of the archive, the file, or a bundle's model.safetensors; another one is refused.

    Returns:
        The bundle's folder.

    Raises:
        WeightsError: There are no such weights, they are damaged, hold code, have another checksum or do not fit, or
            the name is taken.
        ConfigError: An option contradicts the source.
    """
    options = dict(locals())
    from fundusfm.models.importing.import_file import run_import

    return str(run_import(**options))
