"""The closed enumeration of operators; what an operator does stands in one rule table per transformation."""

from enum import StrEnum


class Op(StrEnum):
    """An operator of the recurrence graph; its operands and attribute are described beside it.

    Elementwise operators broadcast: an operand may lack indices, the batch, or (if scalar) the value shape.
    """

    # Sources
    PARAM = "param"  # attr: name
    INPUT = "input"  # attr: name (inputs and targets; INT for tokens)
    CONST = "const"  # attr: float
    SIZE = "size"  # attr: Size, as a number
    IOTA = "iota"  # attr: Index, the index's number at the point (REAL)
    LENGTH = "length"  # attr: Index, its number of points (REAL): of an example, or of a node's children
    MISSING = "missing"  # attr: Child or Parent, BOOL: the point has no such child, or no parent
    FRESH = "fresh"  # attr: Index, BOOL: the call begins at the sequence's start (no carry was given)
    NOISE = "noise"  # attr: Noise(key, rate), a dropout mask: 0 or 1/(1-rate); 1 outside training
    RANDOM = "random"  # attr: Draw(key, kind), a stream of numbers of any shape, per example; neutral without one
    OPTION = "option"  # attr: name of a number that comes with the call (REAL), such as mix
    VAR = "var"  # attr: key; placeholder of an equation while a graph is built, one operand once defined

    # Elementwise, one operand
    NEG = "neg"
    TANH = "tanh"
    SIGMOID = "sigmoid"
    RELU = "relu"
    SOFTPLUS = "softplus"
    EXP = "exp"
    LOG = "log"
    SQRT = "sqrt"
    ABS = "abs"
    SIGN = "sign"
    SIN = "sin"
    COS = "cos"
    NOT = "not"
    SEEN = "seen"  # BOOL: a token >= 0, a number that is not NaN
    STOP = "stop"  # the value, without a gradient

    # Elementwise, several operands
    ADD = "add"  # any number of operands >= 1
    SUB = "sub"
    MUL = "mul"
    DIV = "div"
    POW = "pow"
    MOD = "mod"
    MINIMUM = "minimum"
    MAXIMUM = "maximum"
    LESS = "less"
    LESS_EQUAL = "less_equal"
    EQUAL = "equal"
    AND = "and"
    OR = "or"
    WHERE = "where"  # condition, value where true, value where false

    # Stacked activations
    ACTIVATE = "activate"  # attr: Segments of (Op, Size): elementwise functions on contiguous components

    # Access to other points
    READ = "read"  # operand, [init]; attr: ReadAt
    USES = "uses"  # attr: Child(n, slot); dual of reading a child: the sum over all nodes and slots whose child this is

    # Products and sums
    CONTRACT = "contract"  # one or two operands; attr: Labels; sums labels and indices that the result lacks
    BROADCAST = "broadcast"  # one operand onto the node's domain, batch and shape

    # Folds: attr Over(indices); with no indices over the components of a vector
    SOFTMAX = "softmax"  # keeps the indices
    LOGSUMEXP = "logsumexp"
    MAX = "max"
    FIRST_MAX = "first_max"  # REAL: 1 at the first of the largest, else 0; keeps the indices

    TEMPER = "temper"  # logits -> by the call's temperature, top-k and top-p, -inf where cut off; keeps the indices
    TOP = "top"  # -> token: the place from 0 of the first of the largest; -1 of nothing

    # Components (axis 0 of the value)
    CONCAT = "concat"
    SLICE = "slice"  # attr: start (Size); the node's shape says how many
    PLACE = "place"  # attr: start (Size); zeros around, up to the node's shape
    STACK = "stack"  # attr: Index (a range) that becomes axis 0 of the value
    UNSTACK = "unstack"  # attr: Index (a range) that axis 0 of the value becomes
    SEGMENTS = "segments"  # attr: ((float, Size), ...), a constant vector, piecewise equal

    # Tokens
    NUMBER = "number"  # token -> its number (REAL), -1 where it is absent
    ONE_HOT = "one_hot"  # token -> vector
    LOOKUP = "lookup"  # matrix, token; attr: axis 1 = column (W @ x), 0 = row (x @ W)
    SCATTER = "scatter"  # cotangent vector, token; attr: axis; sums over all points the result lacks
    PICK = "pick"  # vector, token -> scalar; 0 for an absent token
    PUT = "put"  # scalar, token -> vector, zero elsewhere
    BEAM = "beam"  # attr: Choice(indices, member); log-probabilities, given token -> every member's token


class DType(StrEnum):
    """What a value is made of; REAL is the program's float type."""

    REAL = "real"
    INT = "int"
    BOOL = "bool"
