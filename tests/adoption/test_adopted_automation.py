"""What moves the tag of a service that was written by hand becomes its automation, or stays and is told."""

from __future__ import annotations

import pytest
import yaml

from ..conftest import Repo
from .written import APP, annotated, objects_below

SPEC = "svc/scaffold.yaml"
MARKED = APP.replace("web:1.4.2", 'web:1.4.2 # {"$imagepolicy": "flux:web-nginx"}')
REPOSITORY = """\
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImageRepository
metadata: {name: web-nginx, namespace: flux}
spec: {image: registry.example.org/shop/web, interval: 7m}  # rate limits
"""
POLICY = """\
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImagePolicy
metadata: {name: web-nginx, namespace: flux}
spec:
  imageRepositoryRef: {name: web-nginx}
  policy: {semver: {range: ">=1.0 <2.0"}}  # not 2
"""
DATED = POLICY.replace(
    '  policy: {semver: {range: ">=1.0 <2.0"}}  # not 2\n',
    "  filterTags: {pattern: '^main-[a-f0-9]{7}-(?P<ts>[0-9]{10})$', extract: $ts}\n"
    "  policy: {numerical: {order: asc}}\n",
)
KEEL = annotated("keel.sh/policy: minor", "keel.sh/trigger: poll", 'keel.sh/pollSchedule: "@every 7m"  # less')


def adopted(repo: Repo, **files: str) -> tuple[dict[str, object], str]:
    """Adopt files; nothing is left to do. Return the spec, and the notes."""
    for name, text in files.items():
        repo.write(f"svc/{name}.yaml", text)
    before = repo.snapshot()
    notes = repo.ok("adopt", "svc").err
    assert all(len(one) < 400 and "\\n" not in one for one in notes.splitlines()), notes
    repo.ok("diff")
    assert {path: text for path, text in repo.snapshot().items() if path in before} == before
    found: dict[str, object] = yaml.safe_load(repo.read(SPEC))
    return found, notes


@pytest.mark.parametrize(
    ("policy", "tags"),
    [("minor", "semver:^1.4"), ("patch", None), ("major", "semver:>=1.4"), ("all", "semver:>=1.4.2-0")],
)
def test_keel(empty: Repo, policy: str, tags: str | None) -> None:
    spec, notes = adopted(empty, app=KEEL.replace("minor", policy))
    assert (spec["automation"], spec["keel"], spec.get("tags")) == ("keel", {"interval": "7m"}, tags)
    assert "automation" not in notes
    empty.edit(SPEC, "interval: 7m", "interval: 9m")
    empty.ok("regenerate")
    assert empty.read("svc/app.yaml") == KEEL.replace("minor", policy).replace("@every 7m", "@every 9m")


def test_a_file_that_differs_as_a_whole_is_told_in_a_line(empty: Repo) -> None:
    """The policy follows from the tag, so that another tag can be one without a policy."""
    spec, notes = adopted(empty, app=MARKED, images=f"{REPOSITORY}---\n{POLICY}".replace(">=1.0 <2.0", "~1.4"))
    assert "tags" not in spec
    assert "svc/images.yaml:1: this file is not as the spec says, so a change of tag in the spec is a conflict" in notes


def test_flux_v2(empty: Repo) -> None:
    spec, notes = adopted(empty, app=MARKED, images=f"{REPOSITORY}---\n{POLICY}")
    assert spec["automation"] == "flux-v2"
    assert spec["flux"] == {"namespace": "flux", "interval": "7m"}
    assert spec["tags"] == "semver:>=1.0 <2.0"
    assert spec["paths"] == {"deploy/deployment.yaml": "app.yaml", "deploy/automation.yaml": "images.yaml"}
    assert "images.yaml" not in notes
    empty.edit(SPEC, "semver:>=1.0 <2.0", "semver:~1.4")
    empty.ok("regenerate")
    changed = POLICY.replace('">=1.0 <2.0"', '"~1.4"')
    assert empty.read("svc/images.yaml") == f"{REPOSITORY}---\n{changed}"
    assert [one["kind"] for one in objects_below(empty.root / "svc")].count("ImagePolicy") == 1


def test_flux_v2_with_builds(empty: Repo) -> None:
    app = MARKED.replace("web:1.4.2", "web:main-1a2b3c4-1700000000")
    spec, _ = adopted(empty, app=app, images=f"{DATED}---\n{REPOSITORY}")
    assert spec["tags"] == "numerical:^main-[a-f0-9]{7}-(?P<ts>[0-9]{10})$"


OTHERS = {
    "a marker without its policy": {"app": MARKED},
    "a policy of another name": {
        "app": MARKED.replace("web-nginx", "web"),
        "images": f"{REPOSITORY}---\n{POLICY}".replace("web-nginx", "web"),
    },
    "a policy without its repository": {"app": MARKED, "images": POLICY},
    "in two files": {"app": MARKED, "a": POLICY, "b": REPOSITORY},
    "a tag that the policy does not take": {
        "app": MARKED.replace("web:1.4.2", "web:3.0.0"),
        "images": f"{REPOSITORY}---\n{POLICY}",
    },
    "a level of Keel for no version": {"app": KEEL.replace("web:1.4.2", "web:blue")},
    "an order that a spec cannot have": {
        "app": MARKED.replace("web:1.4.2", "web:main-1a2b3c4-1700000000"),
        "images": f"{REPOSITORY}---\n{DATED.replace('order: asc', 'order: desc')}",
    },
}


@pytest.mark.parametrize("case", OTHERS)
def test_what_a_spec_cannot_have_stays(empty: Repo, case: str) -> None:
    """The service has one automation: that of the manifests."""
    spec, notes = adopted(empty, **OTHERS[case])
    assert spec["automation"] == "none"
    assert "stays yours: the spec says automation: none" in notes
    assert ("ImagePolicy" in notes) is ("imageRepositoryRef" in "".join(OTHERS[case].values()))


@pytest.mark.parametrize(
    "app",
    [
        annotated("keel.sh/policy: minor", 'fluxcd.io/automated: "true"'),
        KEEL.replace("web:1.4.2", 'web:1.4.2 # {"$imagepolicy": "flux:web-nginx"}'),
    ],
)
def test_two_tools_are_refused(empty: Repo, app: str) -> None:
    empty.write("svc/app.yaml", app)
    before = empty.snapshot()
    done = empty.run("adopt", "svc")
    assert done.code == 2
    assert "move the tag of Deployment web" in done.err
    assert empty.snapshot() == before
