"""How a target travels to child processes: pickled by value once, and a plain sentence when something cannot go along.

Functions and classes of the main module, closures and lambdas go by value (cloudpickle), so no child ever imports the
user's script. The pickle goes over an inherited socket to our own children and is never stored.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import inspect
import io
import sys
import types
import weakref
from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, ClassVar, NamedTuple, final

import cloudpickle

from tunesmith.errors import TransportError

__all__ = ["Luggage", "Parcel", "main_of", "pack_target", "parts"]

_DEEPEST = 12
_MOST_LOOKS = 2000
_DEPTH_OF_MAIN = 4

_ADVICE = (
    (("lock", "Lock", "RLock", "Condition", "Semaphore", "BoundedSemaphore", "Event", "Barrier", "_local"),
     "create it inside the objective; runs in processes of their own have no memory in common to guard"),
    (("TextIOWrapper", "BufferedReader", "BufferedWriter", "BufferedRandom", "FileIO"),
     "open the file inside the objective; its path can travel"),
    (("generator", "async_generator", "coroutine"),
     "create it inside the objective, or make a list of what it yields"),
    (("Connection", "connection", "Cursor", "cursor", "Engine", "Session", "Pool"),
     "connect inside the objective; the address can travel"),
    (("socket", "SSLSocket", "SSLContext"), "connect inside the objective; host and port can travel"),
    (("Study",), "read what the objective needs from the study before, and capture that"),
    (("module",), "import it inside the objective"),
)  # fmt: skip
_OTHERWISE = "create it inside the objective"
_OF_WRAPS = frozenset({*functools.WRAPPER_ASSIGNMENTS, "__wrapped__"})


class Parcel(NamedTuple):
    """A pickled target and the 16 bytes that stand for it."""

    digest: bytes
    pickle: bytes


@final
class Luggage:
    """Remembers the pickle of the last target, which all jobs of one `optimize` share."""

    def __init__(self) -> None:
        self._target: object = None
        self._parcel: Parcel | None = None
        self._by_value: dict[str, types.ModuleType] = {}

    def pack(self, target: object) -> Parcel:
        """Return the target's parcel, made when the target is a new one.

        Raises:
            TransportError: it cannot travel; the message names what holds it back.
        """
        if self._parcel is None or target is not self._target:
            with _by_value(self._by_value.values()):
                self._parcel = pack_target(target)
            self._target = target
        return self._parcel

    def take_along(self, missing: str) -> bool:
        """Let a module that children cannot import travel by value from now on; False when that is no help.

        A test file, or a module that was loaded from a path, is known here by a name that nobody can import.

        Args:
            missing: the name that a child did not find; its submodules count, too.
        """
        found = {
            name: module
            for name, module in list(sys.modules.items())
            if missing and (name == missing or name.startswith(f"{missing}.")) and hasattr(module, "__dict__")
        }
        new = found.keys() - self._by_value.keys()
        if new:
            self._by_value.update(found)
            self._parcel = None
        return bool(new)

    def forget(self) -> None:
        """Let go of the target and its pickle."""
        self._parcel = self._target = None


@contextlib.contextmanager
def _by_value(modules: Iterable[types.ModuleType]) -> Iterator[None]:
    """Have what these modules define pickled by value for a while."""
    registered = []
    for module in modules:
        name = module.__name__
        if sys.modules.get(name) is module and name not in cloudpickle.list_registry_pickle_by_value():
            cloudpickle.register_pickle_by_value(module)
            registered.append(module)
    try:
        yield
    finally:
        for module in registered:
            cloudpickle.unregister_pickle_by_value(module)


def pack_target(target: object) -> Parcel:
    """Pickle a target by value.

    Raises:
        TransportError: it cannot travel; the message names the captured object, its type, and the way out.
    """
    error = _refusal(target)
    if isinstance(error, bytes):
        return Parcel(hashlib.blake2b(error, digest_size=16).digest(), error)
    raise TransportError(_explain(target, error)) from error


def main_of(target: object) -> dict[str, Any]:
    """Return what the functions inside a loaded target see as globals of the main module.

    Args:
        target: unpickled; looked into to a small depth.
    """
    found: dict[str, Any] = {}
    level: list[object] = [target]
    for _ in range(_DEPTH_OF_MAIN):
        for value in level:
            if isinstance(value, types.FunctionType) and value.__globals__.get("__name__") == "__main__":
                found.update({k: v for k, v in value.__globals__.items() if not k.startswith("__")})
        inside = (part for value in level for _, part in parts(value))
        level = list[object](filter(callable, inside))[:_MOST_LOOKS]
    return found


def _refusal(value: object) -> BaseException | bytes:
    """Return the pickle, or the error that came instead."""
    file = io.BytesIO()
    try:
        _Pickler(file).dump(value)
    except Exception as error:  # any __reduce__ or __getstate__ of a user's object may raise anything
        return error
    return file.getvalue()


def _reduce_cached(cached: Any) -> str | tuple[Any, ...]:
    """Reduce what `functools.cache` and `lru_cache` return: by name where a child can import it, else by value.

    By itself such a wrapper pickles by its name alone, and no child knows the names of the user's script.
    """
    name = str(cached.__qualname__)
    if _is_importable(cached, name):
        return name
    kept = {key: value for key, value in vars(cached).items() if key not in _OF_WRAPS}
    return _cache_again, (cached.__wrapped__, cached.cache_parameters(), kept)


def _cache_again(function: Callable[..., Any], settings: dict[str, Any], attributes: dict[str, Any]) -> Any:
    cached = functools.lru_cache(**settings)(function)
    vars(cached).update(attributes)
    return cached


def _reduce_cached_property(cached: Any) -> tuple[Any, ...]:
    """Leave out the lock that Python 3.11 keeps in a `functools.cached_property`."""
    return _cached_property_again, (cached.func, cached.attrname)


def _cached_property_again(function: Callable[[Any], Any], name: str | None) -> Any:
    cached = functools.cached_property(function)
    cached.attrname = name
    return cached


def _reduce_weak_keys(mapping: weakref.WeakKeyDictionary[Any, Any]) -> tuple[Any, ...]:
    """Send what is alive; `functools.singledispatch` keeps its memory in one."""
    return weakref.WeakKeyDictionary, (dict(mapping),)


def _is_importable(value: Any, qualname: str) -> bool:
    """Whether a child finds this very object by importing its module, and nobody asked to have it by value."""
    module = str(getattr(value, "__module__", None))
    parents = {module[:end] for end, letter in enumerate(module) if letter == "."} | {module}
    if module == "__main__" or parents & cloudpickle.list_registry_pickle_by_value():
        return False
    found: object = sys.modules.get(module)
    for part in qualname.split("."):
        found = getattr(found, part, None)
    return found is value


class _Pickler(cloudpickle.Pickler):  # type: ignore[misc] # the pickler's own seam: a table of reducers on the class
    """Cloudpickle's, with a way for what `functools` makes of functions."""

    dispatch_table: ClassVar = ChainMap(
        {
            functools._lru_cache_wrapper: _reduce_cached,  # noqa: SLF001
            functools.cached_property: _reduce_cached_property,
            weakref.WeakKeyDictionary: _reduce_weak_keys,
        },
        cloudpickle.Pickler.dispatch_table,
    )


def _explain(target: object, error: BaseException) -> str:
    path, culprit = _culprit(target)
    kind = type(culprit)
    name = kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"
    where = " -> ".join(path) if path else "the target itself"
    advice = next((advice for names, advice in _ADVICE if kind.__name__ in names), _OTHERWISE)
    return (
        f"the objective cannot travel to a child process: it captures an object of type {name} ({where}), "
        f"and {type(error).__name__} was raised: {str(error)[:200]}. Way out: {advice}; or use executor='threads'"
    )


def _culprit(target: object) -> tuple[list[str], object]:
    """Return the way to the innermost captured object that cannot be pickled, as labels, and the object."""
    path: list[str] = []
    current = target
    seen: set[int] = set()
    looks = 0
    for _ in range(_DEEPEST):
        seen.add(id(current))
        if type(current).__name__ == "Study":
            break
        for label, part in parts(current):
            looks += 1
            if id(part) in seen or looks > _MOST_LOOKS or isinstance(_refusal(part), bytes):
                continue
            path.append(label)
            current = part
            break
        else:
            break
    return path, current


def parts(value: Any) -> Iterator[tuple[str, object]]:
    """Yield what a value takes along when it is pickled by value, each with a label for people."""
    if isinstance(value, types.MethodType):
        yield f"object of the method {value.__name__}", value.__self__
        yield f"function of the method {value.__name__}", value.__func__
    elif isinstance(value, types.FunctionType):
        yield from _parts_of_function(value)
    elif isinstance(value, functools.partial):
        yield "function of the partial", value.func
        yield from ((f"argument {i} of the partial", item) for i, item in enumerate(value.args))
        yield from ((f"argument {name!r} of the partial", item) for name, item in value.keywords.items())
    elif isinstance(value, Mapping):
        yield from ((f"item {key!r}", item) for key, item in value.items())
    elif isinstance(value, (list, tuple, set, frozenset)):
        yield from ((f"item {i}", item) for i, item in enumerate(value))
    elif isinstance(value, type):
        yield from ((f"{value.__name__}.{name}", item) for name, item in vars(value).items() if name[:2] != "__")
        yield from ((f"{value.__name__}.{name}", item) for name, item in vars(value).items() if inspect.isroutine(item))
    elif not isinstance(value, types.ModuleType):
        yield from _parts_of_instance(value)


def _parts_of_function(function: types.FunctionType) -> Iterator[tuple[str, object]]:
    name = function.__name__
    for variable, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=False):
        try:
            yield f"variable {variable!r} around {name}", cell.cell_contents
        except ValueError:
            continue  # the variable has no value yet
    for variable in sorted(_global_names(function.__code__)):
        if variable in function.__globals__:
            yield f"global variable {variable!r} used by {name}", function.__globals__[variable]
    for i, item in enumerate(function.__defaults__ or ()):
        yield f"default {i} of {name}", item
    for parameter, item in (function.__kwdefaults__ or {}).items():
        yield f"default of {name}({parameter}=)", item
    for attribute, item in vars(function).items():
        yield f"attribute {name}.{attribute}", item


def _global_names(code: types.CodeType) -> set[str]:
    inner = (_global_names(item) for item in code.co_consts if isinstance(item, types.CodeType))
    return set(code.co_names).union(*inner)


def _parts_of_instance(value: object) -> Iterator[tuple[str, object]]:
    kind = type(value).__name__
    for name, item in getattr(value, "__dict__", {}).items():
        yield f"attribute {kind}.{name}", item
    for owner in type(value).__mro__:
        slots = owner.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else tuple(slots):
            if hasattr(value, name) and name not in ("__dict__", "__weakref__"):
                yield f"attribute {kind}.{name}", getattr(value, name)
    if type(value).__module__ == "__main__":
        yield f"class {kind}", type(value)
