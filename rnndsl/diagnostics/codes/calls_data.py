"""Calls that yield the codes about data, RNN6xx, each with one that is right."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from rnndsl.diagnostics.codes.entry import Calls

_START: Final = "import numpy as np\nimport rnndsl\n\n"
_TEXT: Final = '''\
program = rnndsl.compile("""
model Net(n = 2):
    index t : sequence
    input x[t] : n
    input word[t] : token(5)
    param E : n, 5
    h[t] = tanh(x[t] + E @ word[t] + h[t-1])
    output h[t]
"""{options})
params = program.init(seed=0)
x, word = np.zeros((1, 3, 2)), np.array([[0, 4, 2]])
'''
_NET: Final = _START + _TEXT.replace("{options}", "")
_FINITE: Final = _START + _TEXT.replace("{options}", ", finite=True")
_TREE: Final = (
    _START
    + '''\
program = rnndsl.compile("""
model Tree(n = 2):
    index v : tree
    index k : children(v)
    input x[v] : n
    h[v] = tanh(x[v] + sum(h[k] over k))
    output h[v]
""")
x = [np.zeros((3, 2))]
'''
)
_POINT: Final = (
    _START
    + '''\
program = rnndsl.compile("""
model Net(n = 2):
    index t : sequence
    input x[t] : n
    input p : point(t)
    output z = sum(x[t] if t == p else 0 * x[t] over t)
""")
x = np.zeros((1, 3, 2))
'''
)
_MAXIMUM: Final = (
    _START
    + '''\
program = rnndsl.compile("""
model Net(n = 2):
    index t : sequence
    input x[t] : n
    output z = max(x[t] over t)
""")
'''
)
_AHEAD: Final = (
    _START
    + '''\
program = rnndsl.compile("""
model Net(n = 2):
    index t : sequence
    input x[t] : n
    h[t] : n = tanh(x[t] + h[t+1])
    output h[t]
""")
x = np.zeros((1, 3, 2))
'''
)
_LOGARITHM: Final = (
    _START
    + '''\
program = rnndsl.compile("""
model Net(n = 2):
    index t : sequence
    input x[t] : n
    output z[t] = log(x[t])
""", finite=True)
'''
)

DATA_CALLS: Final[Mapping[str, Calls]] = MappingProxyType(
    {
        "RNN601": Calls(
            _NET, 'program.run(params, {"x": x, "words": word})', 'program.run(params, {"x": x, "word": word})'
        ),
        "RNN602": Calls(
            _NET, 'program.run(params, {"x": x, "word": word * 0.5})', 'program.run(params, {"x": x, "word": word})'
        ),
        "RNN603": Calls(
            _NET,
            'program.run(params, {"x": np.zeros((1, 3, 7)), "word": word})',
            'program.run(params, {"x": np.zeros((1, 3, 2)), "word": word})',
        ),
        "RNN604": Calls(
            _NET,
            'program.run(params, {"x": x, "word": word}, lengths={"t": [9]})',
            'program.run(params, {"x": x, "word": word}, lengths={"t": [2]})',
        ),
        "RNN605": Calls(
            _NET, 'program.run(params, {"x": x, "word": word + 1})', 'program.run(params, {"x": x, "word": word})'
        ),
        "RNN606": Calls(
            _FINITE,
            'program.run(params, {"x": x * np.nan, "word": word})',
            'program.run(params, {"x": x, "word": word})',
        ),
        "RNN612": Calls(
            _MAXIMUM,
            'program.run({}, {"x": [np.zeros((3, 2)), np.zeros((0, 2))]})',
            'program.run({}, {"x": [np.zeros((3, 2)), np.zeros((1, 2))]})',
        ),
        "RNN613": Calls(_NET, "program.init(seed=-1)", "program.init(seed=1)"),
        "RNN614": Calls(_AHEAD, 'program.run({}, {"x": x}, carry={})', 'program.run({}, {"x": x})'),
        "RNN615": Calls(
            _TREE,
            'program.run({}, {"x": x}, structure={"v": [[[1, 3], [], []]]})',
            'program.run({}, {"x": x}, structure={"v": [[[1, 2], [], []]]})',
        ),
        "RNN616": Calls(
            _TREE,
            'program.run({}, {"x": x}, structure={"v": [[[1], [2], [1]]]})',
            'program.run({}, {"x": x}, structure={"v": [[[1], [2], []]]})',
        ),
        "RNN617": Calls(
            _TREE,
            'program.run({}, {"x": x}, structure={"v": [[[1], [], []]]})',
            'program.run({}, {"x": x}, structure={"v": [[[1, 2], [], []]]})',
        ),
        "RNN618": Calls(
            _POINT,
            'program.run({}, {"x": x, "p": np.array([3])})',
            'program.run({}, {"x": x, "p": np.array([2])})',
        ),
        "RNN619": Calls(
            _LOGARITHM,
            'program.run({}, {"x": -np.ones((1, 3, 2))})',
            'program.run({}, {"x": np.ones((1, 3, 2))})',
        ),
    }
)
