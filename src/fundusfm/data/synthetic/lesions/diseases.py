"""The diseases and lesions that can be generated: their names are the label columns of the manifest."""

from dataclasses import dataclass

NORMAL = "normal"


@dataclass(frozen=True)
class Disease:
    """A disease as far as the generator knows it."""

    weight: float
    """Relative frequency among abnormal patients."""
    age: tuple[float, float]
    """Mean and standard deviation of the patients' age in years."""
    lesions: tuple[str, ...]
    """Kinds of which at least one always shows."""


DISEASES: dict[str, Disease] = {
    "diabetic_retinopathy": Disease(0.30, (58.0, 11.0), ("microaneurysms",)),
    "glaucoma": Disease(0.15, (62.0, 12.0), ("cupping",)),
    "cataract": Disease(0.13, (69.0, 9.0), ("media_opacity",)),
    "amd": Disease(0.14, (72.0, 8.0), ("drusen",)),
    "myopia": Disease(0.12, (49.0, 14.0), ("peripapillary_atrophy",)),
    "epiretinal_membrane": Disease(0.08, (67.0, 9.0), ("epiretinal_membrane",)),
    "vein_occlusion": Disease(0.08, (65.0, 10.0), ("branch_vein_occlusion", "haemorrhages")),
}

LESIONS: tuple[str, ...] = (
    "media_opacity",
    "epiretinal_membrane",
    "branch_vein_occlusion",
    "myopic_atrophy",
    "geographic_atrophy",
    "peripapillary_atrophy",
    "cupping",
    "drusen",
    "cotton_wool_spots",
    "hard_exudates",
    "haemorrhages",
    "microaneurysms",
)
"""Kinds of lesion, from the widest to the smallest. The lesion mask holds 1 + the position in this list; where
lesions overlap, it holds the later one. An eye's 0/1 label of a kind says whether any pixel of the mask holds it."""
