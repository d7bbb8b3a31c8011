"""A name for a function by what it does, so that what it gave once can be looked up.

Two functions have one name if they were compiled to the same, and everything they reach is equal:
defaults, what they close over, the global values and functions that they name, however deep, the
methods and attributes of the user's own classes, and what is used of his own modules. Of installed
packages the name and the version count. Where the state of a value cannot be seen, it is refused;
what a function reads from files or asks the machine for is not seen.
"""

from __future__ import annotations

import dis
import hashlib
import importlib
import importlib.util
import inspect
import pickle
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path, PurePath
from types import CodeType, FunctionType, ModuleType
from typing import Any

from auralis_lab.errors import ParameterError

__all__ = ["function_digest"]

PACKAGE = __name__.partition(".")[0]
INSTALLED = {"site-packages", "dist-packages"}
KIND_FLAGS = (
    inspect.CO_VARARGS | inspect.CO_VARKEYWORDS | inspect.CO_GENERATOR
    | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
)  # fmt: skip
MADE_BY_PYTHON = {
    "__abstractmethods__", "__annotations__", "__dataclass_fields__", "__dataclass_params__",
    "__dict__", "__doc__", "__firstlineno__", "__module__", "__static_attributes__", "__weakref__",
    "_abc_impl",
}  # fmt: skip


def function_digest(function: Callable[..., Any]) -> str:
    """Name a function by what it does: 64 hexadecimal digits.

    Parameters
    ----------
    function : callable
        A function, method, partial, or object that can be called.

    Returns
    -------
    digest : str
        The same in every process of one version of Python.

    Raises
    ------
    ParameterError
        If it depends on a value whose state cannot be seen, such as an object of a C library.
    """
    try:
        return _digest(function)
    except (
        pickle.PickleError, TypeError, AttributeError, ImportError, ValueError, RecursionError,
    ) as error:  # fmt: skip
        reason = str(error).partition("\n")[0]
        raise ParameterError(
            f"a function cannot be told from another if it depends on this ({reason}); "
            "make it within the function, out of numbers, texts and arrays"
        ) from error


class _Hash:
    """A file of which only the digest is kept."""

    def __init__(self) -> None:
        self.sha256 = hashlib.sha256()

    def write(self, data: bytes | memoryview) -> int:
        self.sha256.update(data)
        return len(data)


def _digest(value: object) -> str:
    told = _Hash()
    _Teller(told).dump(value)
    return told.sha256.hexdigest()


class _Teller(pickle.Pickler):
    """Values as pickle tells them, but functions, classes and modules by what is in them."""

    def __init__(self, file: _Hash) -> None:
        super().__init__(file, protocol=4)
        self.fast = True  # equal values are told alike, whether they are one object or two
        self.seen: dict[int, tuple[int, object]] = {}

    def persistent_id(self, value: Any) -> Any:  # None leaves a value to pickle
        if isinstance(value, set | frozenset):
            return ("set", type(value).__name__, sorted(_digest(each) for each in value))
        if isinstance(value, PurePath):
            return ("path", str(value))
        if isinstance(value, staticmethod | classmethod):
            return (type(value).__name__, value.__func__)
        if isinstance(value, property):
            return ("property", value.fget, value.fset, value.fdel)
        if isinstance(value, ModuleType):
            return _named(value.__name__)
        if isinstance(value, type):
            return self._once(value, _class) if _is_own(value.__module__) else _installed(value)
        if isinstance(value, FunctionType):
            return self._once(value, _function)
        for within in ("py_func", "__wrapped__"):  # compiled, or kept with its results
            if callable(value) and hasattr(value, within):
                return (within, type(value).__name__, getattr(value, within))
        return None

    def _once(self, value: Any, tell: Callable[[Any], object]) -> object:
        """Tell what may lead back to itself, the second time by the place of the first."""
        if id(value) in self.seen:
            return ("seen", self.seen[id(value)][0])
        self.seen[id(value)] = (len(self.seen), value)
        return tell(value)


def _is_own(module_name: str) -> bool:
    """Whether a module is the user's own and not part of an installed package."""
    root = str(module_name).partition(".")[0]
    if root == "__main__":
        return True
    if root == PACKAGE or root in sys.stdlib_module_names:
        return False
    try:
        spec = getattr(sys.modules.get(root), "__spec__", None) or importlib.util.find_spec(root)
    except (ImportError, ValueError):
        spec = None
    places = [] if spec is None else [spec.origin, *(spec.submodule_search_locations or ())]
    return not any(INSTALLED & set(Path(place).parts) for place in places if place)


def _named(module_name: str) -> tuple[str, str, str]:
    if _is_own(module_name):
        raise TypeError(f"the whole module {module_name}")
    root = sys.modules.get(module_name.partition(".")[0])
    return ("module", module_name, str(getattr(root, "__version__", "")))


def _installed(value: Any) -> object:
    return ("installed", value.__qualname__, _named(value.__module__))


def _class(value: type) -> object:
    attributes = {
        name: vars(value)[name] for name in sorted(vars(value)) if name not in MADE_BY_PYTHON
    }
    return ("class", value.__qualname__, value.__bases__, attributes)


def _function(function: FunctionType) -> object:
    code = function.__code__
    attributes = set(_names(code))
    closed = {}
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        try:
            closed[name] = _used(cell.cell_contents, attributes)
        except ValueError:  # not filled yet: it will hold what is told elsewhere
            closed[name] = None
    defaults = [_used(each, attributes) for each in function.__defaults__ or ()]
    more = {name: _used(each, attributes) for name, each in (function.__kwdefaults__ or {}).items()}
    home = str(function.__globals__.get("__name__", "__main__"))
    if not _is_own(home):
        return ("function", code.co_qualname, _named(home), defaults, more, closed)
    around = {
        name: _used(function.__globals__[name], attributes)
        for name in sorted(set(_globals(code)))
        if name in function.__globals__
    }
    package = function.__globals__.get("__package__")
    imported = [_used(module, attributes) for module in _imports(code, package)]
    return ("function", _compiled(code), defaults, more, closed, around, imported)


def _used(value: Any, attributes: set[str], within: tuple[str, ...] = ()) -> Any:
    """Of a module of the user's own, what is named; anything else as it is."""
    if not isinstance(value, ModuleType) or not _is_own(value.__name__):
        return value
    if value.__name__ in within:
        return ("module", value.__name__)
    within = (*within, value.__name__)
    named = sorted(attributes & set(vars(value)))
    return ("own", {name: _used(vars(value)[name], attributes, within) for name in named})


def _codes(code: CodeType) -> Iterator[CodeType]:
    """A function's code and that of the functions within it."""
    yield code
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from _codes(each)


def _names(code: CodeType) -> Iterator[str]:
    for each in _codes(code):
        yield from each.co_names


def _globals(code: CodeType) -> Iterator[str]:
    for each in _codes(code):
        for step in dis.get_instructions(each):
            if step.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
                yield step.argval


def _imports(code: CodeType, package: str | None) -> Iterator[ModuleType]:
    """The user's own modules that a function imports when it is called."""
    for each in _codes(code):
        steps = [step for step in dis.get_instructions(each) if step.opname != "EXTENDED_ARG"]
        for place, step in enumerate(steps):
            if step.opname == "IMPORT_NAME":
                asked = "." * steps[place - 2].argval + step.argval  # after its level and list
                name = importlib.util.resolve_name(asked, package)
                if _is_own(name):
                    with suppress(ImportError):  # one that is not there does nothing
                        yield importlib.import_module(name)


def _compiled(code: CodeType) -> object:
    constants = [_compiled(each) if isinstance(each, CodeType) else each for each in code.co_consts]
    arguments = code.co_argcount + code.co_kwonlyargcount
    counts = (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount)
    flags = code.co_flags & KIND_FLAGS
    names = (code.co_names, code.co_varnames[:arguments], code.co_freevars)
    return (code.co_code, code.co_exceptiontable, constants, names, counts, flags)
