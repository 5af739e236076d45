"""The allow-list of generated code fails closed: what it does not know is refused."""

import ast

import pytest

from rnndsl.runtime.allow import BUILTINS, ForbiddenCodeError, check_source
from tests.codegen.programs import PROGRAMS, compile_small

REFUSED = {
    "import": "import os",
    "import_submodule": "import os.path",
    "import_from": "from os import system",
    "import_star": "from numpy import *",
    "import_other_name": "import numpy",
    "import_as": "import numpy as np, os",
    "import_numpy_part": "import numpy.ctypeslib as np",
    "import_in_function": "def f():\n    import os\n",
    "dunder_import": "__import__('os')",
    "builtins": "__builtins__",
    "loader": "x = __loader__",
    "spec": "x = __spec__",
    "getattr": "import numpy as np\ngetattr(np, 'load')",
    "eval": "eval('1')",
    "exec": "exec('1')",
    "open": "open('f', 'w')",
    "compile": "compile('1', 'f', 'exec')",
    "globals": "globals()",
    "vars": "vars()",
    "type": "type(1)",
    "breakpoint": "breakpoint()",
    "input": "input()",
    "print": "print(1)",
    "object": "object()",
    "super": "super()",
    "delattr": "x = 1\ndelattr(x, 'y')",
    "dunder_class": "().__class__",
    "dunder_dict": "import numpy as np\nnp.__dict__",
    "dunder_globals": "def f():\n    return 1\nf.__globals__",
    "subclasses": "import numpy as np\nnp.generic.__subclasses__()",
    "tofile": "import numpy as np\nnp.zeros(3).tofile('f')",
    "save": "import numpy as np\nnp.save('f', 1)",
    "load": "import numpy as np\nnp.load('f', allow_pickle=True)",
    "memmap": "import numpy as np\nnp.memmap('f')",
    "ctypeslib": "import numpy as np\nnp.ctypeslib",
    "format": "'{0.__class__}'.format(1)",
    "f_string": "x = 1\ny = f'{x}'",
    "lambda": "f = lambda x: x",
    "decorator": "def f(g):\n    return g\n@f\ndef h():\n    return 1\n",
    "class_decorator": "def f(g):\n    return g\n@f\nclass A:\n    x = 1\n",
    "class_with_base": "class A(list):\n    x = 1\n",
    "metaclass": "def f(*a):\n    return a\nclass A(metaclass=f):\n    x = 1\n",
    "global": "def f():\n    global x\n    x = 1\n",
    "nonlocal": "def f():\n    x = 1\n    def g():\n        nonlocal x\n        x = 2\n    return g\n",
    "walrus": "(x := 1)",
    "set": "x = {1, 2}",
    "set_comprehension": "x = {y for y in (1, 2)}",
    "yield": "def f():\n    yield 1\n",
    "async": "async def f():\n    return 1\n",
    "await": "async def f():\n    await 1\n",
    "delete": "x = 1\ndel x\n",
    "assert": "assert 1",
    "match": "match 1:\n    case 1:\n        x = 1\n",
    "annotated": "x: int = 1",
    "dunder_name": "__name__ = 'x'",
    "dunder_function": "def __getattr__(name):\n    return 1\n",
    "private_function": "def _f():\n    return 1\n",
    "dunder_method": "class A:\n    def __reduce__(self):\n        return 1\n",
    "builtin_before_it_is_bound": "x = eval\neval = 1",
    "builtin_as_argument": "def f(eval):\n    return 1\nx = eval('1')\n",
}


@pytest.mark.parametrize("source", REFUSED.values(), ids=REFUSED.keys())
def test_refused(source: str) -> None:
    ast.parse(source)
    with pytest.raises(ForbiddenCodeError, match=r"^line \d+: "):
        check_source(source)


def test_text_that_is_no_python_is_refused() -> None:
    with pytest.raises((SyntaxError, ForbiddenCodeError)):
        check_source("def (:")


def test_what_the_emitter_writes_passes() -> None:
    for name in ("Elementwise", "HandWriting", "OneHot", "CellsOverRanges"):
        source = compile_small(PROGRAMS[name]).source
        assert ast.dump(check_source(source)) == ast.dump(ast.parse(source))


def test_no_builtin_reaches_further() -> None:
    for name in ("getattr", "setattr", "eval", "exec", "open", "compile", "type", "vars", "globals", "object"):
        assert name not in BUILTINS
