"""The cameras that can be generated: named styles, each a handful of numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from fundusfm.errors import ConfigError


@dataclass(frozen=True)
class Camera:
    """How a camera renders a retina. Shares are of the photograph's height unless said otherwise."""

    field: float
    """Field angle in degrees."""
    aspect: float
    """Width over height of the photograph."""
    diameter: float
    """Diameter of the field of view over the height; above 1 its top and bottom are cut off."""
    aim: Literal["fovea", "between", "disc"]
    """What is put in the middle."""
    unsteadiness: float
    """Spread of where the eye looks, disc diameters."""
    off_centre: float
    """Spread of the field's centre from the photograph's."""
    gains: tuple[float, float, float]
    """Red, green, blue."""
    gamma: float
    """Above 1 darker mid tones."""
    exposure: float
    """Spread of the logarithm of the exposure."""
    saturation: float
    vignette: float
    """Darkening at the edge, 0 to 1."""
    rim: tuple[float, float, float]
    """Light scattered into the outermost ring, red, green, blue."""
    haze: float
    """Veiling light of the optics, 0 to 1."""
    blur: float
    """Width of the point spread, in thousandths of the field's diameter."""
    noise: float
    """Standard deviation of the sensor noise, in grey levels of 255."""
    flash: float
    """Probability of a flash crescent at the edge."""
    ghost: float
    """Probability of a lens reflection near the middle."""
    dust: float
    """Mean number of dust spots."""
    notch: Literal["none", "tab", "triangle", "square"] = "none"
    edge: float = 0.004
    """Softness of the field's edge, as a share of its radius."""
    black: int = 0
    """Highest grey level of the noise outside the field."""
    jpeg: int | None = 90
    """Quality; None writes PNG."""


CAMERAS: dict[str, Camera] = {
    "clinic": Camera(
        field=45,
        aspect=1.5,
        diameter=0.98,
        aim="fovea",
        unsteadiness=0.18,
        off_centre=0.004,
        gains=(1.00, 0.86, 0.62),
        gamma=1.05,
        exposure=0.16,
        saturation=1.05,
        vignette=0.35,
        rim=(0.0, 0.0, 0.0),
        haze=0.04,
        blur=1.2,
        noise=1.6,
        flash=0.06,
        ghost=0.10,
        dust=0.2,
        jpeg=92,
    ),
    "screening": Camera(
        field=45,
        aspect=1.0,
        diameter=0.995,
        aim="fovea",
        unsteadiness=0.35,
        off_centre=0.002,
        gains=(0.92, 1.05, 1.05),
        gamma=1.0,
        exposure=0.20,
        saturation=0.78,
        vignette=0.30,
        rim=(0.10, 0.15, 0.09),
        haze=0.16,
        blur=1.6,
        noise=1.8,
        flash=0.22,
        ghost=0.22,
        dust=0.6,
        jpeg=88,
    ),
    "notched": Camera(
        field=45,
        aspect=0.967,
        diameter=0.915,
        aim="between",
        unsteadiness=0.25,
        off_centre=0.010,
        gains=(1.45, 1.02, 0.74),
        gamma=0.92,
        exposure=0.10,
        saturation=1.10,
        vignette=0.16,
        rim=(0.03, 0.06, 0.02),
        haze=0.05,
        blur=1.1,
        noise=2.2,
        flash=0.04,
        ghost=0.06,
        dust=0.1,
        notch="tab",
        black=8,
        jpeg=None,
    ),
    "cropped": Camera(
        field=45,
        aspect=1.0,
        diameter=1.17,
        aim="between",
        unsteadiness=0.30,
        off_centre=0.008,
        gains=(1.10, 0.98, 1.05),
        gamma=0.98,
        exposure=0.14,
        saturation=0.95,
        vignette=0.28,
        rim=(0.02, 0.02, 0.03),
        haze=0.09,
        blur=1.3,
        noise=1.5,
        flash=0.10,
        ghost=0.15,
        dust=0.3,
        notch="square",
        jpeg=90,
    ),
    "narrow": Camera(
        field=32,
        aspect=1.33,
        diameter=1.12,
        aim="between",
        unsteadiness=0.15,
        off_centre=0.006,
        gains=(1.05, 0.90, 0.55),
        gamma=1.10,
        exposure=0.14,
        saturation=1.20,
        vignette=0.25,
        rim=(0.0, 0.0, 0.0),
        haze=0.03,
        blur=1.7,
        noise=2.6,
        flash=0.04,
        ghost=0.05,
        dust=0.1,
        notch="triangle",
        jpeg=80,
    ),
    "handheld": Camera(
        field=40,
        aspect=1.33,
        diameter=0.90,
        aim="between",
        unsteadiness=0.55,
        off_centre=0.030,
        gains=(0.98, 0.80, 0.74),
        gamma=1.08,
        exposure=0.26,
        saturation=0.82,
        vignette=0.55,
        rim=(0.05, 0.05, 0.06),
        haze=0.14,
        blur=3.0,
        noise=4.5,
        flash=0.35,
        ghost=0.45,
        dust=1.5,
        edge=0.03,
        black=4,
        jpeg=70,
    ),
    "wide": Camera(
        field=62,
        aspect=1.0,
        diameter=0.99,
        aim="between",
        unsteadiness=0.30,
        off_centre=0.003,
        gains=(1.04, 0.98, 0.66),
        gamma=1.10,
        exposure=0.16,
        saturation=1.10,
        vignette=0.45,
        rim=(0.02, 0.06, 0.02),
        haze=0.05,
        blur=1.0,
        noise=2.0,
        flash=0.08,
        ghost=0.05,
        dust=0.2,
        notch="triangle",
        jpeg=90,
    ),
    "archive": Camera(
        field=50,
        aspect=1.33,
        diameter=0.97,
        aim="fovea",
        unsteadiness=0.25,
        off_centre=0.012,
        gains=(1.10, 0.76, 0.45),
        gamma=1.30,
        exposure=0.20,
        saturation=1.15,
        vignette=0.50,
        rim=(0.0, 0.0, 0.0),
        haze=0.03,
        blur=2.0,
        noise=3.5,
        flash=0.05,
        ghost=0.10,
        dust=0.8,
        edge=0.010,
        black=3,
        jpeg=55,
    ),
}


def cameras_named(names: Sequence[str] | None) -> list[str]:
    """Returns the names of the cameras to use; None stands for all of them.

    Raises:
        ConfigError: A name is unknown or the list is empty.
    """
    chosen = list(CAMERAS) if names is None else list(names)
    unknown = [name for name in chosen if name not in CAMERAS]
    if unknown or not chosen:
        said = f"No camera is called {unknown[0]!r}" if unknown else "No camera was named"
        raise ConfigError(f"{said}; choose one or more of: {', '.join(CAMERAS)}.")
    return chosen
