"""What Flux v1 sees of manifests: workloads, policies, containers and images. The judge is ``tests/oracles/flux1``.

Random manifests, and those of other people where they are at hand.
"""

from __future__ import annotations

import json
import random
import subprocess
import tarfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from generator import rules
from generator.images.references import parse_reference
from generator.rules.readers.flux1_workloads import FluxWorkload, is_string, workloads

from ..support import corpus
from ..support.real import missing

PROGRAM = Path(__file__).parent.parent / "oracles" / "bin" / "flux1"
COUNT = 1_000
PODS = {
    "Deployment": (),
    "DaemonSet": (),
    "StatefulSet": (),
    "CronJob": ("jobTemplate", "spec"),
    "Job": (),
}
NAMES = ["app", "web", "proxy", "image", "my.app", "chart-image"]
IMAGES = [
    *(
        "example/web:1.2.3",
        "web",
        "ghcr.io/example/web:main-1",
        "localhost:5000/web:1",
        "web:1@sha256:abc",
        "a/b/c/d:1",
    ),
    *(
        "web@sha256:abc",
        "ghcr.io/example/web",
        "",
        "/web",
        "web/",
        "host:5000/web:1:2",
        "registry.example.org:5000/x/y",
    ),
]
KEYS = [
    *("fluxcd.io/automated", "fluxcd.io/locked", "fluxcd.io/ignore", "fluxcd.io/tag.app", "filter.fluxcd.io/web"),
    *("flux.weave.works/tag.proxy", "flux.weave.works/automated", "fluxcd.io/tag_all", "filter.fluxcd.io/tag.app"),
    *("example.org/other", "fluxcd.io/locked_msg", "tag.fluxcd.io/x", "fluxcd.iox/automated"),
]
VALUES = ["true", "false", "glob:main-*", "semver:~1.2", "", "yes", "sync_only", "a: b\nc"]


def asked(texts: list[str]) -> list[dict[str, Any]]:
    """Return what Flux reads of each text."""
    if not PROGRAM.is_file():
        missing("the oracle of Flux v1 is not built: make oracles (needs Go 1.25 or newer)")
    lines = "".join(json.dumps({"text": text}) + "\n" for text in texts)
    done = subprocess.run([PROGRAM, "load"], input=lines, capture_output=True, text=True, timeout=120, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(texts)
    return answers


def read(text: str) -> dict[str, FluxWorkload]:
    """Return what our reader finds, by the id that Flux gives."""
    file = rules.recognise("manifest.yaml", text).file
    if file is None:
        return {}
    found = workloads(file, rules.Scope((file,)))
    return {f"{x.object.namespace or '<cluster>'}:{x.object.sort.lower()}/{x.object.name}": x for x in found}


def shown(reference: str) -> str:
    """Return a reference as Flux prints it: without its tag if it has a digest, ``""`` if a ``/`` is at an end."""
    if reference.startswith("/") or reference.endswith("/"):
        return ""
    parts = parse_reference(reference)
    return f"{parts.name}@{parts.digest}" if parts.digest else reference


def compare(text: str, answer: dict[str, Any], tally: Counter[str]) -> None:
    """Check that our reader agrees with Flux on each object that has policies."""
    ours = read(text)
    for one in answer["objects"]:
        mine = ours.get(one["id"])
        if mine is None:
            assert not one["policies"], (text, one)
            continue
        counted = Counter(note.policy for note in mine.annotations)
        policies = {note.policy: note.text for note in mine.annotations if note.policy and is_string(note)}
        for name, value in policies.items():
            if counted[name] == 1:
                assert one["policies"].get(name) == value, (text, one)
        assert one["policies"].keys() == counted.keys() - {""}, (text, one)
        if one["workload"]:
            tally[mine.object.sort] += 1
            tally["images"] += len(one["containers"])
            found = [(x.name, shown(x.reference)) for x in mine.images]
            wanted = [(x["name"], x["image"]) for x in one["containers"]]
            same = sorted if mine.object.sort == "HelmRelease" else list  # in which the order is that of names
            assert same(found) == same(wanted), (text, one)


def annotations(dice: random.Random) -> dict[str, str]:
    return {key: dice.choice(VALUES) for key in dice.sample(KEYS, dice.randrange(1, 5))}


def pod_object(dice: random.Random, name: str) -> dict[str, Any]:
    sort = dice.choice([*PODS, "Deployment"])
    containers = [{"name": dice.choice(NAMES), "image": dice.choice(IMAGES)} for _ in range(dice.randrange(1, 4))]
    spec: dict[str, Any] = {"containers": containers}
    if dice.random() < 0.3:
        spec["initContainers"] = [{"name": "init", "image": dice.choice(IMAGES)}]
    template: dict[str, Any] = {"template": {"metadata": {"labels": {"app": name}}, "spec": spec}}
    for key in reversed(PODS[sort]):
        template = {key: template}
    meta = {"name": name, "annotations": annotations(dice)}
    if dice.random() < 0.5:
        meta["namespace"] = "shop"
    return {"apiVersion": "apps/v1", "kind": sort, "metadata": meta, "spec": template}


def image_part(dice: random.Random, depth: int = 0) -> Any:
    """Return a part of the values of a chart, which may hold an image in one of the forms that Flux knows, or not."""
    tag = dice.choice(["1.2.3", "main-1", 1.5, 3, True, None, ""])
    repository = dice.choice([*IMAGES, 7, None])
    more = {
        key: value
        for key, value in (("tag", tag), ("registry", dice.choice(["ghcr.io", "", 5])))
        if dice.random() < 0.5
    }
    forms = [
        lambda: {"image": repository, **more},
        lambda: {"image": {"repository": repository, **more}},
        lambda: {"image": {"name": repository}, **more},
        lambda: dice.choice(["text", 5, None, [], ["image"]]),
        lambda: {"image": image_part(dice, 1)} if not depth else {"repository": repository, **more},
    ]
    return dice.choice(forms)()


def release(dice: random.Random, name: str) -> dict[str, Any]:
    values: dict[str, Any] = {key: image_part(dice) for key in dice.sample(NAMES[:4], dice.randrange(3))}
    if dice.random() < 0.4 and isinstance(top := image_part(dice), dict):
        values |= top
    notes = annotations(dice)
    paths = [
        "app.image",
        "app.image.repository",
        "app.image.tag",
        "app.tag",
        "web.registry",
        "image",
        "app.image.registry",
    ]
    for part in ("repository", "tag", "registry"):
        if dice.random() < 0.4:
            notes[f"{part}.fluxcd.io/{dice.choice(['x', 'app'])}"] = dice.choice(paths)
    spec = {"chart": {"name": "web"}, "values": values}
    return {
        "apiVersion": "helm.fluxcd.io/v1",
        "kind": "HelmRelease",
        "metadata": {"name": name, "namespace": "shop", "annotations": notes},
        "spec": spec,
    }


def test_random_manifests_are_read_as_flux_does() -> None:
    dice = random.Random(17)  # noqa: S311 - not for secrets
    texts = []
    for number in range(COUNT):
        made = [dice.choice([pod_object, release])(dice, f"w{number}-{part}") for part in range(dice.randrange(1, 4))]
        if dice.random() < 0.2:
            made = [{"apiVersion": "v1", "kind": "List", "items": made}]
        texts.append("\n---\n".join(json.dumps(one, indent=1) for one in made))
    tally: Counter[str] = Counter()
    for text, answer in zip(texts, asked(texts), strict=True):
        assert not answer["error"], (text, answer)
        compare(text, answer, tally)
    assert min(tally[one] for one in ("Deployment", "CronJob", "HelmRelease")) > 100, tally
    assert tally["images"] > COUNT


def others() -> Iterator[str]:
    """Yield the manifests of the corpus, and of the archives of whole repositories beside it."""
    root = corpus.folder()
    if root is None:
        pytest.skip("there is no corpus of other people's files")
    for name in corpus.names(root):
        yield (root / name).read_text("utf-8", "replace")
    for path in sorted((root.parent / "trees").glob("*.tar.gz")):
        with tarfile.open(path) as archive:
            for member in archive:
                file = archive.extractfile(member) if member.name.endswith((".yaml", ".yml")) else None
                if file is not None:
                    yield file.read().decode("utf-8", "replace")


def test_manifests_of_other_people_are_read_as_flux_does() -> None:
    texts = [text for text in others() if "flux" in text and len(text) < 100_000]
    tally: Counter[str] = Counter()
    for text, answer in zip(texts, asked(texts), strict=True):
        if not answer["error"]:
            compare(text, answer, tally)
    assert len(texts) > 20
