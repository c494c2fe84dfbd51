"""What a unit with a key renders to, before and after changes of its spec, of a default, and of its template."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

from generator import config, render, spec
from generator.file_places import relocated
from generator.pieces import with_pieces
from generator.template import Template, load_template

from .grown_keys import GrownKey

UNIT = "services/shop"
DEFAULTS = "{labels: {tier: backend}, user: 20001}"
CHANGES = ("spec", "default", "template", "all")
_LINE = "  finalizers: [example.org/shop]\n"
_NEEDED = {"cronjob": ("schedule: 0 3 * * *",)}


@dataclass(frozen=True)
class KeyVersions:
    """The files of a unit: without the key, with it, and after each change."""

    without: Mapping[str, str]
    base: Mapping[str, str]
    changed: Mapping[str, Mapping[str, str]]


def spec_text(key: GrownKey, lines: str) -> str:
    """Return a spec with these lines for the key."""
    given = {one.partition(":")[0] for one in f"{lines}\n{key.beside}".splitlines()}
    needed = [one for one in _NEEDED.get(key.template, ()) if one.partition(":")[0] not in given]
    tag = [] if "tag" in given else ["tag: v1.2.3"]
    head = [f"template: {key.template}", "name: shop", "image: ghcr.io/example/shop", *tag, *needed]
    return "\n".join(one for one in (*head, key.beside, lines) if one) + "\n"


def newer_text(text: str) -> str:
    """Return the text of a template's file as a later version could be: with a line more."""
    text = re.sub(r"^metadata:\n", f"metadata:\n{_LINE}", with_pieces(text), flags=re.M)
    text = re.sub(r"^resources:$", "buildMetadata: [originAnnotations]\nresources:", text, flags=re.M)
    made = f'| documents | replace("\\nmetadata:\\n", "\\nmetadata:\\n{_LINE.rstrip()}\\n")'
    return text.replace("| documents", made)


def newer_template(template: Template) -> Template:
    """Return a template's own copy of a later version."""
    return replace(template, version=99, sources={path: newer_text(text) for path, text in template.sources.items()})


def rendered(template: Template, lines: str, settings: config.Config) -> Mapping[str, str]:
    """Return the YAML files of a spec, by path."""
    read = spec.parse_spec(lines, "scaffold.yaml")
    behaviour = template.behaviour
    values = spec.values(read, settings, template.schema, behaviour.all_faults(UNIT), nullable=behaviour.nullable)
    made = relocated(render.render(template, values, "scaffold.yaml", UNIT), behaviour.places(values))
    return {path: text for path, text in made.tree.items() if path.endswith(".yaml")}


@cache
def key_versions(key: GrownKey) -> KeyVersions:
    """Return the files of a unit with the key."""
    template = load_template(key.template, None, "scaffold.yaml")
    newer = newer_template(template)
    usual, other = config.parse_config(""), config.parse_config(f"defaults: {{{key.template}: {DEFAULTS}}}\n")
    before, after = spec_text(key, key.before), spec_text(key, key.after)
    changed = {
        "spec": rendered(template, after, usual),
        "default": rendered(template, before, other),
        "template": rendered(newer, before, usual),
        "all": rendered(newer, after, other),
    }
    without = rendered(template, spec_text(key, key.without), usual)
    return KeyVersions(without, rendered(template, before, usual), changed)
