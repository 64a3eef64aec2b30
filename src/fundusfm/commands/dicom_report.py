"""`fundusfm dicom report`: DICOM photographs in, structured reports and overlays out."""


def dicom_report(
    *,
    images: list[str],
    weights: str,
    out: str,
    label: str | None = None,
    operating_point: str = "youden",
    overlays: bool = True,
    overwrite: bool = False,
    resume: bool = False,
) -> int:
    """Scores DICOM photographs and writes what an archive takes back: a structured report and an overlay each.

    Writes OUT/instances (Comprehensive SR per image, with finding, score, calibrated probability, decision, model and
    operating point; Grad-CAM as a secondary capture per frame; both in the patient's study) and OUT/results.csv with a
    row per frame. UIDs follow from image and model, so that a second run yields the same instances.

    Args:
        images: DICOM files, or folders that are searched for them.
        weights: Bundle with a head, a run folder that holds one, or a name from `fundusfm weights list`.
        out: Folder to write.
        label: Whose evidence overlays show; `abnormal`, or each frame's highest-scoring label, by default.
        operating_point: Of the model's card, for decisions.
        overlays: Draw overlays; `--no-overlays` writes reports only.
        overwrite: Replace an existing folder.
        resume: Go on in an existing folder; images whose report is there are left out.

    Returns:
        0, or 3 if an image failed; one that is refused (`ungradable`, `not_fundus`) has not.

    Raises:
        WeightsError: The weights are missing or have no head.
        ConfigError: No DICOM file is found, or the model has no such operating point.
        LabelError: The model has no such label.
        MissingExtraError: highdicom or pydicom is not installed.
    """
    config = dict(locals())
    from fundusfm.screening.dicom.report import run_report

    return run_report(**config)
