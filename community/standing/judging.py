"""How good a score or a forecast was, told by what really happened; ties count half."""

import numpy as np
from numpy.typing import NDArray


def auc(scores: NDArray[np.float64], labels: NDArray[np.bool_]) -> float:
    """The chance that a true one scores above a false one, ties counting half.

    Raises ValueError unless there are both.
    """
    truth = _truth(scores, labels)
    if truth.all():
        raise ValueError("every label is true")
    values, place = np.unique(scores, return_inverse=True)
    positives = np.bincount(place, truth, values.size)
    negatives = np.bincount(place, ~truth, values.size)
    below = np.cumsum(negatives) - negatives / 2
    return float((positives @ below) / (positives.sum() * negatives.sum()))


def average_precision(scores: NDArray[np.float64], labels: NDArray[np.bool_]) -> float:
    """The precision at each score weighted by the recall gained there; equal scores come at once.

    Raises ValueError unless a label is true.
    """
    truth = _truth(scores, labels)
    values, place = np.unique(-scores, return_inverse=True)
    positives = np.bincount(place, truth, values.size)
    seen = np.bincount(place, minlength=values.size)
    return float((positives @ (np.cumsum(positives) / np.cumsum(seen))) / positives.sum())


def brier(p: NDArray[np.float64], happened: NDArray[np.bool_]) -> float:
    """The mean squared distance of foretold chances from what happened; 0 is best."""
    return float(np.mean((p - happened) ** 2))


def ece(p: NDArray[np.float64], happened: NDArray[np.bool_], bins: int = 10) -> float:
    """The expected calibration error: how far chance and share lie apart, over equally wide bins.

    Each bin's distance counts by how many forecasts fell in it; a chance of 1 is in the last.
    """
    place = np.minimum((p * bins).astype(np.int64), bins - 1)
    gaps = np.bincount(place, p, bins) - np.bincount(place, happened, bins)
    return float(np.abs(gaps).sum() / p.size)


def rmse(foretold: NDArray[np.float64], happened: NDArray[np.float64]) -> float:
    """The root of the mean squared distance, in the unit of the values."""
    return float(np.sqrt(np.mean((foretold - happened) ** 2)))


def _truth(scores: NDArray[np.float64], labels: NDArray[np.bool_]) -> NDArray[np.bool_]:
    truth = np.asarray(labels, dtype=bool)
    if truth.shape != scores.shape:
        raise ValueError("there must be as many labels as scores")
    if not truth.any():
        raise ValueError("no label is true")
    return truth
