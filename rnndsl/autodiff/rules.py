"""The adjoint of every operator: one rule each, `None` for operators that carry no gradient.

A rule gives one contribution for every operand, from the cotangent of the node; `differentiate` sums what operands
lack, except after the rules in `FITTED`, which do that themselves.
"""

from collections.abc import Mapping

from rnndsl.autodiff import structural
from rnndsl.autodiff.elementwise import ELEMENTWISE_RULES, activate
from rnndsl.autodiff.read import read, uses
from rnndsl.autodiff.site import Rule
from rnndsl.ops import Op

#: Operators without a gradient: sources, whole numbers and truths, and what is constant piece by piece.
NO_GRADIENT = (
    Op.PARAM,
    Op.INPUT,
    Op.CONST,
    Op.SIZE,
    Op.IOTA,
    Op.LENGTH,
    Op.MISSING,
    Op.FRESH,
    Op.NOISE,
    Op.RANDOM,
    Op.OPTION,
    Op.SEGMENTS,
    Op.SIGN,
    Op.NOT,
    Op.SEEN,
    Op.STOP,
    Op.MOD,
    Op.LESS,
    Op.LESS_EQUAL,
    Op.EQUAL,
    Op.AND,
    Op.OR,
    Op.FIRST_MAX,
    Op.TEMPER,
    Op.TOP,
    Op.BEAM,
    Op.NUMBER,
    Op.ONE_HOT,
)

RULES: Mapping[Op, Rule | None] = {
    **dict.fromkeys(NO_GRADIENT, None),
    **ELEMENTWISE_RULES,
    Op.VAR: structural.broadcast,
    Op.ACTIVATE: activate,
    Op.READ: read,
    Op.USES: uses,
    Op.CONTRACT: structural.contract,
    Op.BROADCAST: structural.broadcast,
    Op.SOFTMAX: structural.softmax,
    Op.LOGSUMEXP: structural.logsumexp,
    Op.MAX: structural.largest,
    Op.CONCAT: structural.concat,
    Op.SLICE: structural.cut,
    Op.PLACE: structural.place,
    Op.STACK: structural.stack,
    Op.UNSTACK: structural.unstack,
    Op.LOOKUP: structural.lookup,
    Op.SCATTER: structural.scatter,
    Op.PICK: structural.pick,
    Op.PUT: structural.put,
}

#: Operators whose rules give contributions on the operands' own points.
FITTED = frozenset({Op.READ, Op.CONTRACT, Op.UNSTACK, Op.LOOKUP, Op.SCATTER})
