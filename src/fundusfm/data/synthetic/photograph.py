"""Generates one fundus photograph with everything that is known about it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fundusfm.data.synthetic.arrays import Bytes, Float, Mask
from fundusfm.data.synthetic.camera.cameras import CAMERAS, cameras_named
from fundusfm.data.synthetic.camera.exposure import expose
from fundusfm.data.synthetic.camera.frame import draw_frame
from fundusfm.data.synthetic.camera.mount import cut_to_field
from fundusfm.data.synthetic.lesions.brush import absorb
from fundusfm.data.synthetic.lesions.canvas import Canvas
from fundusfm.data.synthetic.lesions.diseases import DISEASES, LESIONS
from fundusfm.data.synthetic.lesions.membrane import draw_membrane, paint_membrane
from fundusfm.data.synthetic.lesions.occlusion import draw_occlusion, paint_occlusion
from fundusfm.data.synthetic.lesions.opacity import draw_veil
from fundusfm.data.synthetic.lesions.pathology import paint_deep, paint_superficial, paint_under_disc, retinopathy_grade
from fundusfm.data.synthetic.retina.background import paint_background
from fundusfm.data.synthetic.retina.disc import Disc, paint_disc
from fundusfm.data.synthetic.retina.vessel_layers import VesselLayers, draw_vessels
from fundusfm.data.synthetic.retina.vessels import grow_vessels
from fundusfm.data.synthetic.streams import Stage, stream
from fundusfm.data.synthetic.subject import Subject, draw_subject
from fundusfm.errors import ConfigError

SMALLEST = 64

_ARTERY = (0.10, 0.44, 0.34)
_VEIN = (0.27, 0.74, 0.55)
_REFLEX = (-0.04, -0.26, -0.20)


@dataclass(frozen=True)
class GeneratedPhotograph:
    """A generated photograph; every map has its height and width."""

    image: Bytes
    """RGB, shape (height, width, 3)."""
    arteries: Mask
    veins: Mask
    disc: Mask
    """The whole disc, cup included."""
    cup: Mask
    lesions: Bytes
    """0 where healthy, else 1 + the position of the kind in `LESIONS`."""
    fov: Mask
    """Field of view, notch included."""
    fov_x: float
    """Centre and radius of the field's circle, in pixels; (0, 0) is the centre of the top left pixel."""
    fov_y: float
    fov_radius: float
    subject: Subject
    camera: str
    cup_to_disc: float
    """Vertical ratio."""

    @property
    def vessels(self) -> Mask:
        """Arteries and veins."""
        return np.asarray(self.arteries | self.veins)

    @property
    def artery_vein(self) -> Bytes:
        """0 where no vessel is, 1 artery, 2 vein, 3 where they cross: the numbers of RITE (Hu et al., MICCAI 2013)."""
        return np.asarray(self.arteries + 2 * self.veins.astype(np.uint8))

    def lesion(self, kind: str) -> Mask:
        """Returns the pixels that show a kind of `LESIONS`; none where the eye does not have it."""
        return np.asarray(self.lesions == 1 + LESIONS.index(kind))

    @property
    def labels(self) -> dict[str, int]:
        """0 or 1 for `abnormal`, every disease and every kind of lesion."""
        present = set(np.unique(self.lesions).tolist())
        return {
            "abnormal": int(bool(self.subject.severities)),
            **{name: int(name in self.subject.severities) for name in DISEASES},
            **{kind: int(number in present) for number, kind in enumerate(LESIONS, start=1)},
        }

    @property
    def dr_grade(self) -> int:
        """Diabetic retinopathy, 0 none to 4 proliferative."""
        return retinopathy_grade(self.subject.severities.get("diabetic_retinopathy"))


def generate(
    index: int, seed: int = 0, size: int = 512, cameras: Sequence[str] | None = None, *, abnormal_share: float = 0.5
) -> GeneratedPhotograph:
    """Generates photograph `index` of a data set; it depends on the arguments alone.

    Args:
        index: Number of the photograph; 2k and 2k + 1 are the two eyes of patient k.
        seed: Seed of the data set.
        size: Height in pixels.
        cameras: Names of the cameras to choose from, once per patient; None stands for all.
        abnormal_share: Share of abnormal eyes, 0 to 1.

    Raises:
        ConfigError: An argument is out of its range, or a camera is unknown.
    """
    chosen = cameras_named(cameras)
    if index < 0 or seed < 0:
        raise ConfigError(f"Photograph {index} of seed {seed}: both must be 0 or more.")
    if size < SMALLEST:
        raise ConfigError(f"A generated photograph of {size} pixels shows nothing: give a size of {SMALLEST} or more.")
    if not 0 <= abnormal_share <= 1:
        raise ConfigError(f"The share of abnormal eyes is {abnormal_share}: give a number from 0 to 1.")
    subject = draw_subject(index, seed, abnormal_share=abnormal_share)
    # A stream of its own, so that the same patients can be photographed by other cameras.
    name = chosen[int(stream(seed, Stage.CAMERA, index // 2).integers(len(chosen)))]
    camera = CAMERAS[name]
    frame = draw_frame(stream(seed, Stage.FRAME, index), subject, camera, size)
    canvas = Canvas(
        stream(seed, Stage.LESIONS, index),
        subject,
        frame,
        paint_background(stream(seed, Stage.BACKGROUND, index), subject, frame),
    )
    disc, vessels = _paint_eye(canvas, index, seed)
    clouded = canvas.severity("cataract")
    veil = draw_veil(canvas, clouded) if clouded is not None else None
    optics, sensor = stream(seed, Stage.OPTICS, index), stream(seed, Stage.SENSOR, index)
    box = expose(optics, sensor, camera, frame, canvas.image, veil)
    image, fov = cut_to_field(stream(seed, Stage.MOUNT, index), camera, frame, box)

    def placed(mask: Mask) -> Mask:
        return np.asarray((frame.place(mask.astype(np.uint8)) > 0) & fov)

    lesions = frame.place(canvas.index(np.ones((frame.side, frame.side), dtype=bool)))
    lesions[~fov] = 0
    return GeneratedPhotograph(
        image=image,
        arteries=placed(vessels.artery_mask),
        veins=placed(vessels.vein_mask),
        disc=placed(disc.disc),
        cup=placed(disc.cup),
        lesions=lesions,
        fov=fov,
        fov_x=frame.x,
        fov_y=frame.y,
        fov_radius=frame.radius,
        subject=subject,
        camera=name,
        cup_to_disc=disc.ratio,
    )


def _paint_eye(canvas: Canvas, index: int, seed: int) -> tuple[Disc, VesselLayers]:
    """Paints disc, vessels and lesions onto the background, from the deepest layer to the most superficial."""
    rng, frame = canvas.rng, canvas.frame
    film, blocked = canvas.severity("epiretinal_membrane"), canvas.severity("vein_occlusion")
    membrane = draw_membrane(rng, frame, film) if film is not None else None
    occlusion = draw_occlusion(rng, blocked) if blocked is not None else None
    paint_under_disc(canvas)
    disc = paint_disc(stream(seed, Stage.DISC, index), canvas.subject, frame, canvas.image)
    if disc.cupped:
        canvas.mark("cupping", disc.cup)
    paint_deep(canvas)
    generations = grow_vessels(stream(seed, Stage.VESSELS, index), canvas.subject, frame.fovea)
    if occlusion is not None:
        generations = [occlusion.engorge(branches, rng) for branches in generations]
    if membrane is not None:
        generations = [membrane.gather(branches) for branches in generations]
    vessels = draw_vessels(generations, frame)
    _paint_vessels(canvas.image, vessels, float(rng.uniform(0.85, 1.15)))
    if occlusion is not None:
        paint_occlusion(canvas, occlusion)
    paint_superficial(canvas)
    if membrane is not None:
        paint_membrane(canvas, membrane)
    return disc, vessels


def _paint_vessels(image: Float, vessels: VesselLayers, contrast: float) -> None:
    absorb(image, vessels.veins, _VEIN, contrast)
    absorb(image, vessels.arteries, _ARTERY, contrast)
    absorb(image, vessels.reflex, _REFLEX, contrast)
