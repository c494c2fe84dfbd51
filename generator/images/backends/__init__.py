"""The backends of image automation, one package each, discovered by name."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from ...assets import backend_names
from ..backend import Backend

__all__ = ["DEFAULT", "backend_names", "backend_of"]

DEFAULT = "flux-v2"  # default of ``init``


@cache
def backend_of(name: str) -> Backend:
    """Return a backend by its name. Raises KeyError for a name that is not one of ``backend_names()``."""
    if name not in backend_names():
        raise KeyError(f"unknown backend {name!r}, known are {', '.join(backend_names())}")
    found: Backend = import_module(f"{__name__}.{name.replace('-', '_')}").BACKEND
    return found
