"""``scaffold new-service`` with ``--from``, and the options for what exposes a service, on the command line."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ..conftest import Repo
from ..support import forks

TWO = "services:\n  web: {image: 'a/web:1.0.0', ports: ['3000:3000']}\n  db: {image: 'postgres:16'}\n"


def refused(repo: Repo, *arguments: str) -> str:
    """Return the errors of a command that writes nothing."""
    before = repo.snapshot()
    done = repo.run("new-service", *arguments)
    assert done.code == 2, done.text
    assert repo.snapshot() == before
    return done.err


@pytest.fixture
def two(empty: Repo) -> Repo:
    empty.write("compose.yaml", TWO)
    return empty


def test_several_services_are_listed(two: Repo) -> None:
    assert refused(two, "--from", "compose.yaml") == (
        "--service: is missing: compose.yaml has 2 services\n    name one of them: web, db\n"
    )
    assert "did you mean 'web'?" in refused(two, "--from", "compose.yaml", "--service", "wep")


def test_a_service_needs_its_file(two: Repo) -> None:
    assert "add --from FILE" in refused(two, "x", "--image", "a/b:1.0.0", "--service", "web")


def test_a_file_that_is_not_there_or_too_large(two: Repo) -> None:
    assert "none.yaml: does not exist" in refused(two, "--from", "none.yaml")
    two.write("large.yaml", "services:\n" + "# padding\n" * 3_000_000)
    assert "large.yaml: " in refused(two, "--from", "large.yaml")
    two.write(
        "bomb.yaml",
        "a: &a [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1 or ''}, *a{n - 1 or ''}]\n" for n in range(1, 40)),
    )
    assert "too large" in refused(two, "--from", "bomb.yaml")


def test_a_unit_that_exists_is_not_changed(two: Repo) -> None:
    two.ok("new-service", "--from", "compose.yaml", "--service", "web")
    assert "already exists" in refused(two, "--from", "compose.yaml", "--service", "web")
    assert "--update" not in refused(two, "--from", "compose.yaml", "--service", "web")
    assert "for a new unit only" in refused(two, "--from", "compose.yaml", "--service", "web", "--update")


def test_a_built_service_needs_an_image(empty: Repo) -> None:
    empty.write("app/compose.yaml", "services: {web: {build: ., ports: ['80:80']}}\n")
    assert "is built; name the image" in refused(empty, "--from", "app/compose.yaml")
    empty.ok("new-service", "--from", "app/compose.yaml", "--image", "ghcr.io/example/web:1.0.0")
    assert 'build: "../../app"' in empty.read("services/web/scaffold.yaml")


def test_a_folder_to_build_outside_of_the_repository_is_left_out(empty: Repo) -> None:
    empty.write("compose.yaml", "services: {web: {image: 'a/b:1.0.0', build: ../elsewhere}}\n")
    done = empty.ok("new-service", "--from", "compose.yaml")
    assert "note: compose.yaml:1: left out: ../elsewhere: it is outside the repository" in done.err
    assert "build" not in empty.read("services/web/scaffold.yaml")


def test_several_files_are_refused(two: Repo) -> None:
    told = refused(two, "--from", "compose.yaml", "--from", "compose.override.yaml", "--service", "web")
    assert "--from: is given 2 times, and one file is read" in told
    assert "docker compose -f FILE -f FILE config | scaffold new-service --from -" in told


def test_an_image_that_is_none_is_told_at_its_line(empty: Repo) -> None:
    empty.write("compose.yaml", "services:\n  web:\n    image: NGINX:1\n")
    assert "compose.yaml:3:12: NGINX:1 is no image" in refused(empty, "--from", "compose.yaml")
    empty.ok("new-service", "--from", "compose.yaml", "--image", "nginx:1.27.1")


def test_a_tag_that_says_no_version(empty: Repo) -> None:
    empty.write("compose.yaml", "services: {web: {image: 'a/b:latest', ports: ['80:80']}}\n")
    done = empty.ok("new-service", "--from", "compose.yaml")
    assert "left out: the tag latest: it says no version; give one with --tag" in done.err
    assert "tag" not in empty.read("services/web/scaffold.yaml")
    done = empty.ok("new-service", "other", "--from", "compose.yaml", "--tag", "v2.0.0")
    assert "latest" not in done.err
    assert "tag: v2.0.0" in empty.read("services/other/scaffold.yaml")


def test_standard_input(two: Repo) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "generator", "new-service", "--from", "-", "--service", "web"],
        cwd=two.root, input=TWO, capture_output=True, text=True, env=forks.plain_environment(),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "note: standard input:2: " in done.stderr
    assert "image: a/web" in two.read("services/web/scaffold.yaml")


def test_quiet_still_tells_what_is_left_out(two: Repo) -> None:
    done = two.ok("new-service", "--from", "compose.yaml", "--service", "db", "-q")
    assert done.out == ""
    assert "neither publishes nor exposes a port" in done.err


def test_an_ingress(empty: Repo) -> None:
    empty.ok("new-service", "a", "--image", "a/b:1.0.0", "--host", "a.example.com", "--host", "b.example.com",
             "--ingress-class", "nginx", "--health-path", "/up")  # fmt: skip
    text = empty.read("services/a/scaffold.yaml")
    assert "ingress:\n  hosts:\n    - a.example.com\n    - b.example.com\n  class: nginx\n" in text
    assert "health_path: /up\n" in text
    assert "0 errors, 0 warnings" in empty.ok("validate").out
    assert "b.example.com" in empty.read("services/a/deploy/ingress.yaml")


def test_a_route(empty: Repo) -> None:
    empty.ok("new-service", "a", "--image", "a/b:1.0.0", "--gateway", "gateways/public", "--host", "a.example.com")
    assert "ingress" not in empty.read("services/a/scaffold.yaml")
    assert "namespace: gateways" in empty.read("services/a/deploy/httproute.yaml")
    assert "0 errors, 0 warnings" in empty.ok("validate").out


def test_what_exposes_a_service_that_exists(empty: Repo) -> None:
    empty.ok("new-service", "a", "--image", "a/b:1.0.0")
    empty.ok(
        "new-service",
        "a",
        "--image",
        "a/b:1.0.0",
        "--gateway",
        "gateways/public",
        "--host",
        "a.example.com",
        "--update",
    )
    text = empty.read("services/a/scaffold.yaml")
    assert 'parents: [{"name": "public", "namespace": "gateways"}]' in text
    assert 'hosts: ["a.example.com"]' in text
    assert "clean" in empty.ok("diff").out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--ingress-class", "nginx"], "--ingress-class: is of an Ingress, and there is none"),
        (["--ingress-class", "nginx", "--gateway", "a/b"], "--ingress-class: is of an Ingress, and there is none"),
        (["--gateway", "public"], "--gateway: is 'public', not NAMESPACE/NAME"),
        (["--gateway", "a/"], "--gateway: is 'a/', not NAMESPACE/NAME"),
        (["--gateway", "A/b"], "--gateway: http_route.parents[0].namespace is"),
        (["--host", "Shop"], "--host: ingress.hosts[0] is"),
        (["--health-path", "up"], "--health-path: health_path is"),
    ],
)
def test_options_that_cannot_be(empty: Repo, options: list[str], message: str) -> None:
    assert message in refused(empty, "a", "--image", "a/b:1.0.0", *options)
