"""Handwritten digits are read from all four corners.

Task: say which digit an image shows. Images are 14 x 14 pixels (MNIST's 28 x 28, averaged over squares of four). A
recurrent layer runs over them from each corner; every pixel's state sees its two neighbours on the way. The states of
all pixels are averaged and classified (`specs/models/four_way.rnn`; Graves, Fernandez and Schmidhuber 2007).
Data: 10,000 images of MNIST: 8000 to train on, 1000 to try things on (dev), 1000 for the result (test).
Score: the share of right answers on test. Ridge regression, on train and dev, reaches 85.8 %.
Expected: above 93 %; 97 % after 4000 steps, in two and a half minutes on one core.

    python examples/mnist_four_ways.py
"""

from pathlib import Path
from typing import Final

import numpy as np

import rnndsl
from rnndsl.data import ExampleBatches, Examples
from rnndsl.locations import data_folder
from rnndsl.train import Limit
from training import Array, Options, Params, Plan, fit, read_options, shuffled

SPEC: Final = data_folder("specs") / "models" / "four_way.rnn"
DATA: Final = Path(__file__).parent / "data" / "mnist10k_28x28.npz"
#: Images from the first on are trained with and tried on, up to these numbers.
TRAINED, TRIED = 8000, 9000


def read_images(side: int) -> tuple[Array, Array]:
    """Return images as [number, side, side, 1], from 0 to 1, and the digits that they show."""
    with np.load(DATA) as archive:
        pixels, digits = archive["x"], archive["y"]
    square = pixels.shape[1] // side
    squares = pixels.reshape(len(pixels), side, square, side, square).mean((2, 4), dtype=np.float32) / 255
    return squares[..., None], digits.astype(np.int64)


def part(images: Array, digits: Array, start: int, stop: int) -> Examples:
    """Return the images from `start` to before `stop`."""
    return Examples({"x": list(images[start:stop]), "y": list(digits[start:stop])}, {}, stop - start)


def accuracy(program: rnndsl.Program, params: Params, examples: Examples) -> float:
    """Return the share of images whose most likely digit is the right one."""
    batches = ExampleBatches(examples, 250)
    right = 0
    for k in range(batches.count):
        data = batches.batch(0, k).data
        right += int(np.sum(np.argmax(program.run(params, {"x": data["x"]})["y.logits"], 1) == data["y"]))
    return right / examples.count


def main(options: Options) -> None:
    """Train, and tell how many digits are right."""
    side, size, trained, epochs, together = (7, 16, 1000, 8, 20) if options.short else (14, 32, TRAINED, 25, 50)
    rate = 1e-2 if options.short else 3e-3
    images, digits = read_images(side)
    train = part(images, digits, 0, trained)
    dev, test = part(images, digits, TRAINED, TRIED), part(images, digits, TRIED, len(images))
    program = rnndsl.compile(SPEC, dims={"channels": 1, "classes": 10, "n": size})
    params = program.init(options.seed)

    def score() -> str:
        return f"{accuracy(program, params, dev):.1%} right on dev"

    steps = epochs * train.count // together
    plan = Plan(Limit(steps=steps, minutes=options.minutes), options.seed, rate, clip=1.0, tell_every=steps // 20)
    fitted = fit(program, params, shuffled(train, together, options.seed), plan, score)
    print(f"result: {accuracy(program, params, test):.1%} right on test ({fitted})")


if __name__ == "__main__":
    main(read_options(__doc__ or ""))
