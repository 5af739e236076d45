"""CuPy as generated modules may use it, over NumPy: a stand-in that is stricter than CuPy where CuPy is lenient.

Its arrays are no NumPy arrays: nothing is converted by itself, so a module that runs here mixes no host and device. It
has only the names of the inventory (see `cupy_inventory`), with the arguments that CuPy knows. New memory holds
nonsense, and an assignment by rows may name each of them once, since on a GPU the last one to write is anybody.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tests.codegen.cupy_inventory import FUNCTIONS, METHODS, UFUNCS, Parameters

Host = NDArray[Any]
SCALARS = (bool, int, float, np.generic)


class DeviceArray:
    """An array of the device; `held` is for this module and its tests."""

    __array_ufunc__ = None  # NumPy's ufuncs refuse it, and its operators leave the work to the methods below
    held: Host

    def __init__(self, values: Any) -> None:
        self.held = np.asarray(values)

    def __array__(self, *_: object, **__: object) -> Host:
        raise TypeError("implicit conversion to a NumPy array is not allowed")

    def __array_function__(self, function: Callable[..., Any], *_: object) -> Any:
        raise TypeError(f"numpy.{function.__name__} does not take arrays of the device")

    def __iter__(self) -> Any:
        raise TypeError("elements of the device one by one")

    def __len__(self) -> int:
        return len(self.held)

    def __bool__(self) -> bool:
        return bool(self.held)

    def __float__(self) -> float:
        return float(self.held)

    def __getitem__(self, key: Any) -> DeviceArray:
        place = _place(key)
        whole = place if isinstance(place, tuple) else (place,)
        plain = not any(one is Ellipsis or isinstance(one, np.ndarray) for one in whole)
        return DeviceArray(self.held[(*whole, ...) if plain else place])  # a view, a single number too

    def __setitem__(self, key: Any, value: Any) -> None:
        place = _place(key)
        if isinstance(value, DeviceArray):
            _refuse_repeated(self.held, place)
        self.held[place] = _given(value)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.held.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.held.dtype

    @property
    def size(self) -> int:
        return self.held.size

    @property
    def nbytes(self) -> int:
        return self.held.nbytes

    @property
    def ndim(self) -> int:
        return self.held.ndim

    @property
    def T(self) -> DeviceArray:  # noqa: N802 - as in CuPy
        return DeviceArray(self.held.T)


def _place(key: Any) -> Any:
    """Return a subscript of NumPy's; arrays in it have to be of the device."""
    if isinstance(key, tuple):
        return tuple(map(_place, key))
    if isinstance(key, DeviceArray):
        return key.held
    if key is None or key is Ellipsis or isinstance(key, slice | int | np.integer):
        return key
    raise TypeError(f"a subscript of the host: {type(key).__name__}")


def _refuse_repeated(values: Host, place: Any) -> None:
    """Refuse an assignment that writes an element twice."""
    parts = place if isinstance(place, tuple) else (place,)
    if any(isinstance(part, np.ndarray) for part in parts):
        named = np.arange(values.size).reshape(values.shape)[place]
        if named.size != np.unique(named).size:
            raise ValueError("an element is written twice, in an order that a GPU does not keep")


def _given(value: Any) -> Any:
    """Return an argument as NumPy's: an array of the device, a number, or several of them."""
    if isinstance(value, DeviceArray):
        return value.held
    if value is None or isinstance(value, (*SCALARS, str, type, np.dtype)):
        return value
    if isinstance(value, list | tuple):
        return type(value)(map(_given, value))
    raise TypeError(f"an argument of the host: {type(value).__name__}")


def _made(result: Any) -> Any:
    if isinstance(result, tuple):
        return tuple(map(_made, result))
    return DeviceArray(result) if isinstance(result, np.ndarray | np.generic) else result


def _checked(name: str, parameters: Parameters, values: tuple[Any, ...], named: dict[str, Any]) -> None:
    """Refuse what CuPy's function does not know."""
    if "*" not in parameters and len(values) > len(parameters):
        raise TypeError(f"cupy.{name} has {len(parameters)} parameters")
    for unknown in named.keys() - set(parameters):
        raise TypeError(f"cupy.{name} has no parameter {unknown!r}")


def _function(name: str, parameters: Parameters) -> Callable[..., Any]:
    own = getattr(np, name)

    def call(*values: Any, **named: Any) -> Any:
        _checked(name, parameters, values, named)
        result = own(*map(_given, values), **{key: _given(value) for key, value in named.items()})
        return named["out"] if named.get("out") is not None else _made(result)

    return call


def _method(name: str, parameters: Parameters) -> Callable[..., Any]:
    def call(self: DeviceArray, *values: Any, **named: Any) -> Any:
        _checked(f"ndarray.{name}", parameters, values, named)
        result = getattr(self.held, name)(*map(_given, values), **{k: _given(v) for k, v in named.items()})
        return _made(result)

    return call


def _operator(name: str, *, inside: bool = False) -> Callable[..., Any]:
    """Return an operator; `inside` says that it changes its array."""

    def call(self: DeviceArray, *other: Any) -> Any:
        if not all(isinstance(one, (DeviceArray, *SCALARS)) for one in other):
            raise TypeError(f"{name} of an array of the device and one of the host")
        result = getattr(self.held, name)(*map(_given, other))
        return self if inside else DeviceArray(result)

    return call


TWO = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and", "or", "xor")
for _name in (*TWO, *(f"r{one}" for one in TWO), "neg", "invert", "lt", "le", "gt", "ge", "eq", "ne"):
    setattr(DeviceArray, f"__{_name}__", _operator(f"__{_name}__"))
for _name in TWO:
    setattr(DeviceArray, f"__i{_name}__", _operator(f"__i{_name}__", inside=True))
for _name, _parameters in METHODS.items():
    setattr(DeviceArray, _name, _method(_name, _parameters))


class Ufunc:
    """An elementwise function: `reduce` and `reduceat` are methods of a few in CuPy, and of none here."""

    def __init__(self, name: str) -> None:
        self.name, self.own = name, getattr(np, name)

    def __call__(self, *values: Any, out: DeviceArray | None = None) -> DeviceArray:
        if out is None:
            return DeviceArray(self.own(*map(_given, values)))
        if not isinstance(out, DeviceArray):
            raise TypeError(f"cupy.{self.name} writes to arrays of the device")
        self.own(*map(_given, values), out=out.held)
        return out


class StrictCupy:
    """The module; `transfers` counts arrays that went to the device, and that came back."""

    def __init__(self) -> None:
        self.transfers = [0, 0]
        for name in UFUNCS:
            setattr(self, name, Ufunc(name))
        for name, parameters in FUNCTIONS.items():
            if not hasattr(self, name):
                setattr(self, name, _function(name, parameters))

    def asarray(self, a: Any) -> DeviceArray:
        """Take an array of the host, or a number, to the device."""
        self.transfers[0] += not isinstance(a, DeviceArray)
        return a if isinstance(a, DeviceArray) else DeviceArray(np.array(a))

    def asnumpy(self, a: Any, order: Literal["C", "F", "A"] = "C") -> Host:
        """Return a copy on the host."""
        if not isinstance(a, DeviceArray):
            raise TypeError("is on the host")
        self.transfers[1] += 1
        return a.held.copy(order)

    def empty(self, shape: Any, dtype: Any = float) -> DeviceArray:
        """Return new memory, full of nonsense."""
        kind = np.dtype(dtype).kind
        return DeviceArray(np.full(shape, {"f": np.nan, "b": True}.get(kind, -(2**40) + 1), dtype))

    def empty_like(self, a: DeviceArray) -> DeviceArray:
        """The same, of an array's shape."""
        return self.empty(a.shape, a.dtype)

    def copyto(self, dst: DeviceArray, src: Any, where: Any = None) -> None:
        """Copy; a mask is an array."""
        if where is not None and not (isinstance(where, DeviceArray) and where.dtype == bool):
            raise TypeError("a mask is an array of truth values on the device")
        np.copyto(dst.held, _given(src), where=True if where is None else where.held)

    def take(self, a: Any, indices: Any, axis: int | None = None, out: DeviceArray | None = None) -> DeviceArray:
        """Take rows; what is out of range comes round, and the types are the same."""
        if not isinstance(a, DeviceArray) or not isinstance(indices, DeviceArray):
            raise TypeError("rows of the device, by places of the device")
        found = np.take(a.held, indices.held, axis=axis, mode="wrap" if a.size else "raise")
        if out is None:
            return DeviceArray(found)
        if (out.dtype, out.shape) != (found.dtype, found.shape):
            raise TypeError(f"{found.dtype} {found.shape} does not go into {out.dtype} {out.shape}")
        out.held[...] = found
        return out
