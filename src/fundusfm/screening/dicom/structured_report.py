"""One Comprehensive SR per image: TID 1500 with a measurement group per frame and label.

The first group of a frame holds the decision of the referral rule, if the model has one, with the labels that it is
for. The group of a label holds the finding, its site with the eye, score, calibrated probability and the prevalence for
which it holds, the operating point's threshold, the decision, the algorithm (name, version, weights) and a reference to
the source image (PS3.16, TID 1500 and 1501). A frame that is refused has one group without a finding: quality, status
and reasons, so that it is known to be seen.
"""

from collections.abc import Mapping
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from fundusfm.data.dicom.header import read_header
from fundusfm.screening.dicom import codes
from fundusfm.screening.dicom.predictions import Identity
from fundusfm.screening.dicom.uids import derived_uid
from fundusfm.screening.documents.make import prevalence_of
from fundusfm.screening.referral import refer
from fundusfm.screening.screener import REFUSED, UNGRADABLE

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

SERIES_NUMBER = 9001
MANUFACTURER = "FundusFM"


def report_series(study_uid: str, identity: Identity) -> str:
    """Returns the UID of the series that holds a model's reports of one study."""
    return derived_uid("report series", study_uid, identity)


def report_uid(source_uid: str, identity: Identity) -> str:
    """Returns the UID of a model's report on one image."""
    return derived_uid("report", source_uid, identity)


def structured_report(source: "Dataset", rows: Mapping[int, Mapping[str, Any]], identity: Identity) -> "Dataset":
    """Builds the report on one image.

    Args:
        source: Header of the image, from `source_header`.
        rows: Frame (from 1) to its row, as `ReportScreener.screen` returns them, with `eye` and `eye_doubt`;
            none that failed.
        identity: Who predicted.
    """
    from highdicom import sr
    from pydicom.sr.codedict import codes as standard

    card = identity.card
    groups = []
    for frame, row in rows.items():
        if row["status"] in REFUSED:
            groups.append(_refusal(source, frame, row, identity))
            continue
        if row.get("refer"):
            groups.append(_referral(source, frame, row, identity))
        groups += [
            _group(source, frame, label, number, row, identity) for number, label in enumerate(card.labels, start=1)
        ]
    device = sr.DeviceObserverIdentifyingAttributes(
        uid=derived_uid("device", "", identity),
        name=card.name[:64],
        manufacturer_name=MANUFACTURER,
        model_name=card.architecture[:64],
        serial_number=identity.weights_hash,
    )
    context = sr.ObservationContext(
        observer_device_context=sr.ObserverContext(
            observer_type=standard.DCM.Device, observer_identifying_attributes=device
        )
    )
    content = sr.MeasurementReport(
        observation_context=context,
        imaging_measurements=groups,
        title=standard.DCM.ImagingMeasurementReport,
        procedure_reported=standard.DCM.OphthalmicPhotography,
    )
    report = sr.ComprehensiveSR(
        evidence=[source],
        content=content,
        series_instance_uid=report_series(source.StudyInstanceUID, identity),
        series_number=SERIES_NUMBER,
        sop_instance_uid=report_uid(source.SOPInstanceUID, identity),
        instance_number=1,
        manufacturer=MANUFACTURER,
        is_complete=True,
        series_description=f"FundusFM {card.name}"[:64],
        manufacturer_model_name=card.name[:64],
        software_versions=(card.code_version or "0")[:64],
        device_serial_number=identity.weights_hash[:64],
    )
    return report


def _referral(source: "Dataset", frame: int, row: Mapping[str, Any], identity: Identity) -> Any:
    from highdicom import sr
    from pydicom.sr.codedict import codes as standard

    card = identity.card
    evaluations = [_decision(row)]
    parameters = []
    if card.referral is not None:
        scores = {label: float(row[f"{label}.score"]) for label in card.referral.thresholds}
        decided = refer(scores, card.referral, card.names)
        evaluations += [
            sr.QualitativeEvaluation(
                codes.own("why", "Label that reached its threshold"),
                codes.finding(label, card.labels.index(label) + 1, card.label_definitions.get(label, "")),
            )
            for label in decided.labels
        ]
        parameters = [
            f"referral rule: {card.referral.goal} {card.referral.target:g} of the rule as a whole; any label refers",
            *([f"refer: {decided.why}"] if decided.why else []),
        ]
    if row.get("uncertain"):
        evaluations.append(
            sr.QualitativeEvaluation(codes.own("certainty", "Certainty of the decision"), standard.SCT.Uncertain)
        )
    evaluations += _doubt(row)
    return sr.MeasurementsAndQualitativeEvaluations(
        tracking_identifier=_tracking(source, frame, "referral", identity),
        finding_sites=[_site(row)],
        algorithm_id=_algorithm(identity, parameters),
        measurements=[_measurement(standard.DCM.ImageQualityRating, row["quality"])],
        qualitative_evaluations=evaluations,
        source_images=[_reference(source, frame)],
    )


def _decision(row: Mapping[str, Any]) -> Any:
    from highdicom import sr

    return sr.QualitativeEvaluation(
        codes.own("referral", "Decision of the referral rule"), codes.referral(row["refer"])
    )


def _group(source: "Dataset", frame: int, label: str, number: int, row: Mapping[str, Any], identity: Identity) -> Any:
    from highdicom import sr
    from pydicom.sr.codedict import codes as standard

    card = identity.card
    threshold = identity.threshold(label)
    measurements = [
        _measurement(codes.own("score", "Score, not calibrated"), row[f"{label}.score"]),
        _measurement(standard.DCM.Probability, row[f"{label}.probability"]),
    ]
    prevalence = prevalence_of(label, [card])
    if prevalence is not None:
        measured = codes.own("prevalence", "Prevalence for which the probability holds")
        measurements.append(_measurement(measured, prevalence))
    evaluations = []
    if threshold is not None and row.get(f"{label}.decision") is not None:
        measurements.append(_measurement(codes.own("threshold", "Score threshold of the operating point"), threshold))
        evaluations.append(
            sr.QualitativeEvaluation(
                codes.own("decision", "Decision at the operating point"),
                standard.SCT.Positive if row[f"{label}.decision"] else standard.SCT.Negative,
            )
        )
    evaluations += _doubt(row)
    return sr.MeasurementsAndQualitativeEvaluations(
        tracking_identifier=_tracking(source, frame, label, identity),
        finding_type=codes.finding(label, number, card.label_definitions.get(label, "")),
        finding_sites=[_site(row)],
        algorithm_id=_algorithm(identity, _label_parameters(identity, label)),
        measurements=measurements,
        qualitative_evaluations=evaluations or None,
        source_images=[_reference(source, frame)],
    )


def _refusal(source: "Dataset", frame: int, row: Mapping[str, Any], identity: Identity) -> Any:
    from highdicom import sr
    from pydicom.sr.codedict import codes as standard

    status = str(row["status"])
    evaluations = [sr.QualitativeEvaluation(standard.DCM.QualityAssessment, codes.status(status))]
    evaluations += [_decision(row)] if row.get("refer") else []
    evaluations += [
        sr.QualitativeEvaluation(codes.own("reason", "Reason why it is not scored"), reason)
        for reason in codes.reasons(str(row["reason"]))
    ]
    evaluations += _doubt(row)
    return sr.MeasurementsAndQualitativeEvaluations(
        tracking_identifier=_tracking(source, frame, "screening", identity),
        finding_sites=[_site(row)] if status == UNGRADABLE else None,
        algorithm_id=_algorithm(identity, [f"not scored: {row['reason']}"]),
        measurements=[_measurement(standard.DCM.ImageQualityRating, row["quality"])],
        qualitative_evaluations=evaluations,
        source_images=[_reference(source, frame)],
    )


def _tracking(source: "Dataset", frame: int, what: str, identity: Identity) -> Any:
    from highdicom import sr

    several = read_header(source).frames > 1
    return sr.TrackingIdentifier(
        uid=derived_uid("finding", source.SOPInstanceUID, identity, what, str(frame)),
        identifier=f"{what}, frame {frame}" if several else what,
    )


def _site(row: Mapping[str, Any]) -> Any:
    from highdicom import sr
    from pydicom.sr.codedict import codes as standard

    eye = {"left": standard.SCT.Left, "right": standard.SCT.Right}.get(row.get("eye", ""))
    return sr.FindingSite(standard.SCT.Retina, laterality=eye)


def _doubt(row: Mapping[str, Any]) -> list[Any]:
    """Says that the header contradicts itself about the eye, which the finding site leaves out then."""
    from highdicom import sr

    if not row.get("eye_doubt"):
        return []
    doubt = codes.own("eye-doubt", "In doubt: the header contradicts itself")
    return [sr.QualitativeEvaluation(codes.own("eye", "Which eye"), doubt)]


def _reference(source: "Dataset", frame: int) -> Any:
    from highdicom import sr

    several = read_header(source).frames > 1
    return sr.SourceImageForMeasurementGroup(
        source.SOPClassUID, source.SOPInstanceUID, referenced_frame_numbers=[frame] if several else None
    )


def _measurement(name: Any, value: float) -> Any:
    from highdicom import sr
    from pydicom.sr.codedict import codes as standard

    # Numeric Value is a decimal string of 16 characters at most.
    return sr.Measurement(name=name, value=round(float(value), 6), unit=standard.UCUM.NoUnits)


def _algorithm(identity: Identity, parameters: list[str]) -> Any:
    """Identifies the prediction: the model, and one sentence for each thing that else does."""
    from highdicom import sr

    card = identity.card
    return sr.AlgorithmIdentification(
        name=card.name,
        version=card.code_version or "0",
        manufacturer=MANUFACTURER,
        parameters=[
            f"weights SHA-256 {identity.weights_hash}",
            f"FundusFM {version('fundusfm')}",
            f"model digest {identity.digest}",
            f"crop {card.crop}, {card.size} px",
            *parameters,
            "research use; not a diagnosis",
        ],
    )


def _label_parameters(identity: Identity, label: str) -> list[str]:
    card = identity.card
    threshold = identity.threshold(label)
    decided = []
    if threshold is not None:
        point = card.operating_points.get(label, {}).get(identity.operating_point)
        found = (
            f" (sensitivity {point.sensitivity:.3f}, specificity {point.specificity:.3f} on the data that chose it)"
            if point is not None
            else ""
        )
        decided = [
            f"operating point {identity.operating_point}: positive at a score of at least {threshold:.6g}{found}"
        ]
    return [f"label {label}: {card.label_definitions.get(label) or 'no definition'}", *decided]
