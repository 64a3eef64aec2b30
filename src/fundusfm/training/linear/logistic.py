"""L2-regularised logistic regression, many labels and a whole path of C at once.

Written by hand because it is about five times as fast as scikit-learn's `LogisticRegression` with equal results, and a
study fits thousands of probes. The objective is the same (penalty l2, no class weights), and tests hold it to that. The
solver is L-BFGS in the principal axes of the features, scaled by the inverse root of the expected curvature. A
network's features are strongly correlated, so it needs about ten steps where the plain solver needs hundreds, and all
labels share each matrix product.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh
from scipy.optimize import minimize
from scipy.special import expit, log_softmax, softmax

Array = NDArray[np.floating]


@dataclass(frozen=True)
class Axes:
    """Features along the principal axes of the standardised training rows; nothing is lost by it.

    An L2 penalty does not change under rotation, and its minimiser lies in the space of the rows: where there are
    fewer rows than features, as many axes as rows suffice.

    Attributes:
        center: float (d,), mean of the raw features.
        spread: float (d,), their standard deviation; infinite for a constant feature.
        basis: float (d, r), orthonormal.
        energy: float (r,), sum of squares of the training rows along each axis.
    """

    center: Array
    spread: Array
    basis: Array
    energy: Array

    @classmethod
    def of(cls, features: Array) -> "Axes":
        """Finds the axes of raw features (n, d)."""
        x = np.asarray(features, dtype=np.float64)
        center, spread = x.mean(axis=0), x.std(axis=0)
        spread[spread <= 1e-6 * max(float(spread.max()), 1e-12)] = np.inf
        x = (x - center) / spread
        rows, width = x.shape
        row_space = np.linalg.qr(x.T)[0] if rows < width else None
        if row_space is not None:
            x = x @ row_space
        energy, basis = eigh(x.T @ x)
        return cls(center, spread, basis if row_space is None else row_space @ basis, np.maximum(energy, 0.0))

    def project(self, features: Array) -> Array:
        """Returns raw features (n, d) along the axes, float64 (n, r)."""
        return ((np.asarray(features, dtype=np.float64) - self.center) / self.spread) @ self.basis

    def unproject(self, weight: Array, bias: Array) -> tuple[Array, Array]:
        """Turns a linear map of projected features, (labels, r) and (labels,), into one of raw features."""
        raw = (weight @ self.basis.T) / self.spread
        return raw, bias - raw @ self.center


def fit_path(
    x: Array, targets: Array, c_values: Sequence[Array], *, energy: Array, softmaxed: bool, tolerance: float
) -> Iterator[tuple[Array, Array]]:
    """Fits all labels at each C in turn, each fit starting from the one before.

    Minimises, summed over labels, the log loss over the known rows plus |w|^2 / (2 C).

    Args:
        x: float (n, r), projected features; float32 halves the time, float64 allows small tolerances.
        targets: float (n, labels), NaN where unknown; each label has both classes. One-hot when `softmaxed`.
        c_values: C per label, each (labels,), in the order of the path.
        energy: float (r,), expected sum of squares of each column of x.
        softmaxed: One multinomial model instead of one binary model per label.
        tolerance: Bound of the scaled gradient; its square is about twice the excess loss.

    Yields:
        Weight (labels, r) and bias (labels,).
    """
    known = ~np.isnan(targets)
    truth = np.where(known, targets, 0.0)
    counts = known.sum(axis=0)
    share = truth.sum(axis=0) / counts
    labels, rank = targets.shape[1], x.shape[1]
    state = np.zeros((labels, rank + 1))
    state[:, rank] = np.log(share) if softmaxed else np.log(share / (1 - share))
    for c in c_values:
        precision = 1.0 / np.asarray(c, dtype=np.float64)[:, None]
        variance = (share * (1 - share))[:, None]
        part = (counts / len(x))[:, None]
        curvature = np.concatenate([variance * part * energy + precision, variance * counts[:, None]], axis=1)
        scale = 1.0 / np.sqrt(curvature)

        def objective(
            flat: NDArray[np.float64], scale: Array = scale, precision: Array = precision
        ) -> tuple[float, NDArray[np.float64]]:
            coefficients = flat.reshape(labels, rank + 1) * scale
            weight, bias = coefficients[:, :rank], coefficients[:, rank]
            logits = (x @ weight.T.astype(x.dtype)).astype(np.float64) + bias
            if softmaxed:
                value = -float((log_softmax(logits, axis=1) * truth).sum())
                residual = (softmax(logits, axis=1) - truth) * known
            else:
                value = float((np.logaddexp(0.0, np.where(truth > 0.5, -logits, logits)) * known).sum())
                residual = (expit(logits) - truth) * known
            gradient = np.empty_like(coefficients)
            gradient[:, :rank] = residual.T.astype(x.dtype) @ x + precision * weight
            gradient[:, rank] = residual.sum(axis=0)
            return value + 0.5 * float((precision * weight**2).sum()), (gradient * scale).ravel()

        found = minimize(
            objective,
            (state / scale).ravel(),
            jac=True,
            method="L-BFGS-B",
            options={"maxiter": 1000, "maxcor": 10, "gtol": tolerance, "ftol": 1e-15},
        )
        state = found.x.reshape(labels, rank + 1) * scale
        yield state[:, :rank].copy(), state[:, rank].copy()
