"""Digits are drawn with a pen, after an image of them.

Task: an image of a digit is a fixed vector; say from where to where a pen moves to draw it. The order and the direction
of the strokes, which the image does not show, are the model's to choose.
Data: digits that 44 people wrote on a tablet, as eight places of the pen each (Alpaydin and Alimoglu 1996): 6500 to
train on and 994 to try things on, by 30 of them, and 3498 for the result, by the others. Images are made of the paths.
Model: an LSTM that reads the image at every step and the pen's last place, and says where it goes next by a mixture of
two-dimensional normal distributions (Graves 2013; `examples/digits.rnn`).
Score: the share of images whose digit is read in the path drawn after them, greedily, by its nearest neighbour among
the training paths, which reads 97.7 % of the real ones; and minus log-likelihood of the real ones, in nats per place.
Expected: above 88 % read; 91 %, and -2.1 nats, after 3000 steps, in half a minute on one core. The picture `digits.png`
shows images, their real paths, the likeliest ones and random ones, each from its dot on.

    python examples/digits.py
"""

import sys
from pathlib import Path
from typing import Final

import numpy as np
from matplotlib.figure import Figure

import rnndsl
from rnndsl.data import Examples
from rnndsl.train import Limit
from training import Array, Options, Params, Plan, fit, read_options, shuffled

SPEC: Final = Path(__file__).with_suffix(".rnn")
DATA: Final = Path(__file__).parent / "data" / "pendigits.npz"
PICTURE: Final = Path("digits.png")
#: A path has so many places; an image so many pixels a side; a line is so many pixels wide.
PLACES, SIDE, WIDTH = 8, 12, 1.0
#: How many paths are drawn at random beside the likeliest one; of them the picture shows so many columns.
DRAWN, COLUMNS = 3, 10
TOGETHER: Final = 64
#: So many paths of the training part are trained with, the others tell how it goes.
TRAINED: Final = 6500


def read_paths(part: str) -> tuple[Array, Array]:
    """Return paths [number, places, 2], from -1 to 1, and the digits that they show."""
    with np.load(DATA) as archive:
        return (archive[f"x_{part}"] / np.float32(50) - 1).astype(np.float32), archive[f"y_{part}"].astype(np.int64)


def images_of(paths: Array) -> Array:
    """Return images [number, SIDE * SIDE] of paths: a pixel is the darker the nearer it is to a line."""
    places = np.linspace(-1, 1, SIDE, dtype=np.float32)
    pixels = np.stack([axis.ravel() for axis in np.meshgrid(places, places[::-1])], axis=-1)
    nearest = np.full((len(paths), len(pixels)), np.inf, np.float32)
    for start, stop in zip(paths.swapaxes(0, 1), paths.swapaxes(0, 1)[1:], strict=False):
        along = (stop - start)[:, None]
        share = ((pixels - start[:, None]) * along).sum(-1) / np.maximum((along**2).sum(-1), 1e-6)
        foot = start[:, None] + np.clip(share, 0, 1)[..., None] * along
        np.minimum(nearest, ((pixels - foot) ** 2).sum(-1), out=nearest)
    return np.asarray(np.clip(0.5 + WIDTH / 2 - np.sqrt(nearest) * np.float32((SIDE - 1) / 2), 0, 1))


def read_digits(paths: Array, known: Array, digits: Array) -> Array:
    """Return the digit of the nearest known path."""
    flat, table = paths.reshape(len(paths), -1), known.reshape(len(known), -1)
    return np.asarray(digits[np.argmin((table**2).sum(1) - 2 * flat @ table.T, axis=1)])


def draw(program: rnndsl.Program, params: Params, images: Array, seed: int | None) -> Array:
    """Return a path for every image, the likeliest places one after the other, or random ones."""
    data, lengths = {"image": images}, {"t": [PLACES] * len(images)}
    return program.sample(params, data, lengths=lengths, greedy=seed is None, seed=seed or 0)["y"]


def show(images: Array, paths: list[Array]) -> None:
    """Draw a column for every image: itself, and its paths, from the dot on."""
    figure = Figure(figsize=(len(images), 1 + len(paths)), layout="constrained")
    axes = figure.subplots(1 + len(paths), len(images))
    for column, image in enumerate(images):
        axes[0, column].imshow(image.reshape(SIDE, SIDE), cmap="gray_r", vmin=0, vmax=1)
        for row, many in enumerate(paths, 1):
            x, y = many[column].T
            axes[row, column].plot(x, y, "k-", x[0], y[0], "ro", linewidth=2, markersize=4)
            axes[row, column].set(xlim=(-1.4, 1.4), ylim=(-1.4, 1.4), aspect="equal")
    for row, name in zip(axes[:, 0], ("image", "real", "greedy", *["drawn"] * DRAWN), strict=False):
        row.set_ylabel(name)
    for one in axes.flat:
        one.set(xticks=[], yticks=[])
    figure.savefig(PICTURE, dpi=100)


def main(options: Options) -> None:
    """Train, draw digits of people that training never saw, and tell how many are read."""
    part, steps, sizes = (1000, 250, {"hidden": 48, "seen": 24}) if options.short else (TRAINED, 3000, {})
    paths, digits = read_paths("train")
    known = paths[:part], digits[:part]
    dev, test = (paths[TRAINED:], digits[TRAINED:]), read_paths("test")
    program = rnndsl.compile(SPEC, dims={"pixels": SIDE**2, **sizes}, modes=("observe", "sample"))
    params = program.init(options.seed)

    def score(paths: Array, digits: Array) -> str:
        images = images_of(paths)
        nats = program.loss(params, {"image": images, "y": paths}).value
        right = read_digits(draw(program, params, images, None), *known) == digits
        return f"{np.mean(right):.1%} read, {nats:.2f} nats a place"

    train = Examples({"image": list(images_of(known[0])), "y": list(known[0])}, {}, part)
    plan = Plan(Limit(steps=steps, minutes=options.minutes), options.seed, 5e-3, clip=1.0, tell_every=steps // 10)
    fitted = fit(program, params, shuffled(train, TOGETHER, options.seed), plan, lambda: score(*dev))
    random = np.random.default_rng(options.seed)
    chosen = test[0][[random.choice(np.flatnonzero(test[1] == digit)) for digit in range(COLUMNS)]]
    images = images_of(chosen)
    show(images, [chosen, *(draw(program, params, images, seed) for seed in (None, *range(DRAWN)))])
    print(f"{COLUMNS} digits in {PICTURE.resolve()}", file=sys.stderr)
    print(f"result: {score(*test)} ({fitted})")


if __name__ == "__main__":
    main(read_options(__doc__ or ""))
