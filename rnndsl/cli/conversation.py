"""A text that grows in turns: a line from outside, then what the model goes on with."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rnndsl.cli.generating import LENGTH, Wish, continued, generate
from rnndsl.cli.output import Output
from rnndsl.cli.trained import Trained
from rnndsl.data import Symbols
from rnndsl.diagnostics.diagnostic import DataError
from rnndsl.runtime.generation import targets


@dataclass
class Conversation:
    """What has been said, and the state that the model has come to; `prompt` stands before the first line.

    Draws go on from turn to turn, so that all turns together draw what the whole text would. A beam search takes no
    state over: it begins anew with the whole text.
    """

    trained: Trained
    wish: Wish
    prompt: str = ""
    said: list[int] = field(default_factory=list)
    carry: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a model that reads no text.

        Raises:
            DataError: RNN608.
        """
        graph, fed = self.trained.program.graph, self.trained.program.feed
        if self.trained.symbols is None or set(graph.inputs) - {info.name for info in targets(graph)} - fed.keys():
            message = f"{self.trained.program.name} was not trained on text, so there is nothing to converse in"
            raise DataError.of("RNN608", message, help="leave --interactive out, and give --data")

    @property
    def symbols(self) -> Symbols:
        """The symbols that it is made of."""
        if self.trained.symbols is None:
            raise TypeError("a conversation is a text")
        return self.trained.symbols

    def answer(self, line: str) -> str:
        """Return what the model says after a line.

        Raises:
            DataError: RNN611, a symbol is not among the model's; nothing has been said then.
        """
        line = line if "\n" in self.symbols.entries else line.rstrip("\n")
        space = " " if self.symbols.level == "word" else ""
        heard = self.symbols.encode(f"{self.prompt}{space}{line}")
        streams = self.wish.search is None and "sample" in self.trained.program.carrying
        said = self._go_on(heard) if streams else self._anew(heard)
        self.prompt = ""
        self.said += [*heard.tolist(), *said]
        return self.symbols.decode(said)

    def _go_on(self, heard: Any) -> list[int]:
        """Hear a line, then draw from the state that the model is in: an end symbol in the line ends nothing."""
        program, params = self.trained.program, self.trained.params
        data = continued(self.trained, heard, begun=bool(self.said)).data
        (name,) = (info.name for info in targets(program.graph))
        (sequence,) = (index.name for index in program.inputs[name].domain)
        known, carry = sum(map(len, data.get(name, ()))), self.carry
        if known:
            _, carry = program.sample(params, data, lengths={sequence: [known]}, carry=carry)
            data = {}
        lengths = {sequence: [LENGTH if self.wish.length is None else self.wish.length]}
        drawn, self.carry = program.sample(params, data, lengths=lengths, carry=carry, **self.wish.sampling)
        return [int(token) for token in drawn[name][0] if token >= 0]

    def _anew(self, heard: Any) -> list[int]:
        """Generate after the whole text."""
        whole = np.array([*self.said, *heard.tolist()], np.int64)
        start = continued(self.trained, whole)
        (sample,) = generate(self.trained, start, self.wish)
        found = [*start.lead, *next(iter(sample.values.values())).tolist()]
        return [int(token) for token in found[len(whole) :]]


def converse(conversation: Conversation, lines: Iterable[str], output: Output) -> None:
    """Answer line by line, until there are no more."""
    for line in lines:
        try:
            said = conversation.answer(line)
        except DataError as error:
            output.tell(f"{error}; say it with other symbols")
            continue
        output.say(said)
