"""Where the templates and schemas are: beside the package in a checkout, inside it in a wheel."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

_PACKAGE = Path(__file__).resolve().parent


@cache
def folder(name: str) -> Path:
    """Return the folder ``templates`` or ``schemas`` of this installation."""
    inside = _PACKAGE / name
    return inside if inside.is_dir() else _PACKAGE.parent / name


@cache
def template_names() -> tuple[str, ...]:
    """Return the names of the templates that this version ships."""
    return tuple(
        sorted(entry.name for entry in folder("templates").iterdir() if (entry / "cookiecutter.json").is_file())
    )


@cache
def schema_text(name: str) -> str:
    """Return the text of the schema ``name``, a template's name or ``config``."""
    return (folder("schemas") / f"{name}.schema.json").read_text("utf-8")


@cache
def pins() -> Any:
    """Return the versions and digests of what generated files use: actions, kind and its node images, tools."""
    return data("pins")


@cache
def data(name: str) -> Any:
    """Return what ``schemas/NAME.json`` holds."""
    return json.loads((folder("schemas") / f"{name}.json").read_text("utf-8"))


_RENDERING = (
    "alertmanager/config_fields.py",
    "alertmanager/versions.py",
    "encode.py",
    "globs.py",
    "kind.py",
    "policy.py",
    "quoting.py",
    "render.py",
    "spec.py",
    "yaml/emit.py",
)


@cache
def encoder_source() -> bytes:
    """Return the sources of what every template uses: what makes values of a spec, the encoders, the pins, the texts
    that templates share.

    A change of any of them renders anew: what a lock says of the same inputs has to stay true.
    """
    sources = [
        *(_PACKAGE / name for name in _RENDERING),
        *sorted((_PACKAGE / "alerting").glob("*.py")),
        *(folder("schemas") / f"{name}.json" for name in ("pins", "alertmanager-fields")),
        *sorted((folder("templates") / "shared").iterdir()),
    ]
    return b"".join(one.read_bytes() for one in sources)


@cache
def shared_names() -> tuple[str, ...]:
    """Return the names of the texts that templates have in common."""
    return tuple(sorted(one.name for one in (folder("templates") / "shared").iterdir()))


@cache
def shared(name: str) -> str:
    """Return a text that several templates have in common. Raises KeyError for any other name.

    A template names it, so that the name is looked up and never leads anywhere.
    """
    if name not in shared_names():
        raise KeyError(f"there is no shared text {name!r}, only {', '.join(shared_names())}")
    return (folder("templates") / "shared" / name).read_text("utf-8")
