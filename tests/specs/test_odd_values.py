"""Each key of each template with a null and with empty values: refused or rendered, and nothing else."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest

from generator import config, render, spec
from generator.errors import Invalid
from generator.template import load_template

IMAGE = "image: ghcr.io/example/shop\ntag: v1.2.3\n"
NEEDED = {
    "service": IMAGE,
    "worker": IMAGE,
    "statefulset": IMAGE,
    "cronjob": f"{IMAGE}schedule: 0 3 * * *\n",
    "helm-release": "chart: {repository: https://charts.example.org, name: podinfo, version: 1.2.3}\n",
    "application": "chart: {repository: https://charts.example.org, name: podinfo, version: 1.2.3}\n",
    "alerting": "",
    "e2e": "run: {arguments: [--version]}\n",
}
VALUES = ("null", "{}", "[]", "''", "false", "0")


def spec_text(name: str, key: str, value: str) -> str:
    needed = [one for one in NEEDED[name].splitlines() if one.partition(":")[0] != key]
    return "\n".join([f"template: {name}", "name: shop", *needed, f"{key}: {value}"]) + "\n"


@pytest.mark.parametrize("name", NEEDED)
def test_an_odd_value_is_refused_or_rendered(name: str) -> None:
    template = load_template(name, None, "scaffold.yaml")
    behaviour, settings = template.behaviour, config.parse_config("")
    refused = rendered = 0
    for key in json.loads(template.schema)["properties"].keys() - {"template", "name"}:
        for value in VALUES:
            refused += 1
            with suppress(Invalid):
                read = spec.parse_spec(spec_text(name, key, value), "scaffold.yaml")
                faults = behaviour.all_faults("services/shop")
                values = spec.values(read, settings, template.schema, faults, nullable=behaviour.nullable)
                assert render.render(template, values, "scaffold.yaml", "services/shop").tree, (key, value)
                rendered += 1
    assert refused - rendered > 10, "some are refused"
    assert rendered > 5, "some are rendered"
