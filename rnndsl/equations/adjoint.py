"""The adjoint of a model as a spec: its equations, the recurrences of backpropagation through time, the gradients.

The equations are those of the graph that `differentiate` makes of the model, before any pass that is for speed; they
are what runs, written down. The spec that they make is a model like any other: compiled, its outputs `d_W` are the
gradient of its loss.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rnndsl.autodiff.differentiate import default_names, differentiate
from rnndsl.equations.example import of_one_example, share_products
from rnndsl.equations.given import with_given_cotangents
from rnndsl.equations.naming import COTANGENT, Name, Naming
from rnndsl.equations.operators import RULES
from rnndsl.equations.refusal import no_gradient
from rnndsl.equations.source import Source, left, reading, shape_text, without_dots
from rnndsl.equations.terms import number_text
from rnndsl.equations.writing import Writer
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.lower import Parts, lower_with_parts
from rnndsl.graph.node import Noise
from rnndsl.graph.order import same_point_order
from rnndsl.indices import Domain
from rnndsl.passes.eliminate_zeros import eliminate_zeros
from rnndsl.passes.simplify_algebra import simplify_algebra
from rnndsl.semantics.model import TypedModel
from rnndsl.syntax.parse import parse
from rnndsl.syntax.printer import format_tree

INDENT: Final = "    "


@dataclass(frozen=True, slots=True)
class Adjoint:
    """A model with its adjoint: its name, its text, and of what the `d_...` in it are the cotangents.

    `dotted` leads from the names of cells' quantities to what they are in the model: `h_W_f` is `h.W_f`.
    """

    name: str
    text: str
    cotangents: Mapping[str, str]
    dotted: Mapping[str, str]


def adjoint_spec(typed: TypedModel) -> Adjoint:
    """Return a model with its adjoint, in the canonical layout.

    Raises:
        SpecError: the adjoint needs what the language has no notation for.
    """
    wanted = [name for name, data in typed.model.data.items() if data.role == "input"]
    typed = with_given_cotangents(typed)
    graph, parts = lower_with_parts(typed)
    graph = simplify_algebra(of_one_example(graph))
    names = [name for name in default_names(graph) if name in graph.params or name in wanted]
    if "loss" not in graph.outputs or not names:
        lacks = "parameter and no real input" if "loss" in graph.outputs else "loss and no output of real numbers"
        raise no_gradient(typed.model.span, f"the model has no {lacks}")
    graph = of_one_example(differentiate(graph, "loss", names))
    graph = share_products(simplify_algebra(eliminate_zeros(graph)))
    return _Printed(typed, graph, parts, names).adjoint()


@dataclass
class _Printed:
    """The adjoint of a model on its way to text; `names` are what it is differentiated by."""

    typed: TypedModel
    graph: RecurrenceGraph
    parts: Parts
    names: Sequence[str]

    def adjoint(self) -> Adjoint:
        """Write the whole spec."""
        naming = Naming(self.graph, self.typed, self.parts.keys)
        naming.start()
        gradients = {name: Name(naming.free(COTANGENT + name), self._domain(name), given=False) for name in self.names}
        naming.name_shared(self._live())
        writer = Writer(self.graph, naming, RULES)
        results = [self._gradient(writer, name, own) for name, own in gradients.items()]
        adjoint, primal = self._made(writer)
        source = self._source(writer)
        lines = (
            source.indices((*self.graph.indices, *writer.indices))
            + source.data()
            + self._masks(writer)
            + source.params()
        )
        lines += self._constants(writer)
        model = source.equations()
        outputs = [*source.outputs(), f"output {', '.join(left(one.text, one.domain) for one in gradients.values())}"]
        lines += ["", "# The model.", *model, *primal, "", "# Its adjoint.", *adjoint]
        lines += ["", "# The gradient.", *results, *outputs]
        name = f"{self.typed.model.name}Adjoint"
        found, dotted = without_dots([*lines, *self._cotangents(naming, gradients)])
        *flat, barred, plain = found
        flat = source.fixed(flat)
        whole = [*self._remarks(), source.head(name, flat), *(INDENT + line if line else "" for line in flat), ""]
        text = format_tree(parse("\n".join(whole), "<adjoint>"))
        return Adjoint(name, text, dict(zip(barred.split(), plain.split(), strict=True)), dotted)

    def _cotangents(self, naming: Naming, gradients: Mapping[str, Name]) -> tuple[str, str]:
        """Return the names of cotangents and, in the same order, those of what they are the cotangents of."""
        pairs = {own.text: name for name, own in gradients.items()} | naming.cotangents
        return " ".join(pairs), " ".join(pairs.values())

    def _remarks(self) -> list[str]:
        model = self.typed.model
        observed = " All targets are observed." if model.randoms else ""
        return [
            f"# {model.name} and its adjoint, for one example: d_v is the derivative of the loss with respect to v,",
            f"# zero where v has no point; a_v is what v is a function of.{observed}",
        ]

    def _domain(self, name: str) -> Domain:
        info = self.graph.params.get(name) or self.graph.inputs[name]
        return info.domain

    def _live(self) -> set[int]:
        """Return the nodes that gradients are made of."""
        stack = [self.graph.outputs[f"d loss/d {name}"].node for name in self.names]
        found: set[int] = set()
        while stack:
            number = stack.pop()
            if number not in found:
                found.add(number)
                stack.extend(self.graph.nodes[number].operands)
        return found

    def _gradient(self, writer: Writer, name: str, own: Name) -> str:
        number = self.graph.outputs[f"d loss/d {name}"].node
        return self._equation(writer, number, own, alias=number in writer.naming.names)

    def _equation(self, writer: Writer, number: int, own: Name, *, alias: bool = False) -> str:
        value = writer.write(number, {}) if alias else writer.define(number, {})
        shape = self.graph.nodes[number].shape
        note = f" : {shape_text(shape)}" if value.rank < len(shape) or set(own.domain) - value.free else ""
        return f"{left(own.text, own.domain)}{note} = {value.text()}"

    def _made(self, writer: Writer) -> tuple[list[str], list[str]]:
        """Write what got a name, until nothing new gets one; of the model what is no expression of it."""
        naming, written = writer.naming, dict[int, str]()
        for number in naming.made:  # grows
            if number not in naming.parts:
                written[number] = self._equation(writer, number, naming.names[number])
        inits = [f"init {name} = {number_text(value)}" for name, value in writer.inits.items()]
        order = [number for number in same_point_order(self.graph, list(self.graph.nodes)) if number in written]
        adjoint = [written[number] for number in order if self.graph.nodes[number].adjoint]
        primal = [written[number] for number in order if not self.graph.nodes[number].adjoint]
        return adjoint, primal + inits

    def _source(self, writer: Writer) -> Source:
        named = {}
        for number, expr in writer.naming.parts.items():
            name = writer.naming.names[number]
            named[expr] = reading(name.text, name.domain, expr)
        masks = {}
        for number, text in writer.masks.items():
            noise = self.graph.nodes[number].attr
            for expr, key in self.parts.masks.items():
                if isinstance(noise, Noise) and noise.key == key:
                    masks[expr] = reading(text, self.graph.nodes[number].domain, expr)
        return Source(self.typed, named, masks)

    def _masks(self, writer: Writer) -> list[str]:
        found = []
        for number, text in writer.masks.items():
            node = self.graph.nodes[number]
            found.append(f"input {left(text, node.domain)} : {shape_text(node.shape)}")
        return found

    def _constants(self, writer: Writer) -> list[str]:
        return [f"{name} : {size} = {number_text(value)}" for (size, value), name in writer.zeros.items()]
