"""`fundusfm data synth`: a data set of generated fundus photographs with exact labels and masks."""


def synth(
    *,
    out: str,
    count: int = 100,
    size: int = 512,
    seed: int = 0,
    cameras: list[str] | None = None,
    abnormal_share: float = 0.5,
    dataset: str = "synthetic",
    workers: int | None = None,
    overwrite: bool = False,
) -> None:
    """Generates fundus photographs with exact labels and masks of vessels, disc and lesions.

    Writes `images/`, `vessels/`, `disc/`, `lesions/`, `fov/` and, last, `manifest.csv`. Photograph i depends on
    the seed, its number, the size, the cameras and the share alone: a larger count only adds photographs.

    Args:
        out: Folder to write; refused when it holds something, unless --overwrite.
        count: Number of photographs; two, the left and the right eye, of each patient.
        size: Height of each photograph in pixels.
        seed: Seed of the data set; photographs of different seeds show different patients.
        cameras: Camera styles to choose from: clinic, screening, notched, cropped, narrow, handheld, wide, archive.
            All of them by default; leave one out here and name only it in a second call for an external set.
        abnormal_share: Share of abnormal eyes, 0 to 1.
        dataset: Name of the data set, written into its manifest.
        workers: Processes to use; all cores by default.
        overwrite: Replace an earlier data set in the folder.

    Raises:
        ConfigError: The folder holds something already, or an argument is out of its range.
    """
    from pathlib import Path

    from fundusfm.data.synthetic.camera.cameras import cameras_named
    from fundusfm.data.synthetic.writing import Settings, write_dataset

    settings = Settings(
        count=count,
        size=size,
        seed=seed,
        cameras=cameras_named(cameras),
        abnormal_share=abnormal_share,
        dataset=dataset,
    )
    print(write_dataset(Path(out), settings, workers=workers, overwrite=overwrite))
