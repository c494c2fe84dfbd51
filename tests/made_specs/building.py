"""The files of a spec, made in this process by the same steps as the command line makes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from generator import config, render, spec
from generator.file_places import relocated
from generator.template import Template, load_template
from generator.yaml import dump

_PATH, _UNIT = "services/shop/scaffold.yaml", "services/shop"


@dataclass(frozen=True)
class BuiltUnit:
    """A spec's completed values, and its files by path."""

    values: Mapping[str, Any]
    tree: Mapping[str, str]

    def manifests(self) -> dict[str, str]:
        """Return the files in ``deploy`` that have objects of the base, or of the only environment."""
        return {path: text for path, text in self.tree.items() if _has_objects(path) and "/overlays/" not in path}

    def objects(self) -> list[dict[str, Any]]:
        """Return the objects of the base, as YAML 1.1 has them, which kubectl reads."""
        return [one for text in self.manifests().values() for one in yaml.safe_load_all(text) if one is not None]


def _has_objects(path: str) -> bool:
    folder, _, name = path.rpartition("/")
    return (
        folder.split("/")[0] == "deploy" and name.endswith((".yaml", ".yml")) and not name.startswith("kustomization.")
    )


@cache
def _template(name: str) -> Template:
    return load_template(name, None, _PATH)


def built_unit(data: Mapping[str, Any], settings: str = "") -> BuiltUnit:
    """Return what a spec makes. Raises generator.errors.Invalid if it is refused, as the command line refuses it."""
    return built_text(dump(dict(data)), settings)


def built_text(text: str, settings: str = "") -> BuiltUnit:
    """Return what the text of a spec makes, with the text of a config. Raises generator.errors.Invalid."""
    read, own = spec.parse_spec(text, _PATH), config.parse_config(settings)
    loaded = _template(read.template)
    known = loaded.behaviour
    values = spec.values(
        read, own, loaded.schema, known.all_faults(_UNIT), nullable=known.nullable, places=known.places
    )  # fmt: skip
    made = relocated(render.render(loaded, values, _PATH, _UNIT), known.places(values))
    spec.refuse_faults(known.object_faults(values, made.tree, own.kubernetes), read, own)
    return BuiltUnit(values, {path: one for path, one in made.tree.items() if spec.is_generated(values, path)})
