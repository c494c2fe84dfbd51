"""The backends of image automation, a package each; one is found by being there."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path

from ..automation import Backend

DEFAULT = "flux-v1"  # what ``init`` writes unless told otherwise


@cache
def backend_names() -> tuple[str, ...]:
    """Return the values that ``automation`` may have, in order, without loading the backends."""
    folders = (one.parent.name for one in Path(__file__).parent.glob("*/__init__.py"))
    return tuple(sorted(one.replace("_", "-") for one in folders))


@cache
def backend_of(name: str) -> Backend:
    """Return a backend by its name. Raises KeyError for a name that is not one of ``backend_names()``."""
    if name not in backend_names():
        raise KeyError(f"there is no backend {name!r}, only {', '.join(backend_names())}")
    found: Backend = import_module(f"{__name__}.{name.replace('-', '_')}").BACKEND
    return found
