"""``schemas/kubernetes-fields.schema.json`` follows from kubernetes-validate, and takes what Kubernetes takes."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator import assets, object_fields
from generator.jsonschema_library import jsonschema_library
from generator.rules.readers import compiled

from . import kubernetes_fields

TYPES: dict[str, Any] = object_fields.fields_data()["$defs"]
CASES = Path(__file__).resolve().parents[1] / "cases" / "render"
# The types of objects that have a type of ours, and the path of the part that it is of.
PARTS = {
    ("apps/v1", "Deployment"): ("Deployment", ()),
    ("v1", "Service"): ("Service", ()),
    ("v1", "ServiceAccount"): ("ServiceAccount", ()),
    ("policy/v1", "PodDisruptionBudget"): ("PodDisruptionBudgetSpec", ("spec",)),
}
_MOST_BYTES = 160_000
# Ours refuses texts that are no quantities, as the API server does, and takes null; the package's does neither.
_OF_QUANTITIES = {("limits",), ("requests",)}


def test_the_file_is_made_from_the_package() -> None:
    made = kubernetes_fields.whole()
    assert assets.schema_text(object_fields.NAME) == made, "run python -m tests.project.kubernetes_fields"
    assert len(made.encode()) < _MOST_BYTES


def test_the_file_is_a_schema() -> None:
    jsonschema_library().meta.validate(object_fields.fields_data())


@pytest.mark.parametrize("name", TYPES)
def test_a_type_is_closed_and_described_and_may_be_null(name: str) -> None:
    one = TYPES[name]
    assert one["description"]
    assert "null" in one["type"]
    assert "required" not in one
    if "properties" in one:
        assert one["additionalProperties"] is False
        assert not [key for key, field in one["properties"].items() if not field.get("description")]
        assert not [field for field in one["properties"].values() if len(field["description"]) > 161]


def test_what_identifies_an_item_is_required_of_it() -> None:
    found = {
        f"{name}.{key}": tuple(field["items"]["required"])
        for name, one in TYPES.items()
        for key, field in one.get("properties", {}).items()
        if "required" in field.get("items", {})
    }
    expected = {
        "Container.env": ("name",),
        "Container.ports": ("containerPort",),
        "Container.volumeMounts": ("mountPath",),
        "PodSpec.containers": ("name",),
        "PodSpec.volumes": ("name",),
        "PodSpec.topologySpreadConstraints": ("topologyKey", "whenUnsatisfiable"),
        "ServiceSpec.ports": ("port",),
    }
    assert expected.items() <= found.items()
    assert "PodSpec.tolerations" not in found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two.", "One."),
        ("Such as a, e.g. b. Two.", "Such as a, e.g. b."),
        ("A line\nand another: i.e. this one! Two.", "A line and another: i.e. this one!"),
        (f"{'word ' * 40}. Two.", f"{'word ' * 31}word…"),
        ("", ""),
    ],
)
def test_the_first_sentence(text: str, expected: str) -> None:
    assert kubernetes_fields.sentence(text) == expected


@cache
def _validator(name: str) -> Any:
    reference = {"$ref": f"kubernetes-fields.schema.json#/$defs/{name}"}
    return jsonschema_library().Draft202012Validator(reference, retriever=object_fields.retrieved)


def is_taken(one: dict[str, Any]) -> bool:
    """Tell whether ours takes the part of an object."""
    name, path = PARTS[one["apiVersion"], one["kind"]]
    part: Any = one if path else {key: value for key, value in one.items() if key not in {"apiVersion", "kind"}}
    for key in path:
        part = part[key]
    return bool(_validator(name).is_valid(part))


def is_valid(one: dict[str, Any]) -> bool:
    """Tell whether the package's schema takes an object."""
    found = compiled.kubernetes(one["apiVersion"], one["kind"], compiled.kubernetes_versions()[-1])
    assert found is not None
    return bool(found.validator.is_valid(one))


@cache
def objects() -> list[dict[str, Any]]:
    """Return the objects of the cases that have a type of ours, each once."""
    texts = {path.read_text("utf-8") for path in sorted(CASES.rglob("expected/**/*.yaml"))}
    loaded = [one for text in sorted(texts) for one in yaml.safe_load_all(text)]
    known = [one for one in loaded if isinstance(one, dict) and (one.get("apiVersion"), one.get("kind")) in PARTS]
    return [one for one in known if is_valid(one)]


def _maps(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the paths of the maps in a value."""
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if isinstance(value, dict):
        yield path
    for key, one in below:
        yield from _maps(one, (*path, key))


def test_it_takes_what_kubernetes_takes() -> None:
    assert {(one["apiVersion"], one["kind"]) for one in objects()} == set(PARTS)
    assert [one for one in objects() if not is_taken(one)] == []


@pytest.mark.parametrize("value", [1, "text", None, {}])
def test_it_refuses_what_kubernetes_refuses_in_any_map(value: Any) -> None:
    """A null is taken everywhere, but for keys that are not known."""
    count = 0
    for one in {json.dumps(sorted(map(str, _maps(one)))): one for one in objects()}.values():
        for path in _maps(one):
            part = PARTS[one["apiVersion"], one["kind"]][1]
            if path[: len(part)] != part or path[-1:] in _OF_QUANTITIES:
                continue
            changed: Any = copy.deepcopy(one)
            at = changed
            for key in path:
                at = at[key]
            at["zzz"] = value
            assert is_taken(changed) == is_valid(changed), path
            count += 1
    assert count > 100
