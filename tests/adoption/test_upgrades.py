"""Newer versions of the template of adopted units: what they change arrives, and what the user wrote stays."""

from __future__ import annotations

import pytest

from ..conftest import Repo
from .written import APP, SERVICE, differences, objects_below

POD = ".spec.template.spec"
MAIN = f"{POD}.containers[0]"
PROBE = "        livenessProbe: {tcpSocket: {port: 3000}, periodSeconds: 7}  # slow\n"
OWN = APP.replace("        resources:\n", f"{PROBE}        resources:\n")
DEPLOYMENT, SERVED = "deploy/deployment.yaml", "deploy/service.yaml"

NESTED = "{{- probe | nested(at + 2) }}"


def less(line: str, other: str) -> str:
    """Return what writes the probes of the template with another line, or without it."""
    return f'{{{{- probe | nested(at + 2) | replace("\\n            {line}", "{other}") }}}}'


def upgraded(repo: Repo, path: str, old: str, new: str) -> list[str]:
    """Adopt a service by a template of the repository, upgrade the template, and return the fields that changed."""
    repo.ok("template", "copy", "service", "shop")
    for name, text in {"app": OWN, "svc": SERVICE}.items():
        repo.write(f"svc/{name}.yaml", text)
    repo.ok("adopt", "svc", "--template", "shop")
    before = objects_below(repo.root / "svc")
    template = ".scaffold/templates/shop"
    repo.edit(f"{template}/{{{{cookiecutter.name}}}}/{path}", old, new)
    repo.write(f"{template}/version", f"{int(repo.read(f'{template}/version')) + 1}\n")
    repo.ok("regenerate")
    repo.ok("diff")
    after = objects_below(repo.root / "svc")
    return [each for pair in zip(before, after, strict=True) for each in differences(*pair)]


@pytest.mark.parametrize(
    ("path", "old", "new", "wanted", "line"),
    [
        (
            DEPLOYMENT,
            "      automountServiceAccountToken: {{ cookiecutter | has_token | yaml }}\n",
            "      automountServiceAccountToken: {{ cookiecutter | has_token | yaml }}\n"
            "      terminationGracePeriodSeconds: 45\n",
            [f"{POD}.terminationGracePeriodSeconds"],
            "terminationGracePeriodSeconds: 45",
        ),
        (
            DEPLOYMENT,
            "          securityContext:\n            allow",
            "          imagePullPolicy: Always\n          securityContext:\n            allow",
            [f"{MAIN}.imagePullPolicy"],
            "imagePullPolicy: Always",
        ),
        (
            DEPLOYMENT,
            NESTED,
            f"{NESTED}{{%- if name == 'livenessProbe' %}}\n            timeoutSeconds: 4\n{{%- endif %}}",
            [f"{MAIN}.livenessProbe.timeoutSeconds"],
            "periodSeconds: 7, timeoutSeconds: 4}  # slow",
        ),
        (DEPLOYMENT, NESTED, less("failureThreshold: 3", ""), [], "periodSeconds: 7}  # slow"),
        (
            SERVED,
            "  selector:\n",
            "  sessionAffinity: ClientIP\n  selector:\n",
            [".spec.sessionAffinity"],
            "sessionAffinity: ClientIP",
        ),
    ],
)
def test_an_upgrade(empty: Repo, path: str, old: str, new: str, wanted: list[str], line: str) -> None:
    assert upgraded(empty, path, old, new) == wanted
    now = {"app": empty.read("svc/app.yaml"), "svc": empty.read("svc/svc.yaml")}
    assert line in "".join(now.values())
    rest = {"app": OWN, "svc": SERVICE}
    for name, text in rest.items():
        kept = [one for one in text.split("\n") if "livenessProbe" not in one]
        lines = iter(now[name].split("\n"))
        assert all(one in lines for one in kept), name
        if not wanted:
            assert now[name] == text


@pytest.mark.parametrize(
    ("old", "new", "field", "says"),
    [
        (
            NESTED,
            less("periodSeconds: 20", "\\n            periodSeconds: 30"),
            "spec.template.spec.containers[name=nginx].livenessProbe.periodSeconds",
            "yours 7, generated 30 (was 20)",
        ),
        ("        runAsNonRoot: true\n", "", "spec.template.spec.securityContext", "your file does not have it"),
    ],
)
def test_a_change_of_what_the_user_has_otherwise_is_a_conflict(
    empty: Repo, old: str, new: str, field: str, says: str
) -> None:
    """It can be settled once, and then is no conflict in later runs."""
    empty.ok("template", "copy", "service", "shop")
    empty.write("svc/app.yaml", OWN)
    empty.ok("adopt", "svc", "--template", "shop")
    empty.edit(f".scaffold/templates/shop/{{{{cookiecutter.name}}}}/{DEPLOYMENT}", old, new)
    done = empty.run("regenerate")
    assert done.code == 1
    assert f"{field}: " in done.text
    assert says in done.text
    assert empty.read("svc/app.yaml") == OWN
    empty.ok("regenerate", f"--ours=svc/app.yaml:{field}")
    assert empty.read("svc/app.yaml") == OWN
    empty.ok("diff")
