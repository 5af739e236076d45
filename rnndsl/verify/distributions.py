"""What every distribution makes likeliest, and whether counted draws are its own: without the compiler's recipes.

Draws of numbers are counted by their probability integral transform, component after component (Rosenblatt 1952): what
a component's conditional distribution function says of it is uniform, and independent of the components before.
"""

from collections.abc import Iterator, Mapping
from math import erf, sqrt
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rnndsl.semantics.model import Distribution

Array = NDArray[Any]
Parameters = Mapping[str, Array]

#: How many standard deviations a statistic may be off: one model in a million fails by chance.
DEVIATIONS: Final = 4.75
#: Outcomes that are expected less often are counted together.
RARE: Final = 5.0
#: Equal parts of 0..1 for the transform of a component, and for each of two of them together.
BINS: Final = 20
PAIRED: Final = 8
#: Means that are larger, in standard deviations, leave too few digits for a draw.
LARGEST: Final = 1e8
#: Where the normal's distribution function is looked up: up to how many standard deviations, at how many places.
FAR: Final = 8.0
KNOTS: Final = 4_001
#: How many components of a vector are looked at.
COMPONENTS: Final = 4


def leaf_of(distribution: Distribution) -> Distribution:
    """Return what a mixture is made of; any other distribution itself."""
    parts = [part for part in distribution.arguments if isinstance(part, Distribution)]
    return leaf_of(parts[0]) if parts else distribution


def likeliest(distribution: Distribution, parameters: Parameters) -> Array:
    """Return what greedy generation takes, given parameters `[points, component of a mixture, ...]`."""
    leaf = leaf_of(distribution).name
    if leaf == "categorical":
        value = parameters["component_logits"].argmax(axis=2)
    elif leaf == "bernoulli":
        value = (1 / (1 + np.exp(-parameters["component_logits"])) > 0.5).astype(float)  # tiny ones are even chances
    else:
        value = parameters["mean"]
    chosen = parameters["logits"].argmax(axis=1)
    return np.asarray(value[np.arange(len(value)), chosen])


def ratios(distribution: Distribution, parameters: Parameters, values: Array) -> Iterator[float]:
    """Yield chi-square statistics of draws over their limits: above 1 they are not those of the distribution.

    Every draw has parameters of its own, `[points, component of a mixture, ...]`; the statistics then vary less than if
    all were equal, so the limit holds.
    """
    sound = _sound(parameters)
    parameters, values = {name: value[sound] for name, value in parameters.items()}, values[sound]
    weights = _log_softmax(parameters["logits"])
    leaf = leaf_of(distribution).name
    if leaf == "categorical":
        shares = np.exp(weights)[:, :, None] * np.exp(_log_softmax(parameters["component_logits"]))
        yield from _outcomes(shares.sum(axis=1), values.astype(int))
        return
    columns = values.reshape(len(values), -1)
    ratio = _bernoulli if leaf == "bernoulli" else _real
    yield from ratio(leaf, parameters, columns, weights)


def _sound(parameters: Parameters) -> Array:
    """Return which draws can be told: parameters may explode over many points, and a mean then swallows its noise."""
    rows = {name: value.reshape(len(value), -1) for name, value in parameters.items()}
    known = np.logical_and.reduce([~np.isnan(value).any(axis=1) for value in rows.values()])
    if "mean" in rows:
        known &= np.abs(rows["mean"]).max(axis=1) < LARGEST * np.abs(rows["sd"]).min(axis=1)
    return np.asarray(known)


def _outcomes(shares: Array, drawn: Array) -> Iterator[float]:
    """Count how often every outcome was drawn, and how often the likeliest one, the second one, and so on."""
    yield chi_square(np.bincount(drawn, minlength=shares.shape[1]), shares.sum(axis=0))
    order = np.argsort(-shares, axis=1, kind="stable")
    ranks = np.argsort(order, axis=1)[np.arange(len(drawn)), drawn]
    yield chi_square(
        np.bincount(ranks, minlength=shares.shape[1]), np.take_along_axis(shares, order, axis=1).sum(axis=0)
    )


def _bernoulli(_: str, parameters: Parameters, columns: Array, weights: Array) -> Iterator[float]:
    logits = _columned(parameters["component_logits"], columns)
    for place in range(min(COMPONENTS, columns.shape[1])):
        ones, chances = columns[:, place] > 0.5, 1.0 / (1.0 + np.exp(-logits[:, :, place]))
        share = (np.exp(weights) * chances).sum(axis=1)
        yield from _outcomes(np.stack([1.0 - share, share], axis=1), ones.astype(int))
        weights = _log_softmax(weights + np.log(np.where(ones[:, None], chances, 1.0 - chances)))


def _real(leaf: str, parameters: Parameters, columns: Array, weights: Array) -> Iterator[float]:
    mean, sd = (_columned(parameters[name], columns) for name in ("mean", "sd"))
    places = [1, 0] if leaf == "normal2" else list(range(min(COMPONENTS, columns.shape[1])))
    parts: list[Array] = []
    for place in places:
        centre, spread = mean[:, :, place], sd[:, :, place]
        if leaf == "normal2" and parts:  # the first component given the second
            r = parameters["correlation"].reshape(centre.shape)
            centre = centre + r * spread * (columns[:, 1, None] - mean[:, :, 1]) / sd[:, :, 1]
            spread = spread * np.sqrt(1.0 - r * r)
        distance = (columns[:, place, None] - centre) / spread
        parts.append((np.exp(weights) * _phi(distance)).sum(axis=1))
        yield _uniform(parts[-1:], BINS)
        weights = _log_softmax(weights - 0.5 * distance**2 - np.log(spread))
    if len(parts) > 1:
        yield _uniform(parts[:2], PAIRED)


def _columned(values: Array, columns: Array) -> Array:
    """Return parameters `[points, component of a mixture, component]`; a scalar is alike for all components."""
    values = values.reshape(*values.shape[:2], -1)
    return np.broadcast_to(values, (*values.shape[:2], columns.shape[1]))


def _phi(distance: Array) -> Array:
    """Return the standard normal's distribution function, between knots that are near enough for counting."""
    knots = np.linspace(-FAR, FAR, KNOTS)
    return np.interp(distance, knots, [0.5 * (1.0 + erf(knot / sqrt(2.0))) for knot in knots])


def _log_softmax(values: Array) -> Array:
    top = values.max(axis=-1, keepdims=True)
    with np.errstate(divide="ignore"):
        return np.asarray(values - top - np.log(np.exp(values - top).sum(axis=-1, keepdims=True)))


def _uniform(parts: list[Array], bins: int) -> float:
    """Count numbers from 0 to 1, alone or in pairs, in equal bins."""
    place = np.zeros(len(parts[0]), int)
    for part in parts:
        place = place * bins + np.minimum((part * bins).astype(int), bins - 1)
    count = bins ** len(parts)
    return chi_square(np.bincount(place, minlength=count), np.full(count, len(place) / count))


def chi_square(counted: Array, expected: Array) -> float:
    """Return Pearson's statistic over its limit (Wilson & Hilferty 1931); rare outcomes are counted as one."""
    rare = expected < RARE
    groups = [(counted[~rare], expected[~rare]), (counted[rare].sum(keepdims=True), expected[rare].sum(keepdims=True))]
    cells = [(c, e) for group in groups for c, e in zip(*group, strict=True) if e > RARE]
    freedom = max(1, len(cells) - 1)
    statistic = float(sum((c - e) ** 2 / e for c, e in cells))
    spread = 2.0 / (9.0 * freedom)
    return statistic / float(freedom * (1.0 - spread + DEVIATIONS * sqrt(spread)) ** 3)
