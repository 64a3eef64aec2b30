"""Which lesions a disease of a given severity shows: counts and combinations, as clinics see them."""

import numpy as np

from fundusfm.data.synthetic.lesions.atrophy import paint_geographic, paint_myopic, paint_peripapillary
from fundusfm.data.synthetic.lesions.canvas import Canvas
from fundusfm.data.synthetic.lesions.spots import (
    paint_blots,
    paint_cotton_wool,
    paint_drusen,
    paint_exudates,
    paint_flames,
    paint_microaneurysms,
    paint_preretinal,
)

_DR_STEPS = (0.22, 0.58, 0.84)


def retinopathy_grade(severity: float | None) -> int:
    """Returns the diabetic retinopathy grade of the international scale: 0 none to 4 proliferative."""
    return 0 if severity is None else 1 + sum(severity >= step for step in _DR_STEPS)


def paint_under_disc(canvas: Canvas) -> None:
    """Paints what the disc and the vessels lie upon: atrophy."""
    myopia, glaucoma, amd = (canvas.severity(name) for name in ("myopia", "glaucoma", "amd"))
    if myopia is not None:
        paint_peripapillary(canvas, myopia)
        if myopia > 0.35:
            paint_myopic(canvas, myopia)
    elif glaucoma is not None and canvas.rng.random() < 0.4:
        paint_peripapillary(canvas, 0.5 * glaucoma)
    if amd is not None and amd > 0.72:
        paint_geographic(canvas, amd)


def paint_deep(canvas: Canvas) -> None:
    """Paints what lies in the retina below the vessels: deposits, microaneurysms, blot haemorrhages."""
    rng = canvas.rng
    amd, diabetes = canvas.severity("amd"), canvas.severity("diabetic_retinopathy")
    if amd is not None:
        paint_drusen(canvas, amd)
    grade = retinopathy_grade(diabetes)
    if grade == 0:
        return
    if (grade >= 2 and rng.random() < 0.65) or grade >= 3:
        paint_exudates(canvas, int(rng.integers(1, 2 + grade)))
    if grade >= 2:
        paint_blots(canvas, int(rng.uniform(2, 12) if grade == 2 else rng.uniform(16, 60)))
    low, high = ((1, 7), (4, 26), (14, 50), (14, 50))[grade - 1]
    paint_microaneurysms(canvas, int(rng.integers(low, high)))


def paint_superficial(canvas: Canvas) -> None:
    """Paints what lies in the nerve fibre layer and before the retina, over the vessels."""
    rng = canvas.rng
    grade = retinopathy_grade(canvas.severity("diabetic_retinopathy"))
    if grade >= 2 and rng.random() < 0.2 + 0.2 * grade:
        count = int(rng.integers(1, 1 + 2 * grade))
        paint_cotton_wool(canvas, canvas.place(count, canvas.posterior_pole, off_disc=0.8))
    if grade >= 3:
        paint_flames(canvas, canvas.place(int(rng.integers(2, 12)), canvas.posterior_pole))
    if grade == 4:
        paint_preretinal(canvas)
    if canvas.severity("glaucoma") is not None and rng.random() < 0.12:
        side = np.array([[1.0, rng.choice([-1.0, 1.0])]])
        paint_flames(canvas, np.array([[0.30, 0.48]]) * side)
