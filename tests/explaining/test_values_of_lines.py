"""Where the value of a line is from: the named place is changed, and the line with it.

The judge is the command line: the file is generated again after the change.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from generator.dependence import Probe
from generator.generated_unit import read_unit
from generator.line_sources import sources_of
from generator.pipeline import Pipeline, read_config
from generator.trace import TracedFile
from generator.tree import join
from generator.worktree import Worktree

from ..conftest import DEPLOYMENT, SPEC, Done, Repo, git

CONFIG = ".scaffold/config.yaml"
KUSTOMIZATION = "services/payments/deploy/kustomization.yaml"
OWN = ".scaffold/templates/thing"
OWN_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "template": {"const": "thing"},
        "name": {"type": "string"},
        "size": {"type": "integer", "default": 2},
        "hosts": {"type": "array", "items": {"type": "string"}, "default": []},
        "deep": {"type": "object", "properties": {"side": {"enum": ["left", "right"], "default": "left"}}},
    },
}
OWN_TEXT = """\
name: {{ cookiecutter.name | yaml }}
{%- if cookiecutter.size > 2 %}
big: true
{%- endif %}
hosts:
{%- for one in cookiecutter.hosts %}
  - {{ one | yaml }}
{%- endfor %}
side: {{ cookiecutter.deep.side }}
"""


def explained(repo: Repo, place: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(repo.ok("explain", place, "--format", "json").out)
    return found


def line_of(repo: Repo, path: str, text: str) -> int:
    found = [number for number, line in enumerate(repo.read(path).split("\n"), 1) if text in line]
    assert found, text
    return found[0]


def first_key(repo: Repo, path: str, text: str) -> dict[str, Any]:
    row = explained(repo, f"{path}:{line_of(repo, path, text)}")
    assert row["author"] == "generated"
    assert row["keys"], row
    key: dict[str, Any] = row["keys"][0]
    return key


def own_template(repo: Repo) -> None:
    repo.write(f"{OWN}/version", "1\n")
    repo.write(f"{OWN}/cookiecutter.json", json.dumps({"name": "x", "_extensions": ["generator.encode.Encoders"]}))
    repo.write(f"{OWN}/schema.json", json.dumps(OWN_SCHEMA))
    repo.write(f"{OWN}/{{{{cookiecutter.name}}}}/a.yaml", OWN_TEXT)
    repo.write("things/one/scaffold.yaml", "template: thing\nname: one\nsize: 3\nhosts:\n  - h1\n  - h2\n")
    repo.ok("regenerate")


@pytest.mark.parametrize(
    ("spec", "config", "path", "text", "key", "layer", "place"),
    [
        ("replicas: 3\n", "", DEPLOYMENT, "replicas: 3", "replicas", "spec", "replicas: 3"),
        ("", "", DEPLOYMENT, "containerPort: 8080", "port", "schema", ""),
        ("env:\n  A: b\n", "", DEPLOYMENT, "value: b", "env.A", "spec", "A: b"),
        ("labels: {team: x}\n", "", DEPLOYMENT, "team: x", "labels.team", "spec", "labels: {team: x}"),
        ("", "labels:\n  owner: ops\n", DEPLOYMENT, "owner: ops", "labels.owner", "convention", "owner: ops"),
        ("", "registry: r.io/a\n", DEPLOYMENT, "image: ", "image", "spec", "image: "),
        ("", "defaults:\n  service:\n    port: 81\n", DEPLOYMENT, "Port: 81", "port", "default", "port: 81"),
        (
            "resources:\n  limits: {cpu: '2'}\n",
            "defaults: {service: {resources: {limits: {memory: 1Gi}}}}\n",
            DEPLOYMENT,
            "memory: 1Gi",
            "resources.limits.memory",
            "default",
            "defaults: ",
        ),
        ("replicas: 2\n", "", KUSTOMIZATION, "- poddis", "replicas", "spec", "replicas: 2"),
        ("", "", "services/payments/e2e/Makefile", "CLUSTER_PREFIX :=", "name", "spec", "name: payments"),
        (
            "sidecars:\n  - name: p\n    image: a/b\n    tag: 1.2.3\n",
            "",
            DEPLOYMENT,
            "a/b",
            "sidecars[0].image",
            "spec",
            "image: a/b",
        ),
    ],
)
def test_the_value_of_a_line_is_from(
    repo: Repo, spec: str, config: str, path: str, text: str, key: str, layer: str, place: str
) -> None:
    repo.write(SPEC, repo.read(SPEC) + spec)
    repo.write(CONFIG, repo.read(CONFIG) + config)
    repo.ok("regenerate")
    found = first_key(repo, path, text)
    assert (found["key"], found["layer"]) == (key, layer)
    if not place:
        assert found["path"] is None
        return
    assert found["path"] == (SPEC if layer == "spec" else CONFIG)
    assert place in repo.read(found["path"]).split("\n")[found["line"] - 1]


# Other valid values of each key that is named: with one of them, the line that has it must change.
OTHERS = {
    "build": ". tools src/x ../../tools",
    "name": "other", "image": "ghcr.io/example/other", "tag": "1.9.9", "container": "web2", "port": "8999",
    "replicas": "7 1 null", "user": "12345", "automation": "none flux-v2 keel argocd", "namespace.create": "false",
    "resources.requests.cpu": "10m", "resources.requests.memory": "1Mi", "resources.limits.cpu": "'3'",
    "resources.limits.memory": "3Gi null", "env.A": "other null", "labels.team": "other null", "health_path": "/other",
    "tags": "regexp:^master-[0-9]$", "workflow": "false", "namespace.name": "other",
    "service_name": "other", "service_port": "8088", "port_name": "web", "port_reference": "number implied",
    "probes.startup": "false", "probes.liveness": "false", "probes.readiness": "false", "service_port_name": "web",
    "spread": "false", "part_of": "other ''", "pod_security": "baseline privileged",
    "service_type": "NodePort Headless", "service_account.create": "false",
    "service_account.name": "other", "service_account.token": "true", "vertical_autoscaling": "'Off' Initial",
}  # fmt: skip
# By their parts, or only together with another value: without a namespace there is no end-to-end test.
UNCHANGED = {
    "ci.branches[0]", "ci.branches[1]", "e2e", "resources.limits", "resources.requests", "namespace.omit", "probes",
    "protocol",
}  # fmt: skip
SERVICE = "replicas: 3\nworkflow: true\nlabels:\n  team: x\nenv:\n  A: b\nresources:\n  limits:\n    memory: 1Gi\n"


def changed_spec(text: str, key: str, value: str) -> str:
    """Return a spec with another value of a key."""
    data = yaml.safe_load(text)
    below = data
    *above, last = key.split(".")
    for part in above:
        below = below.setdefault(part, {})
    below[last] = yaml.safe_load(value)
    return yaml.safe_dump(data)


def gone_lines(repo: Repo) -> dict[str, Counter[str]] | None:
    """Return how often regenerating would remove a line of a file; None if the spec is invalid."""
    done = repo.run("diff", "--format", "json")
    if done.code == 2:
        return None
    rows = json.loads(done.out)
    diffs = {
        row["path"]: [one for one in row["diff"].split("\n") if one[:1] == "-" and one[:3] != "---"] for row in rows
    }
    return {path: Counter(one[1:] for one in lines) for path, lines in diffs.items()}


def named_keys(repo: Repo, unit: str) -> dict[str, set[tuple[str, str]]]:
    """Return the lines of a unit's files that are said to depend on each value."""
    worktree = Worktree(repo.root)
    found = read_unit(Pipeline(worktree, read_config(worktree)), unit)
    assert found is not None
    named: dict[str, set[tuple[str, str]]] = {}
    for path in found.lock.files:
        sources = sources_of(found, path)
        assert sources is not None
        assert sources.traced is not None
        for number, text in enumerate(sources.traced.text.split("\n"), 1):
            for key in sources.keys(number):
                named.setdefault(key.name, set()).add((join(unit, path), text))
    return named


def test_each_value_that_is_named_for_a_line_changes_it(repo: Repo) -> None:
    """For every line of every file of a service, and each value with other valid values: the user changes the value."""
    repo.write(SPEC, repo.read(SPEC) + SERVICE)
    repo.ok("regenerate")
    named = named_keys(repo, "services/payments")
    assert {
        "name",
        "image",
        "replicas",
        "port",
        "env.A",
        "labels.team",
        "workflow",
        "e2e",
        "health_path",
    } <= named.keys()
    spec = repo.read(SPEC)
    checked = 0
    for key in sorted(named.keys() & OTHERS.keys()):
        left, tried = set(named[key]), 0
        for value in OTHERS[key].split(" "):
            repo.write(SPEC, changed_spec(spec, key, value))
            gone = gone_lines(repo)
            if gone is not None:
                tried += 1
                left -= {(path, text) for path, text in left if gone.get(path, Counter())[text]}
        assert tried, key
        assert not left, (key, left)
        checked += len(named[key])
    assert checked > 100
    left_out = named.keys() - OTHERS.keys() - UNCHANGED
    assert not left_out, "each key has other values, or a reason"


def test_values_of_a_template_of_the_repository(empty: Repo) -> None:
    own_template(empty)
    path = "things/one/a.yaml"
    rows = [explained(empty, f"{path}:{number}") for number in range(1, 7)]
    template = f"{OWN}/{{{{cookiecutter.name}}}}/a.yaml"
    assert {row["template_file"] for row in rows} == {template}
    assert [row["template_lines"] for row in rows] == [[1], [3], [5], [7], [7], [9]]
    keys = [[(one["key"], one["effect"], one["layer"], one["line"]) for one in row["keys"]] for row in rows]
    assert keys == [
        [("name", "text", "spec", 2)],
        [("size", "presence", "spec", 3)],
        [],
        [("hosts[0]", "text", "spec", 5)],
        [("hosts[1]", "text", "spec", 6)],
        [("deep.side", "text", "schema", None)],
    ]
    told = empty.ok("explain", f"{path}:2").out
    assert "there because of: size: 3 (things/one/scaffold.yaml:3)" in told
    assert f"template: thing 1, {template}:3" in told


def test_a_template_that_cannot_render_other_values_is_explained(empty: Repo) -> None:
    """Every other value of ``size`` fails: nothing is known of it, and nothing is said."""
    own_template(empty)
    text = "{{ {3: 'x'}[cookiecutter.size] }}: {{ cookiecutter.name }}\n"
    empty.write(f"{OWN}/{{{{cookiecutter.name}}}}/a.yaml", text)
    empty.ok("regenerate")
    row = explained(empty, "things/one/a.yaml:1")
    assert [one["key"] for one in row["keys"]] == ["name"]


@pytest.mark.parametrize("text", ["{% block a %}a: 1\n{% endblock %}{{ self.a() }}\n"])
def test_lines_that_cannot_be_mapped_are_said_to_be_unknown(empty: Repo, text: str) -> None:
    own_template(empty)
    empty.write(f"{OWN}/{{{{cookiecutter.name}}}}/a.yaml", text)
    empty.ok("regenerate")
    told = empty.ok("explain", "things/one/a.yaml:1").out
    assert "from: not known: the line of the template cannot be determined" in told
    assert "template:" not in told


ODD_SCHEMAS: list[Any] = [{"enum": 5}, {"properties": []}, {"items": 3}, {"type": {}}, {"type": [[]]}, 7, None, []]


@pytest.mark.parametrize("odd", ODD_SCHEMAS)
def test_odd_schemas_suggest_no_values(odd: Any) -> None:
    schema = {"properties": {"a": odd, "b": odd, "c": odd, "d": odd}}
    values = {"a": "x", "b": {"c": ["y"]}, "d": [1, True, 1.5, None]}

    def make(given: Mapping[str, Any]) -> TracedFile:
        return TracedFile("a", f"{given.get('a')}\n{given.get('b')}\n{given.get('d')}\n")

    found = Probe(make, values, make(values), schema).all_lines()
    assert {line: {one.path[0] for one in each} for line, each in found.items()} == {0: {"a"}, 1: {"b"}, 2: {"d"}}


def test_pins_and_conventions(empty: Repo) -> None:
    empty.ok("init", "--ci-install", "scaffold-config==0.1.0")
    path = ".github/workflows/scaffold-diff.yaml"
    told = empty.ok("explain", f"{path}:{line_of(empty, path, 'uses: actions/checkout')}").out
    assert "from: the pins of scaffold" in told
    told = empty.ok("explain", f"{path}:{line_of(empty, path, 'scaffold-config==')}").out
    assert re.search(r"from: ci.install: \"scaffold-config==0.1.0\" \(convention in .scaffold/config.yaml:\d+\)", told)


def test_an_alerting_unit_is_made_by_a_filter(empty: Repo) -> None:
    empty.ok("alerting", "--receiver", "slack", "--slack-channel", "#prod", "--slack-api-url-file", "/etc/x/url")
    path = "alerting/values.yaml"
    told = empty.ok("explain", f"{path}:{line_of(empty, path, '#prod')}").out
    assert "made by the filter alerting_values" in told
    assert '"#prod" (alerting/scaffold.yaml:' in told


def test_where_the_values_of_a_spec_go(repo: Repo) -> None:
    repo.write(SPEC, repo.read(SPEC) + "replicas: 2\n")
    repo.ok("regenerate")
    number = line_of(repo, SPEC, "replicas")
    for what in (f":{number}", ":replicas"):
        told = repo.ok("explain", f"{SPEC}{what}").out
        assert f"{SPEC}:{number}: replicas: 2\n" in told
        assert f"{DEPLOYMENT}:{line_of(repo, DEPLOYMENT, 'replicas')}: replicas: 2\n" in told
        assert f"{KUSTOMIZATION}:{line_of(repo, KUSTOMIZATION, 'poddis')}" in told
    rows = json.loads(repo.ok("explain", SPEC, "--format", "json").out)
    assert {row["key"] for row in rows} == {"name", "image", "tag", "replicas"}
    done = repo.run("explain", f"{SPEC}:1")
    assert (done.code, "has no value at 1" in done.err) == (2, True)


def test_a_key_of_the_spec_with_values_below_it(repo: Repo) -> None:
    repo.write(SPEC, repo.read(SPEC) + "env: {A: x, B: y}\nsidecars: [{name: s, image: a/b, tag: v1}]\n")
    repo.ok("regenerate")
    told = repo.ok("explain", f"{SPEC}:env").out
    assert [one in told for one in ('env.A: "x"', 'env.B: "y"', "sidecars")] == [True, True, False]
    assert "sidecars[0].tag" in repo.ok("explain", f"{SPEC}:sidecars").out
    assert repo.run("explain", f"{SPEC}:en").code == 2


def test_a_unit_that_is_behind_says_what_it_knows(repo: Repo) -> None:
    repo.write(SPEC, repo.read(SPEC) + "replicas: 2\n")
    old = explained(repo, f"{DEPLOYMENT}:spec.replicas")
    assert (old["behind"], old["current"], old["template_lines"], old["keys"]) == (True, False, [], [])
    same = explained(repo, f"{DEPLOYMENT}:kind")
    assert (same["behind"], same["current"], same["template_lines"]) == (True, True, [5])
    assert "from: not known" in repo.ok("explain", f"{DEPLOYMENT}:spec.replicas").out


def test_an_invalid_spec_leaves_what_is_known(repo: Repo) -> None:
    repo.edit(DEPLOYMENT, "replicas: 1", "replicas: 5")
    repo.write(SPEC, repo.read(SPEC) + "replicas: x\n")
    done: Done = repo.run("explain", f"{DEPLOYMENT}:spec.replicas")
    assert done.code == 2
    assert "edited: generated 1" in done.out
    assert f"{SPEC}:" in done.err
    git(repo.root, "add", "--all")
