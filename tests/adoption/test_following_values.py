"""Every inferred value follows the spec after an adoption, in whatever style it is written, or a note says why not."""

from __future__ import annotations

import pytest
import yaml

from generator.adoption import adopt_unit
from generator.command_template import CommandTemplate
from generator.writes import writes_of

from ..conftest import Repo
from .written import APP, SERVICE, pipeline_of

SPEC = "svc/scaffold.yaml"
WHOLE = APP.replace(
    "        resources:\n",
    "        readinessProbe: {httpGet: {path: /ready, port: 3000}}\n        resources:\n",
).replace("          limits:\n            memory: 128Mi\n", "          limits: {LIMITS}\n")

LIVE = "        livenessProbe: {httpGet: {path: /live, port: 3000}}\n"


def adopt(repo: Repo, app: str, service: str = "") -> tuple[str, ...]:
    """Adopt manifests, and return the notes."""
    repo.write("svc/app.yaml", app)
    if service:
        repo.write("svc/svc.yaml", service)
    pipeline = pipeline_of(repo.root)
    made = adopt_unit(pipeline, "svc", CommandTemplate("service", "service"), {})
    assert not pipeline.worktree.apply(made.writes).left
    return made.notes


def changed_lines(repo: Repo, where: str, value: object) -> list[str]:
    """Change a value of the spec, regenerate, and return the lines of the manifests that differ."""
    files = sorted(one.name for one in (repo.root / "svc").iterdir() if not one.name.startswith("scaffold."))
    before = [line for name in files for line in repo.read(f"svc/{name}").split("\n")]
    spec = yaml.safe_load(repo.read(SPEC))
    at = spec
    for part in where.split(".")[:-1]:
        at = at.setdefault(part, {})
    at[where.rsplit(".", maxsplit=1)[-1]] = value
    repo.write(SPEC, yaml.safe_dump(spec))
    pipeline = pipeline_of(repo.root)
    unit = pipeline.unit("svc")
    assert unit.plan is not None, unit.problems
    assert not unit.plan.blocked
    pipeline.worktree.apply(writes_of([unit]))
    after = [line for name in files for line in repo.read(f"svc/{name}").split("\n")]
    assert len(before) == len(after)
    return [new.strip() for old, new in zip(before, after, strict=True) if old != new]


CPU = ["1", "0.5", "0.50", "2.0", '"1"', "'0.5'", "500m", '"500m"', "1e0"]
MEMORY = ["1073741824", '"1073741824"', "1Gi", '"1Gi"', "1e9", "1.5Gi", "129M"]
NEW_CPU = [(2, "2"), ("2", '"2"'), ("250m", "250m"), (0.25, "0.25"), ("0.25", '"0.25"')]
NEW_MEMORY = [(1024, "1024"), ("2Gi", "2Gi"), ("1024", '"1024"')]


@pytest.mark.parametrize(
    ("what", "written", "value", "line"),
    [
        *(("cpu", one, *new) for one in CPU for new in NEW_CPU),
        *(("memory", one, *new) for one in MEMORY for new in NEW_MEMORY),
    ],
)
def test_resources_in_any_style(empty: Repo, what: str, written: str, value: object, line: str) -> None:
    notes = adopt(empty, WHOLE.replace("{LIMITS}", f"\n            {what}: {written}  # tuned"))
    assert not any("a change of" in one for one in notes)
    assert changed_lines(empty, f"resources.limits.{what}", value) == [f"{what}: {line}  # tuned"]


@pytest.mark.parametrize(
    ("where", "value", "old", "styles", "line"),
    [
        ("env.MODE", "slow", "value: fast}", ["value: fast}", 'value: "fast"}', "value: 'fast'}"], "slow"),
        ("env.MODE", "2", "value: fast}", ['value: "1"}', "value: '1'}", 'value: "yes"}'], '"2"'),
        ("tag", "2.0.0", "image: r", ["image: r", 'image: "r'], ":2.0.0"),
        ("image", "ghcr.io/a/b", "image: r", ["image: r", "image: 'r"], "ghcr.io/a/b:1.4.2"),
        ("container", "main", "name: nginx", ["name: nginx", 'name: "nginx"'], "main"),
        ("replicas", 3, "replicas: 2", ["replicas: 2", "replicas:   2"], "3"),
        ("health_path", "/live", "path: /ready", ["path: /ready", 'path: "/ready"', "path: '/ready'"], "/live"),
    ],
)
def test_a_value_in_any_style(empty: Repo, where: str, value: object, old: str, styles: list[str], line: str) -> None:
    base = WHOLE.replace("{LIMITS}", "{memory: 128Mi}")
    for style in styles:
        app = base.replace(old, style, 1)
        if style.endswith(("'r", '"r')):
            app = app.replace("web:1.4.2", f"web:1.4.2{style[-2]}")
        notes = adopt(empty, app)
        assert not any("a change of" in one for one in notes), style
        (found,) = changed_lines(empty, where, value)
        assert line in found
        for name in ("scaffold.yaml", "scaffold.lock"):
            (empty.root / "svc" / name).unlink()


@pytest.mark.parametrize(
    ("app", "service", "note"),
    [
        (
            WHOLE.replace("{LIMITS}", "{}").replace("        resources:", f"{LIVE}        resources:"),
            "",
            "livenessProbe.httpGet.path is /live here, and is /ready by the spec, so a change of health_path in",
        ),
        (
            APP.replace("web:1.4.2", f"web:1.4.2@sha256:{'0' * 64}"),
            "",
            "by the spec, so a change of image or tag in the spec is a conflict",
        ),
        (
            APP.replace("      containers:", "      securityContext: {runAsUser: 1000}\n      containers:"),
            "",
            "runAsGroup is not here, and is 1000 by the spec, so a change of user in the spec is a conflict",
        ),
    ],
)
def test_what_does_not_follow_is_told(empty: Repo, app: str, service: str, note: str) -> None:
    told = adopt(empty, app, service)
    assert any(note in one for one in told), told


@pytest.mark.parametrize(("key", "ports"), [("service_port", (81, 3000)), ("port", (3000, 81))])
def test_a_target_port_comes_where_it_is_another_port_from_now_on(
    empty: Repo, key: str, ports: tuple[int, int]
) -> None:
    notes = adopt(empty, APP, SERVICE.replace("- port: 8080\n    targetPort: 3000", "- name: web\n    port: 3000"))
    assert not any("a change of" in one for one in notes)
    empty.edit(SPEC, f"\n{key}: 3000", f"\n{key}: 81")
    empty.ok("regenerate")
    (found,) = yaml.safe_load(empty.read("svc/svc.yaml"))["spec"]["ports"]
    assert (found["name"], found["port"], found["targetPort"]) == ("web", *ports)


def test_numbers_in_a_spec_that_are_no_amounts(empty: Repo) -> None:
    for text in ("1e-7", ".inf", ".nan", "-1", "1e300"):
        values = f"image: a/b\ntag: v1\nresources: {{limits: {{cpu: {text}}}}}\n"
        empty.write("a/scaffold.yaml", f"template: service\nname: a\n{values}")
        unit = pipeline_of(empty.root).unit("a")
        assert unit.plan is None
        assert any("resources.limits.cpu is " in one.message for one in unit.problems), text


def test_a_renamed_port_leaves_no_reference_behind(empty: Repo) -> None:
    """A mix of references by name and by number: the names do not follow, and are a conflict that can be settled."""
    adopt(
        empty,
        WHOLE.replace("{LIMITS}", "{}").replace("- containerPort", "- name: web\n          containerPort"),
        SERVICE.replace("targetPort: 3000", "targetPort: web  # by name"),
    )
    before = empty.read("svc/svc.yaml")
    empty.edit(SPEC, "port_name: web", "port_name: main")
    field = "svc/svc.yaml:spec.ports[port=8080,protocol=TCP].targetPort"
    done = empty.run("regenerate")
    assert done.code == 1
    assert "yours web, generated 3000 (was 3000); it refers to the port web, which has another name" in done.text
    assert empty.read("svc/svc.yaml") == before
    empty.ok("regenerate", f"--theirs={field}")
    assert empty.read("svc/svc.yaml") == before.replace("targetPort: web ", "targetPort: 3000 ")
    assert "- name: main\n" in empty.read("svc/app.yaml")
    empty.ok("diff")


NAMELESS = SERVICE.replace("- port: 8080\n", "- port: 8080  # front\n").replace(": 3000", ": 3000  # by number")
SAME_PORT = SERVICE.replace("- port: 8080\n    targetPort: 3000", "- name: web\n    port: 3000  # front")


@pytest.mark.parametrize(
    ("service", "old", "new", "yours", "field"),
    [
        (NAMELESS, "port_reference: number", "port_reference: name", "3000", "port=8080,protocol=TCP"),
        (SAME_PORT, "port_reference: implied", "port_reference: name", "nothing", "name=web"),
    ],
)
def test_no_reference_comes_to_a_name_that_the_port_does_not_have(
    empty: Repo, service: str, old: str, new: str, yours: str, field: str
) -> None:
    """The adopted port has no name, and the spec wants a reference by name from now on."""
    adopt(empty, APP, service)
    before = empty.read("svc/svc.yaml")
    empty.edit(SPEC, old, new)
    done = empty.run("regenerate")
    assert done.code == 1, done.text
    assert f"targetPort: yours {yours}, generated http" in done.text
    assert "it would refer to a port http, and no port has that name in your file: give it the name there" in done.text
    assert empty.read("svc/svc.yaml") == before
    field = f"svc/svc.yaml:spec.ports[{field}].targetPort"
    assert "took http, but it would refer" in empty.ok("regenerate", f"--theirs={field}", "--dry-run").text
    empty.ok("regenerate", f"--ours={field}")
    after = empty.read("svc/svc.yaml")
    assert "targetPort: http" not in after
    assert "# front" in after
    empty.ok("diff")


def test_a_reference_by_name_comes_to_a_port_with_the_name(empty: Repo) -> None:
    adopt(empty, APP.replace("- containerPort", "- name: http\n          containerPort"), NAMELESS)
    empty.edit(SPEC, "port_reference: number", "port_reference: name")
    empty.ok("regenerate")
    assert "targetPort: http  # by number" in empty.read("svc/svc.yaml")
