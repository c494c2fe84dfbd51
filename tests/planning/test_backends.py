"""Every backend of image automation: edits outlive changes, and another backend in the config loses none of them."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from generator import assets
from generator.images.backends import backend_names, backend_of
from generator.pieces import with_pieces

from ..conftest import DEPLOYMENT, SPEC, Repo, git

POLICIES = "services/payments/deploy/automation.yaml"
KUSTOMIZATION = "services/payments/deploy/kustomization.yaml"
CONFIG = ".scaffold/config.yaml"
MARKER = '# {"$imagepolicy": "flux-system:payments-app"}'
IMAGE = "ghcr.io/example/payments"
Edit = tuple[str, str, str, str]  # a file, the old text, the new one, and what must stay

ANY: dict[str, Edit] = {
    "a moved tag": (DEPLOYMENT, "payments:v1.2.3", "payments:v1.2.9", "payments:v1.2.9"),
    "a comment above the image": (DEPLOYMENT, "          image:", "          # ours\n          image:", "# ours\n"),
    "replicas": (DEPLOYMENT, "replicas: 1", "replicas: 4 # peak", "replicas: 4 # peak"),
    "a variable": (
        DEPLOYMENT,
        "          resources:\n",
        "          env:\n            - name: REGION\n              value: eu\n          resources:\n",
        "            - name: REGION\n              value: eu\n",
    ),
    "another container": (
        DEPLOYMENT,
        "      containers:\n",
        "      containers:\n        - name: proxy\n          image: a/proxy:v1\n",
        "        - name: proxy\n          image: a/proxy:v1\n",
    ),
    "another pull policy": (
        DEPLOYMENT,
        "          ports:\n",
        "          imagePullPolicy: Always\n          ports:\n",
        "          imagePullPolicy: Always\n",
    ),
    "a quoted image": (DEPLOYMENT, f"{IMAGE}:v1.2.3", f"'{IMAGE}:v1.2.3'", "payments:v1.2.3'"),
    "a comment at the end": (DEPLOYMENT, "          emptyDir: {}\n", "          emptyDir: {}\n# end\n", "# end\n"),
    "another resource": (KUSTOMIZATION, "resources:\n", "resources:\n  - extra.yaml\n", "  - extra.yaml\n"),
    "an image of the kustomization": (
        KUSTOMIZATION,
        "  - service.yaml\n",
        "  - service.yaml\nimages:\n  - name: ghcr.io/example/payments\n    newTag: v1.2.9\n",
        "images:\n  - name: ghcr.io/example/payments\n    newTag: v1.2.9\n",
    ),
    "a label": (DEPLOYMENT, "  labels:\n    app", "  labels:\n    team: pay\n    app", "    team: pay\n"),
    "a comment of a kustomization": (KUSTOMIZATION, "  - service.yaml\n", "  - service.yaml # last\n", "# last\n"),
}  # fmt: skip
OWN: dict[str, dict[str, Edit]] = {
    "flux-v2": {
        "another interval": (POLICIES, "interval: 5m", "interval: 1h # quota", "interval: 1h # quota"),
        "a secret": (
            POLICIES,
            "  interval: 5m\n",
            "  interval: 5m\n  secretRef:\n    name: pull\n",
            "    name: pull\n",
        ),
        "a suspended policy": (POLICIES, "  policy:\n", "  suspend: true\n  policy:\n", "  suspend: true\n"),
        "an annotation": (
            DEPLOYMENT,
            "spec:\n  replicas",
            "  annotations:\n    owner: pay\nspec:\n  replicas",
            "    owner: pay\n",
        ),
        "another range": (POLICIES, '"~1.2"', '"~1.2.4"', '"~1.2.4"'),
    },
    "argocd": {
        "another method": (POLICIES, "method: git", "method: argocd # for now", "method: argocd # for now"),
        "platforms": (
            POLICIES,
            "            updateStrategy: semver\n",
            "            updateStrategy: semver\n            platforms: [linux/arm64]\n",
            "            platforms: [linux/arm64]\n",
        ),
        "another application": (
            POLICIES,
            "  applicationRefs:\n",
            "  applicationRefs:\n    - namePattern: other\n      useAnnotations: true\n",
            "    - namePattern: other\n      useAnnotations: true\n",
        ),
        "an annotation": (
            DEPLOYMENT,
            "spec:\n  replicas",
            "  annotations:\n    owner: pay\nspec:\n  replicas",
            "    owner: pay\n",
        ),
        "ignored tags": (
            POLICIES,
            "            updateStrategy: semver\n",
            "            updateStrategy: semver\n            ignoreTags: [v1.2.5] # broken\n",
            "            ignoreTags: [v1.2.5] # broken\n",
        ),
    },
    "keel": {
        "another schedule": (DEPLOYMENT, '"@every 5m"', '"@every 1h" # quota', '"@every 1h" # quota'),
        "approvals": (
            DEPLOYMENT,
            "    keel.sh/trigger: poll\n",
            '    keel.sh/trigger: poll\n    keel.sh/approvals: "1"\n',
            '    keel.sh/approvals: "1"\n',
        ),
        "a trigger": (DEPLOYMENT, "keel.sh/trigger: poll", "keel.sh/trigger: pubsub", "keel.sh/trigger: pubsub"),
        "another policy": (DEPLOYMENT, "keel.sh/policy: patch", "keel.sh/policy: minor", "keel.sh/policy: minor"),
        "an annotation": (DEPLOYMENT, "  annotations:\n", "  annotations:\n    owner: pay\n", "    owner: pay\n"),
    },
}
BACKENDS = sorted(OWN)


def started(tmp_path: Path, automation: str) -> Repo:
    """Return a repository with a service under an automation."""
    git(tmp_path, "init", "--quiet", "--initial-branch=main", ".")
    repo = Repo(tmp_path)
    repo.ok("init", "--automation", automation)
    repo.ok("new-service", "payments", "--image", "ghcr.io/example/payments:v1.2.3")
    return repo


def spec_change(repo: Repo) -> None:
    repo.edit(SPEC, "image:", "port: 9090\nhealth_path: /healthz\nimage:")


def default_change(repo: Repo) -> None:
    more = "defaults:\n  service: {port: 9090, resources: {limits: {memory: 1Gi}}}\n"
    repo.write(CONFIG, repo.read(CONFIG) + more)


def template_change(repo: Repo) -> None:
    """Give the repository a template of its own, as a later version of ours might be."""
    folder = repo.root / ".scaffold/templates/service"
    shutil.copytree(assets.folder("templates") / "service", folder)
    (folder / "version").write_text("99\n")
    deployment = folder / "{{cookiecutter.name}}/deploy/deployment.yaml"
    text = with_pieces(deployment.read_text("utf-8")).replace("containerPort: {{ port.number }}", "containerPort: 9090")
    assert "containerPort: 9090" in text
    deployment.write_text(
        text.replace("      serviceAccountName", "      enableServiceLinks: false\n      serviceAccountName")
    )


def all_changes(repo: Repo) -> None:
    template_change(repo)
    default_change(repo)
    spec_change(repo)


CHANGES: dict[str, Callable[[Repo], None]] = {
    "spec": spec_change,
    "default": default_change,
    "template": template_change,
    "all": all_changes,
}


def edited(repo: Repo, edits: list[Edit]) -> None:
    for path, old, new, _ in edits:
        text = repo.read(path)
        assert old in text, (path, old)
        repo.write(path, text.replace(old, new, 1))


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("automation", BACKENDS)
def test_every_edit_survives_a_change(tmp_path: Path, automation: str, change: str) -> None:
    edits = ANY | OWN[automation]
    assert len(edits) == 17
    (tmp_path / "first").mkdir()
    first = started(tmp_path / "first", automation)
    for name, one in edits.items():
        root = tmp_path / re.sub("[^a-z]", "-", name)
        repo = Repo(shutil.copytree(first.root, root, symlinks=True))
        edited(repo, [one])
        assert repo.run("diff").code == 0, name
        CHANGES[change](repo)
        repo.ok("regenerate")
        assert one[3] in repo.read(one[0]), name
        assert "containerPort: 9090" in repo.read(DEPLOYMENT)
        assert automation != "flux-v2" or MARKER in repo.read(DEPLOYMENT), name
        assert repo.run("diff").code == 0, name
        shutil.rmtree(root)


def switched(repo: Repo, automation: str) -> None:
    repo.write(CONFIG, re.sub("automation: .*", f"automation: {automation}", repo.read(CONFIG)))
    repo.ok("init")


@pytest.mark.parametrize("other", BACKENDS)
def test_there_and_back_over_edited_units_loses_no_edit(tmp_path: Path, other: str) -> None:
    repo = started(tmp_path, "flux-v1")
    edits = [one for one in ANY.values() if "v1.2.3'" not in one[3]]
    extra = [
        (DEPLOYMENT, "  annotations:\n", "  annotations:\n    owner: pay # us\n", "    owner: pay # us\n"),
        (DEPLOYMENT, "spec:\n  replicas", '    prometheus.io/scrape: "true"\nspec:\n  replicas', 'scrape: "true"\n'),
    ]
    every: list[tuple[str, Edit]] = []
    for number, (path, old, new, kept) in enumerate([*edits, *extra] * 4):
        name = f"s{number}"
        repo.ok("new-service", name, "--image", f"ghcr.io/example/{name}:v1.2.3")
        own = tuple(one.replace("payments", name) for one in (path, old, new, kept))
        edited(repo, [(own[0], own[1], own[2], own[3])])
        every.append((name, (own[0], own[1], own[2], own[3])))
    assert len(every) >= 50
    assert repo.run("diff").code == 0
    before = {name: repo.read(f"services/{name}/deploy/deployment.yaml") for name, _ in every}
    for automation in (other, "flux-v1"):
        switched(repo, automation)
        repo.ok("regenerate")
        for name, one in every:
            assert one[3] in repo.read(one[0]), (automation, name)
        assert repo.run("diff").code == 0
    for name, _ in every:
        assert sorted(repo.read(f"services/{name}/deploy/deployment.yaml").split("\n")) == sorted(
            before[name].split("\n")
        )


def test_a_comment_in_the_way_of_a_marker_is_a_conflict(tmp_path: Path) -> None:
    repo = started(tmp_path, "flux-v1")
    repo.edit(DEPLOYMENT, "payments:v1.2.3", "payments:v1.2.9 # by Ann")
    switched(repo, "flux-v2")
    done = repo.run("regenerate")
    assert done.code == 1
    assert f"{MARKER} has to be the only comment of its line: move yours to the line above" in done.text
    repo.edit(
        DEPLOYMENT,
        "          image: ghcr.io/example/payments:v1.2.9 # by Ann",
        "          # by Ann\n          image: ghcr.io/example/payments:v1.2.9",
    )
    repo.ok("regenerate")
    assert f"          # by Ann\n          image: ghcr.io/example/payments:v1.2.9 {MARKER}\n" in repo.read(DEPLOYMENT)


def test_theirs_takes_the_marker(tmp_path: Path) -> None:
    repo = started(tmp_path, "flux-v1")
    repo.edit(DEPLOYMENT, "payments:v1.2.3", "payments:v1.2.9 # by Ann")
    switched(repo, "flux-v2")
    repo.ok("regenerate", "--theirs")
    assert MARKER in repo.read(DEPLOYMENT)


@pytest.mark.parametrize("automation", backend_names())
def test_an_edited_tag_is_the_tool_s_where_the_tool_commits_it(tmp_path: Path, automation: str) -> None:
    repo = started(tmp_path, automation)
    repo.edit(DEPLOYMENT, "payments:v1.2.3", "payments:v1.2.9")
    repo.edit(SPEC, "tag: v1.2.3", "tag: v1.2.4")
    done = repo.run("regenerate")
    if backend_of(automation).tags_in == "workload":
        assert "kept v1.2.9, which a bot updates" in done.text
        assert done.code == 0
    else:
        assert "which a bot updates" not in done.text
        assert done.code == 1
    assert "payments:v1.2.9" in repo.read(DEPLOYMENT)


@pytest.mark.parametrize("automation", backend_names())
def test_a_moved_tag_goes_to_no_other_image(tmp_path: Path, automation: str) -> None:
    repo = started(tmp_path, automation)
    repo.edit(DEPLOYMENT, "payments:v1.2.3", "payments:v1.2.9")
    for name, tag in (("newpay", "v3.0.0"), ("newpay", "v1.2.3")):
        spec = f"template: service\nname: payments\nimage: ghcr.io/example/{name}\ntag: {tag}\n"
        repo.write(SPEC, spec)
        assert repo.run("regenerate").code == 1
        assert f"{IMAGE}:v1.2.9" in repo.read(DEPLOYMENT)
    repo.write(SPEC, "template: service\nname: payments\nimage: mirror.example/payments\ntag: v1.2.3\n")
    assert "kept v1.2.9 with the new name mirror.example/payments" in repo.ok("regenerate").text
    assert "image: mirror.example/payments:v1.2.9" in repo.read(DEPLOYMENT)


@pytest.mark.parametrize("automation", ["argocd", "flux-v1", "flux-v2", "keel", "none"])
def test_a_tag_that_image_updater_wrote_is_told_when_another_tool_takes_over(tmp_path: Path, automation: str) -> None:
    repo = started(tmp_path, "argocd")
    edited(repo, [ANY["an image of the kustomization"]])
    switched(repo, automation)
    told = "newTag v1.2.9 replaces the tag of ghcr.io/example/payments in deploy/deployment.yaml"
    done = repo.ok("regenerate")
    assert (told in done.text) is (automation != "argocd")
    assert repo.run("diff").code == 0
    assert ("(F2-006)" in repo.run("validate").text) is (automation == "flux-v2")
    if automation == "flux-v2":  # what the note says
        repo.edit(KUSTOMIZATION, "images:\n  - name: ghcr.io/example/payments\n    newTag: v1.2.9\n", "")
        repo.edit(DEPLOYMENT, "payments:v1.2.3", "payments:v1.2.9")
        repo.ok("validate")
        repo.ok("diff")


STYLES = {
    "explicit key": ("          ? image\n          : {0}\n", True),
    "folded": ("          image: >-\n            {0}\n", False),
    "alias": ("          env: [{{name: A, value: &i {0}}}]\n          image: *i\n", True),
    "flow": ("", True),
}


@pytest.mark.parametrize("style", STYLES)
def test_a_marker_is_written_or_missed_aloud(tmp_path: Path, style: str) -> None:
    repo = started(tmp_path, "none")
    text, is_conflict = repo.read(DEPLOYMENT), STYLES[style][1]
    if style == "flow":
        start, end = text.index("      containers:\n"), text.index("      volumes:\n")
        new = f"{text[:start]}      containers: [{{name: app, image: {IMAGE}:v1.2.3}}]\n{text[end:]}"
    else:
        new = text.replace(f"          image: {IMAGE}:v1.2.3\n", STYLES[style][0].format(f"{IMAGE}:v1.2.3"))
    assert new != text
    repo.write(DEPLOYMENT, new)
    switched(repo, "flux-v2")
    done = repo.run("regenerate")
    assert done.code == int(is_conflict)
    if is_conflict:
        (command,) = re.findall(r"(?:discard it|take it): +scaffold (.*)", done.text)
        repo.ok(*shlex.split(command))
    assert MARKER in repo.read(DEPLOYMENT)
    repo.ok("validate")
    repo.ok("diff")
