"""Locate the templates and schemas: next to the package in a checkout, inside it in a wheel."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

_PACKAGE = Path(__file__).resolve().parent


@cache
def folder(name: str) -> Path:
    """Return the path of the folder ``templates`` or ``schemas`` of this installation."""
    inside = _PACKAGE / name
    return inside if inside.is_dir() else _PACKAGE.parent / name


@cache
def template_names() -> tuple[str, ...]:
    """Return the names of the templates that this version ships."""
    return tuple(
        sorted(entry.name for entry in folder("templates").iterdir() if (entry / "cookiecutter.json").is_file())
    )


@cache
def backend_names() -> tuple[str, ...]:
    """Return the allowed values of ``automation``: the backends of image automation, one package each."""
    found = (_PACKAGE / "images" / "backends").glob("*/__init__.py")
    return tuple(sorted(one.parent.name.replace("_", "-") for one in found))


def backends_text() -> str:
    """Return the allowed values of ``automation`` as text: ``a, b or c``."""
    *some, last = backend_names()
    return f"{', '.join(some)} or {last}"


@cache
def schema_text(name: str) -> str:
    """Return the text of the schema ``name``, a template's name or ``config``, with the backends filled in."""
    text = (folder("schemas") / f"{name}.schema.json").read_text("utf-8")
    lines = ",".join(rf'\n\g<1>"{one}"' for one in backend_names())
    text = re.sub(r'\n( *)"\{automation\}"', lines, text)
    return text.replace("{automation}", backends_text())


@cache
def pins() -> Any:
    """Return the pinned versions and digests that generated files use: actions, kind, node images, tools."""
    return data("pins")


@cache
def data(name: str) -> Any:
    """Return the data of ``schemas/NAME.json``."""
    return json.loads((folder("schemas") / f"{name}.json").read_text("utf-8"))


_RENDERING = (
    "behaviour.py",
    "encode.py",
    "globs.py",
    "kind_clusters.py",
    "pieces.py",
    "quoting.py",
    "render.py",
    "spec.py",
    "yaml/emit.py",
    "yaml/block_writer.py",
)


@cache
def data_bytes(name: str) -> bytes:
    """Return the bytes of ``schemas/NAME.json``."""
    return (folder("schemas") / f"{name}.json").read_bytes()


@cache
def encoder_source() -> bytes:
    """Return the sources that every template depends on: spec completion, encoders, pins and shared texts.

    Changing any of them re-renders all units, so that equal inputs in a lock always mean equal output.
    """
    sources = [
        *(_PACKAGE / name for name in _RENDERING),
        *sorted((folder("templates") / "shared").iterdir()),
    ]
    return b"".join([*(one.read_bytes() for one in sources), data_bytes("pins")])


@cache
def shared_names() -> tuple[str, ...]:
    """Return the names of the texts that templates share."""
    return tuple(sorted(one.name for one in (folder("templates") / "shared").iterdir()))


@cache
def shared_text(name: str) -> str:
    """Return a shared text by name. Raises KeyError for an unknown name.

    Templates give the name, so it is looked up in the list and never used as a path.
    """
    if name not in shared_names():
        raise KeyError(f"unknown shared text {name!r}, known: {', '.join(shared_names())}")
    return (folder("templates") / "shared" / name).read_text("utf-8")


@cache
def template_paths() -> frozenset[str]:
    """Return the paths of the files of the shipped templates, below the folder ``templates``."""
    top = folder("templates")
    return frozenset(one.relative_to(top).as_posix() for one in top.rglob("*") if one.is_file())


def is_piece(name: str) -> bool:
    """Tell whether there is a shared text with a name, or a file of a shipped template at a path."""
    return name in (template_paths() if "/" in name else shared_names())


@cache
def piece_text(name: str) -> str:
    """Return a shared text by name, or a file of a shipped template by path. Raises KeyError for an unknown one.

    Templates give it, so it is looked up as in ``shared_text``.
    """
    if "/" not in name:
        return shared_text(name)
    if not is_piece(name):
        raise KeyError(f"unknown file of a shipped template {name!r}")
    return (folder("templates") / name).read_text("utf-8")
