"""t-SNE of features (van der Maaten and Hinton, JMLR 2008) through openTSNE, the same for the same seed."""

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from fundusfm.errors import ConfigError

_LEAST = 8
_COMPONENTS = 50
_EXACT_BELOW = 2000


def check_map(rows: int) -> None:
    """Refuses a map of too few photographs.

    Raises:
        ConfigError: There are fewer than 8.
    """
    if rows < _LEAST:
        raise ConfigError(f"A map needs at least {_LEAST} photographs, and there are {rows}.")


def tsne_map(features: NDArray[np.float32], *, perplexity: float = 30.0, seed: int = 0) -> NDArray[np.float64]:
    """Maps features to the plane.

    Features are standardised and reduced to 50 principal components first, which removes noise and most of the time;
    the map starts from the first two, so that its large structure means something (Kobak and Berens, 2019).

    Args:
        features: float (n, d).
        perplexity: Number of neighbours that matter; lowered to a third of the other photographs.
        seed: Random seed.

    Returns:
        float64 (n, 2).

    Raises:
        ConfigError: There are fewer than 8 rows.
    """
    from openTSNE import TSNE  # comes with the extra [train], and the rest of `embed` does not need it

    rows = len(features)
    check_map(rows)
    spread = features.std(axis=0)
    standardised = (features - features.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    components = min(_COMPONENTS, rows - 1, features.shape[1])
    reduced = PCA(components, random_state=seed).fit_transform(standardised)
    placed = TSNE(
        perplexity=min(perplexity, (rows - 1) / 3),
        initialization="pca",
        neighbors="exact" if rows < _EXACT_BELOW else "auto",
        random_state=seed,
        n_jobs=1,  # more threads add in another order, and the map is no longer the same
    ).fit(reduced)
    return np.asarray(placed, dtype=np.float64)
