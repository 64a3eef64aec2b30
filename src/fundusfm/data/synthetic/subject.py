"""Who is photographed: patient, eye, and which disease shows in it, at which severity."""

from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

from fundusfm.data.synthetic.lesions.diseases import DISEASES, NORMAL
from fundusfm.data.synthetic.streams import Stage, stream

_EYES_CORRELATION = 0.85
_SECOND_DISEASE = 0.12


@dataclass(frozen=True)
class Subject:
    """One eye of one patient."""

    patient: str
    eye: Literal["left", "right"]
    age: int
    sex: Literal["female", "male"]
    pigment: float
    """Of the fundus: 0 blond, 1 dark."""
    tessellation: float
    """How far the choroidal vessels shine through: 0 not, 1 strongly."""
    severities: dict[str, float]
    """Severity 0 to 1 of each disease present; empty for a normal eye. The main disease comes first."""

    @property
    def disease(self) -> str:
        """The main disease, or `normal`."""
        return next(iter(self.severities), NORMAL)


def draw_subject(index: int, seed: int, *, abnormal_share: float = 0.5) -> Subject:
    """Draws the eye of photograph `index`: photographs 2k and 2k + 1 are the two eyes of patient k.

    Args:
        index: Number of the photograph.
        seed: Seed of the data set.
        abnormal_share: Share of abnormal eyes. The eyes of a patient agree mostly, but not always.
    """
    patient = stream(seed, Stage.PATIENT, index // 2)
    own = stream(seed, Stage.EYE, index)
    names = list(DISEASES)
    weights = [DISEASES[name].weight for name in names]
    latent, age_draw = patient.standard_normal(2)
    shared_severity = patient.beta(1.15, 1.25)
    main = str(patient.choice(names, p=[weight / sum(weights) for weight in weights]))
    second = str(patient.choice(names)) if patient.random() < _SECOND_DISEASE else main
    pigment = float(patient.beta(2.2, 2.0))
    sex: Literal["female", "male"] = "female" if patient.random() < 0.53 else "male"
    tessellation = float(patient.beta(1.0, 3.0))

    agreed = _EYES_CORRELATION**0.5 * latent + (1 - _EYES_CORRELATION) ** 0.5 * own.standard_normal()
    abnormal = NormalDist().cdf(float(agreed)) < abnormal_share
    severities: dict[str, float] = {}
    if abnormal:
        for name in dict.fromkeys([main, second]):
            severities[name] = float(min(1.0, max(0.02, shared_severity + own.normal(0.0, 0.12))))
    # Age belongs to the patient, so it follows the patient's disease whether or not this eye shows it.
    mean, spread = DISEASES[main].age if NormalDist().cdf(float(latent)) < abnormal_share else (54.0, 14.0)
    age = int(min(94, max(18, round(mean + spread * age_draw))))
    if "myopia" in severities:
        tessellation = max(tessellation, 0.45 + 0.5 * severities["myopia"])
    return Subject(
        patient=f"S{seed}P{index // 2:05d}",
        eye="left" if index % 2 == 0 else "right",
        age=age,
        sex=sex,
        pigment=pigment,
        tessellation=tessellation,
        severities=severities,
    )
