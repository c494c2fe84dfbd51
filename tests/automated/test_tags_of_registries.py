"""``scaffold tags --registry``: with a real registry, and what it is asked for."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from ..conftest import Repo
from ..registry.real_registry import running
from ..registry.scripted import Asked, Told, scripted
from .test_deployed_tags import IMAGE, SEMVER, deployment, flux1, flux2

BUILT = {"main-1": 3, "main-2": 9, "main-3": 5, "v1.2.3": 1, "v1.2.10": 2, "stage-1": 8}  # the day in January 2026


@pytest.fixture(autouse=True)
def docker_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))


def test_a_real_registry(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "files")
    with running(tmp_path / "registry") as registry:
        for tag, day in BUILT.items():
            created = datetime(2026, 1, day, 12, 30, 5, tzinfo=UTC).isoformat()
            registry.image("shop/web", tag, {"os": "linux", "architecture": "amd64", "created": created})
        name = f"{registry.host}/shop/web"
        for path, text in {
            "branch.yaml": flux1("main-1", "glob:main-*"),
            "semver.yaml": flux2("web", "v1.2.3", SEMVER.format("~1.2")),
        }.items():
            repo.write(path, text.replace(IMAGE, name))
        repo.write("gone.yaml", flux1("v1", "semver:^1").replace(IMAGE, f"{registry.host}/shop/gone"))
        repo.write("values.yaml", flux1("v1", "semver:^1").replace(IMAGE, "${IMAGE}"))
        done = repo.ok("tags", "branch.yaml", "--registry")
        assert [" ".join(one.split()) for one in done.out.splitlines()[3:6]] == [
            "=> main-2 2026-01-09 12:30:05",
            "main-3 2026-01-05 12:30:05",
            "-> main-1 2026-01-03 12:30:05 current",
        ]
        done = repo.run("tags", *sorted(one.name for one in repo.root.iterdir()), "--registry", "--format", "json")
    rows = {row["path"]: row for row in json.loads(done.out)}
    assert {path: row["deployed"] for path, row in rows.items()} == {"branch.yaml": "main-2", "semver.yaml": "v1.2.10"}
    times = {row["tag"]: row["created"] for row in rows["branch.yaml"]["tags"]}
    assert times == {
        tag: f"2026-01-0{day}T12:30:05Z" if tag.startswith("main-") else None for tag, day in BUILT.items()
    }
    assert done.code == 2
    assert "has no image shop/gone" in done.err
    assert "'${IMAGE}' is not the name of an image" in done.err


def test_each_image_is_listed_once_and_times_are_asked_of_matching_tags(tmp_path: Path) -> None:
    """All pages are read; a policy that orders by version asks for no times, one that orders by build for its own."""
    tags = [f"{branch}-{number}" for branch in ("main", "stage") for number in range(6)]

    def script(asked: Asked) -> Any:
        address = urlsplit(asked.path)
        if not address.path.endswith("/tags/list"):
            return Told({}, 404)
        start = int(parse_qs(address.query).get("from", ["0"])[0])
        more = {"Link": f'<{address.path}?from={start + 5}>; rel="next"'} if start + 5 < len(tags) else {}
        return Told({"tags": tags[start : start + 5]}, headers=more)

    repo = Repo(tmp_path)
    with scripted(script) as server:
        name, other = f"{server.host}/web", f"{server.host}/api"
        repo.write("a.yaml", flux1("main-0", "glob:main-*").replace(IMAGE, name))
        repo.write("b.yaml", flux1("main-0", "regexp:^stage-[34]$").replace(IMAGE, name))
        repo.write("c.yaml", flux1("v1", "semver:^1").replace(IMAGE, other))
        repo.write("d.yaml", deployment("v1", comment=' # {"$imagepolicy": "a:none"}').replace(IMAGE, f"{name}/none"))
        done = repo.ok("tags", "a.yaml", "b.yaml", "c.yaml", "d.yaml", "--registry", "--format", "json")
        asked = server.paths()
    lists = [one for one in asked if "/tags/list" in one]
    assert sorted({one.partition("?")[0] for one in lists}) == ["/v2/api/tags/list", "/v2/web/tags/list"]
    assert len(lists) == 2 * 3
    timed = {one.rpartition("/")[2] for one in asked if "/manifests/" in one}
    assert timed == {*(f"main-{number}" for number in range(6)), "stage-3", "stage-4"}
    assert all(len(row["tags"]) == (0 if row["path"] == "d.yaml" else 12) for row in json.loads(done.out))
    assert json.loads(done.out)[0]["deployed"] == "main-0", "without any time, the order is that of the names"
