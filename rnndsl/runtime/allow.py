"""What generated code may consist of: an allow-list of syntax, names and attributes that fails closed.

The emitter writes nothing else; this check stands behind it, so that a slip in it can never become code of a spec's
author that runs.
"""

import ast
import builtins
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from types import NoneType

#: Node types of Python's syntax tree.
SYNTAX = (
    ast.Module, ast.Import, ast.alias, ast.Assign, ast.AugAssign, ast.Expr, ast.Return, ast.If, ast.For, ast.While,
    ast.IfExp,
    ast.With, ast.withitem, ast.Try, ast.ExceptHandler, ast.Raise, ast.FunctionDef, ast.ClassDef, ast.arguments,
    ast.arg, ast.Call, ast.keyword, ast.Name, ast.Load, ast.Store, ast.Attribute, ast.Subscript, ast.Slice, ast.Tuple,
    ast.List, ast.Dict, ast.Starred, ast.Constant, ast.ListComp, ast.GeneratorExp, ast.DictComp, ast.comprehension,
    ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.operator, ast.unaryop, ast.boolop, ast.cmpop,
)  # fmt: skip

BUILTINS = frozenset(
    {
        "range", "enumerate", "zip", "list", "reversed", "len", "float", "int", "bool", "iter",
        "next", "isinstance", "tuple", "slice", "str", "max", "min", "all", "dict", "ValueError", "IndexError",
    }
)  # fmt: skip

#: No module can have these by binding them itself: before it does, the name means Python's.
FORBIDDEN = frozenset(dir(builtins)) - BUILTINS

#: Fields that hold no nodes, or only nodes without parts, such as operators (all of which are allowed).
LEAVES = frozenset(
    {"ctx", "op", "ops", "id", "attr", "arg", "name", "asname", "names", "kind", "type_comment", "is_async"}
)

#: For every allowed type the fields that have to be followed.
PARTS: Mapping[type, tuple[str, ...]] = {
    **{kind: tuple(field for field in kind._fields if field not in LEAVES) for kind in SYNTAX},
    ast.Constant: (),
    NoneType: (),  # a part that is left out
}
NAMING = frozenset({ast.Name, ast.Attribute, ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.arg})
SPECIAL = frozenset({"__init__", "__call__"})

#: What may be imported, and as what.
IMPORTS = frozenset({("numpy", "np"), ("numba", None), ("cupy", "cp")})

#: Methods and attributes, of numpy and of arrays, lists, dicts and the prelude's classes.
ATTRIBUTES = frozenset(
    {
        "Compiler", "SeedSequence", "T", "above", "abs", "add", "advance", "all", "along", "among", "any", "append",
        "arange", "argmax", "argmin", "argsort", "arity", "array", "asarray", "ascontiguousarray", "asnumpy", "astype",
        "at", "back", "batch", "begin", "bincount", "bit_generator", "block", "box", "broadcast_to", "buffers",
        "by_child", "cell", "child", "children", "choose", "clip", "compiler", "concatenate", "copy", "copyto", "core",
        "cos", "count", "count_nonzero", "count_steps", "counts", "ctypes", "cumsum", "data", "default_rng", "dense",
        "depth", "diagonal", "digits", "divide", "done", "draw", "dtype", "earlier", "edge", "edges", "edges_before",
        "einsum", "empty", "empty_like", "end", "ends", "enter", "equal", "errstate", "even", "example", "exp",
        "expand_dims", "extents", "eye", "factors", "find", "first", "first_edge", "first_max", "first_use", "flags",
        "flatnonzero", "float32", "float64", "floor", "folds", "follow", "follow_rows", "found", "front", "full",
        "full_like", "get", "greater_equal", "group", "halo", "heights", "indices", "inf", "insert", "int32", "int64",
        "intp", "isfinite", "items", "itemsize", "join", "kind", "lanes", "largest", "largest_or_zero", "last_front",
        "later", "lay_out", "lay_out_alike", "leaf_steps", "leave", "leaving", "lengths", "less", "less_equal",
        "let_go", "lexsort", "linalg", "live", "log", "log1p", "logical_and", "logical_not", "logical_or", "logsumexp",
        "long", "longest", "margin", "matmul", "max", "maximum", "min", "minimum", "mod", "moveaxis", "moved",
        "multiply", "nan", "natural", "nbytes", "ndim", "negative", "njit", "noalias", "nonzero", "normal", "offsets",
        "ones", "order", "outside", "own", "owner", "pack", "parent", "parents", "partition", "pi", "place", "point",
        "points", "pop", "power", "prod", "pull", "put_along_axis", "qr", "random", "rank", "ravel", "reach", "reduce",
        "reduceat", "regular", "repack", "repeat", "require", "reshape", "rest", "results", "room", "root", "row",
        "rows", "scores", "searchsorted", "seeds", "shape", "sign", "sin", "single", "size", "sizes", "slot", "softmax",
        "sorted", "spare", "sparse", "spawn", "sqrt", "squeeze", "start", "step", "steps", "stop", "strides",
        "subtract", "sum", "swapaxes", "table", "take", "take_along_axis", "tanh", "target", "temper", "tile", "tokens",
        "tolist", "top", "total", "transpose", "uint16", "uint8", "uniform", "unique", "unpack", "update", "uses",
        "vecdot", "view", "way", "where", "wide", "widest", "width", "zeros", "zeros_like",
    }
)  # fmt: skip


class ForbiddenCodeError(Exception):
    """Generated code holds something that is not on the allow-list: a bug of the emitter."""


def check_source(source: str, helpers: tuple[str, ...] = ()) -> ast.Module:
    """Parse generated code and return its tree; `helpers` are names that it may use and that others define.

    Raises:
        ForbiddenCodeError: it holds syntax, a name or an attribute that is not allowed.
    """
    tree = ast.parse(source)
    nodes = _nodes(tree)
    given = {name for name in _bound(nodes).union(helpers) if name[0] != "_"}
    known = (given - FORBIDDEN) | BUILTINS | {"np", "cp", "numba"}
    for node in nodes:
        if node.__class__ is ast.Name and node.id in known:  # nearly all are
            continue
        reason = _objection(node, known)
        if reason:
            raise ForbiddenCodeError(f"line {getattr(node, 'lineno', 0)}: {reason}")
    return tree


def _nodes(tree: ast.AST) -> list[ast.AST]:
    """Return all nodes that have names.

    Raises:
        ForbiddenCodeError: a node is not of an allowed type.
    """
    found = [tree]
    for node in found:  # grows on the way
        parts = PARTS.get(node.__class__)
        if parts is None:
            raise ForbiddenCodeError(f"line {getattr(node, 'lineno', 0)}: syntax {type(node).__name__}")
        for part in parts:
            value = getattr(node, part)
            if value.__class__ is list:
                found += value
            else:
                found.append(value)
    return [node for node in found if node.__class__ in NAMING]


def _bound(nodes: Sequence[ast.AST]) -> frozenset[str]:
    """Return the names that the module itself binds."""
    bound = set()
    for node in nodes:
        match node:
            case ast.Name(id=name):
                if node.ctx.__class__ is ast.Store:
                    bound.add(name)
            case ast.arg(arg=name) | ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                bound.add(name)
            case _:
                pass
    return frozenset(bound)


def _objection(node: ast.AST, known: AbstractSet[str]) -> str:
    """Return what is not allowed about a node, "" if nothing; `known` are the names that the module may use."""
    match node:
        case ast.Name(id=name):
            return "" if name in known else f"the name {name!r}"
        case ast.Attribute(attr=name):
            return "" if name in ATTRIBUTES else f"the attribute {name!r}"
        case ast.Import(names=[ast.alias(name=name, asname=asname)]) if (name, asname) in IMPORTS:
            return ""
        case ast.FunctionDef(name=name, decorator_list=[ast.Name(id="jit" | "jit_walk")]):
            return "" if name[0] != "_" else f"the definition of {name!r}"
        case ast.Import() | ast.ImportFrom():
            return "an import"
        case ast.FunctionDef(decorator_list=[_, *_]) | ast.ClassDef(decorator_list=[_, *_]):
            return "a decorator"
        case ast.ClassDef(bases=[_, *_]) | ast.ClassDef(keywords=[_, *_]):
            return "a class made from another"
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return "" if name in SPECIAL or name[0] != "_" else f"the definition of {name!r}"
        case _:
            return ""
