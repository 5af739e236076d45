"""One text for all array libraries: what each prints of it, and that the modules differ in nothing else."""

import difflib
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rnndsl
from rnndsl import codegen
from rnndsl.codegen.dialect import CUPY, NUMBA, NUMPY
from rnndsl.codegen.prelude_text import pieces
from rnndsl.compiler import build, check
from rnndsl.locations import data_folder
from rnndsl.verify.cases import small_dims
from tests.codegen.cupy_inventory import FUNCTIONS, METHODS, UFUNCS
from tests.codegen.programs import PROGRAMS, compile_small
from tests.codegen.strict_cupy import StrictCupy

PRINTED = {
    "xp.tanh(a, out=b)": ("np.tanh(a, out=b)", "cp.tanh(a, out=b)"),
    "np.arange(3) + fxp.size": ("np.arange(3) + fxp.size", "np.arange(3) + fxp.size"),
    "a[device(rows)]": ("a[rows]", "a[cp.asarray(rows)]"),
    "a[devices((rows, *more))]": ("a[(rows, *more)]", "a[tuple(cp.asarray(one) for one in (rows, *more))]"),
    "f(host(t.unpack(a + 1)) - 1)": ("f(t.unpack(a + 1) - 1)", "f(cp.asnumpy(t.unpack(a + 1)) - 1)"),
    "fetched(xp.moveaxis(a, 0, 1))": ("np.array(np.moveaxis(a, 0, 1))", "cp.asnumpy(cp.moveaxis(a, 0, 1))"),
    "device(draws(t, (1, 2), host(a)))": ("draws(t, (1, 2), a)", "cp.asarray(draws(t, (1, 2), cp.asnumpy(a)))"),
    "the_device(a), self.host(b)": ("the_device(a), self.host(b)", "the_device(a), self.host(b)"),
    "xp.add.reduceat(a, rows)  # NumPy alone\n": ("np.add.reduceat(a, rows)\n", ""),
    'xp.take(a, rows, axis=0, out=b, mode="clip")': (
        'np.take(a, rows, axis=0, out=b, mode="clip")',
        "cp.take(a, rows, axis=0, out=b)",
    ),
    'xp.einsum("ab,b->a", a, b[:, 0], out=c[..., None])': (
        'np.einsum("ab,b->a", a, b[:, 0], out=c[..., None])',
        'cp.copyto(c[..., None], cp.einsum("ab,b->a", a, b[:, 0]))',
    ),
    "self.reduce(xp.maximum, xp.maximum.reduce, a)": (
        "self.reduce(np.maximum, np.maximum.reduce, a)",
        "self.reduce(cp.maximum, cp.max, a)",
    ),
    "if outside.max(initial=False):": ("if outside.max(initial=False):", "if len(outside):"),
    "out[outside] = 0 if init is None else init[outside]": (
        "out[outside] = 0 if init is None else init[outside]",
        "cp.copyto(out.T, 0 if init is None else init.T, where=outside.T)",
    ),
}


@pytest.mark.parametrize("code", PRINTED)
def test_printed(code: str) -> None:
    assert (NUMPY.text(code), CUPY.text(code)) == PRINTED[code]
    assert NUMBA.text(code) == NUMPY.text(code)


def test_lines_for_one_library_alone() -> None:
    code = "if sorted:  # NumPy alone\n    return  # NumPy alone\nstay()\n"
    assert NUMPY.text(code) == "if sorted:\n    return\nstay()\n"
    assert CUPY.text(code) == "stay()\n"


def test_no_word_of_emitters_stays() -> None:
    for dialect in (NUMPY, CUPY):
        for text in pieces().values():
            printed = dialect.text(text)
            assert not re.search(r"\bxp\.|(?<![\w.])(devices?|host|fetched)\(|# NumPy alone", printed)
            assert max(map(len, printed.splitlines())) <= 120


# What CuPy has --------------------------------------------------------------------------------------------------------


def emitted() -> set[str]:
    """Return every name of CuPy's that an emitter or a helper of the prelude may write."""
    sources = [path for path in Path(str(codegen.__file__)).parent.glob("*.py") if path.stem != "places"]
    texts = [CUPY.text(path.read_text(encoding="utf-8")) for path in sources if path.stem != "dialect"]
    moves = " ".join(CUPY.moves.values())
    return set(re.findall(r"\bcp\.(\w+)", "\n".join([*texts, moves])))


def test_inventory_holds_what_is_used() -> None:
    assert emitted() | {"copyto"} == {*UFUNCS, *FUNCTIONS}


def test_cupy_has_the_inventory() -> None:
    cupy = pytest.importorskip("cupy", reason="CuPy is not installed: its names are compared with the inventory alone")
    assert [name for name in UFUNCS if not isinstance(getattr(cupy, name), cupy.ufunc)] == []
    for name, known in FUNCTIONS.items():
        own = inspect.signature(getattr(cupy, name)).parameters
        assert set(known) - {"*"} <= set(own) or name == "einsum", name
    assert re.search(r"einsum\(subscripts, \*operands, dtype=None, optimize=False\)", cupy.einsum.__doc__)
    for name, known in METHODS.items():
        signature = getattr(cupy.ndarray, name).__doc__.splitlines()[0]
        assert [one for one in known if not re.search(rf"\b{one}\b" if one != "*" else r"\*", signature)] == [], name


# The stand-in ---------------------------------------------------------------------------------------------------------

HERE = np.arange(3.0)

REFUSED: Mapping[str, Callable[[Any, Any], object]] = {
    "a sum of host and device": lambda cp, there: np.add(HERE, there),
    "an operator of both": lambda cp, there: there + HERE,
    "the same the other way round": lambda cp, there: HERE + there,
    "an array made of one of the device": lambda cp, there: np.asarray(there),
    "a function of NumPy's": lambda cp, there: np.concatenate([there, there]),
    "a function with an array of the host": lambda cp, there: cp.multiply(there, HERE),
    "a result on the host": lambda cp, there: cp.multiply(there, 2.0, out=HERE),
    "a copy of the host": lambda cp, there: cp.copyto(there, HERE),
    "a subscript of the host": lambda cp, there: there[np.array([0])],
    "an assignment of the host": lambda cp, there: there.__setitem__(slice(2), HERE[:2]),
    "rows of the host": lambda cp, there: cp.take(there, np.array([0]), axis=0),
    "a parameter that CuPy lacks": lambda cp, there: cp.take(there, cp.arange(1), axis=0, mode="clip"),
    "an elementwise function with a mask": lambda cp, there: cp.exp(there, where=there > 0),
    "a method that is not listed": lambda cp, there: there.tolist(),
    "a number as a mask": lambda cp, there: cp.copyto(there, 0.0, where=True),
    "bringing back what is here": lambda cp, there: cp.asnumpy(HERE),
    "elements one by one": lambda cp, there: list(there),
}


@pytest.mark.parametrize("what", REFUSED)
def test_the_stand_in_refuses(what: str) -> None:
    cp = StrictCupy()
    with pytest.raises((TypeError, AttributeError)):
        REFUSED[what](cp, cp.asarray(HERE))


def test_the_stand_in_refuses_to_write_an_element_twice() -> None:
    cp = StrictCupy()
    there, rows = cp.asarray(HERE), cp.asarray(np.array([1, 1]))
    there[rows] = 0.0  # the same number, whoever comes last
    with pytest.raises(ValueError, match="written twice"):
        there[rows] = cp.asarray(np.array([1.0, 2.0]))


def test_new_memory_of_the_stand_in_is_no_zeros() -> None:
    cp = StrictCupy()
    assert np.isnan(cp.asnumpy(cp.empty(2, np.float32))).all()
    assert cp.transfers == [0, 1]


# What differs ---------------------------------------------------------------------------------------------------------

#: Lines of a CuPy module that the NumPy module lacks, besides those that only call `cp` where it calls `np`, say where
#: an array is, or leave out how `take` clips.
ELSE = {
    "results that the host has": r" +grads\[.*\] = cp\.asnumpy\(.*\)",
    "the module's first line": r'""".*, in CuPy, with NumPy for the structure of batches\.',
    "import": r"import cupy as cp",
    "table of rows, taken over once": r" +(\w+)_table = cp\.asarray\(\1\)",
    "einsum without out": r" +cp\.copyto\(.*, cp\.einsum\(.*\)\)",
    "a ufunc's reduction": r" +return self\.reduce\(cp\.\w+, cp\.(sum|max|min), .*\)",
    "what is outside": r" +(if len\(outside\):|cp\.copyto\(out\.T, .*, where=outside\.T\))",
    "gradients copied": r" +(\w+_copy = cp\.asnumpy\(.*|grads\[.*\] = .*)",
    "memory": r" +return cp\.empty\(size, dtype\)",
}

#: Lines of a NumPy module that the CuPy module lacks.
ALONE = {
    "the module's first line": r'""".*, in NumPy alone\.',
    "einsum with out": r" +np\.einsum\(.*, out=.*\)",
    "a ufunc's reduction": r" +return self\.reduce\(np\.\w+, np\.\w+\.reduce, .*\)",
    "what is outside": r" +(if outside\.max\(initial=False\):|out\[outside\] = .*)",
    "results that leave": r" +grads\[.*\] = ws\.leaving\(.*\)|    def leaving.*",
    "rows that share sets of a cache": r" +some = 16 if .*",
    "how they do": r" +(if name in self\.buffers and .* < 2\*\*20:|return value\.copy\(\)|return value)",
    "their buffers": r' +(self\.buffers\.pop\(name, None\)|"""Return a value that the caller .*""")|',
    "what one kernel of a GPU does": r" +(rows = 2\*\*16 .*|if 0 < rows .*|for start in .*|logsumexp\(.*)",
    "short rows, across": r" +(if axis == -1 and .*|across = .*|out\[\.\.\.\] = softmax\(.*|return logsumexp\(.*)",
    "memory": r" +(buffer = np\.empty\(size \* .*|start = -buffer\.ctypes\.data % 64|return buffer\[start : .*)",
    "method that lets go": r" +(def let_go\(.*|\"\"\"Let .*|for name in names:)",
    "buffer that is let go": r" +(if name in self\.buffers .*|self\.buffers\.pop\(.*)",
    "what is let go": r".* = ws\.let_go\(.*",
    "method that hands over": r" +(def leaving\(.*|\"\"\"Return a value .*|return value(\.copy\(\))?)",
    "gradients handed over": r" +grads\[.*\] = .*",
    "reduction of sorted groups": r" +(if self\.sorted and values\.ndim == 1:|full = .*|out\[full\] = .*|return out)",
}


def plain(line: str) -> str:
    """Return a line without what says where its arrays are, and which library it calls."""
    line = re.sub(r"tuple\(cp\.asarray\(one\) for one in (\(.*?\))\)", r"\1", line).replace(', mode="clip")', ")")
    line = re.sub(r"^( +\w+)_table = ", r"\1 is ", line)
    return re.sub(r"\b[nc]p\.(asarray|asnumpy|array)\b|\b[nc]p\.|_table\b|[()]|\s", "", line)


def differing(numpy: str, cupy: str) -> tuple[list[str], list[str]]:
    """Return the lines of each module that stand in the other in no form, or in a form that is no plain rewriting."""
    found: tuple[list[str], list[str]] = ([], [])
    ours, theirs = numpy.splitlines(), cupy.splitlines()
    matcher = difflib.SequenceMatcher(None, list(map(plain, ours)), list(map(plain, theirs)), autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag != "equal":
            found[0].extend(ours[a:b])
            found[1].extend(theirs[c:d])
    return found


def unknown(lines: list[str], kinds: dict[str, str]) -> Iterator[str]:
    return (line for line in lines if not any(re.fullmatch(kind, line) for kind in kinds.values()))


@pytest.mark.parametrize("name", ["char_lstm", "tree_lstm", "luong", "grid_lstm", "Convolution"])
def test_modules_differ_in_imports_allocation_transfers_and_kernels_alone(name: str) -> None:
    path = data_folder("specs") / "models" / f"{name}.rnn"
    spec: str | Path = path if path.is_file() else PROGRAMS[name]
    dims = small_dims(build(check(spec)), {})
    numpy, cupy = (rnndsl.compile(spec, dims=dims, backend=backend).source for backend in ("numpy", "cupy"))
    ours, theirs = differing(numpy, cupy)
    assert list(unknown(ours, ALONE)) == []
    assert list(unknown(theirs, ELSE)) == []
    long = [[line for line in source.splitlines() if len(line) > 120] for source in (numpy, cupy)]
    assert len(long[0]) == len(long[1])


def test_structure_stays_in_numpy() -> None:
    source = rnndsl.compile(PROGRAMS["ChildSum"], dims={"n": 3}, backend="cupy").source
    start, end = source.index("class Tree:"), source.index("class Uses:")
    assert "cp." not in source[start:end]


def test_other_backends_have_no_tables_of_their_own() -> None:
    assert "_table = " not in compile_small(PROGRAMS["ChildSum"]).source
