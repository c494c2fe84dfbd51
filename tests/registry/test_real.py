"""A real registry: what scaffold lists is what was pushed, with every way to log in."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from generator.errors import Invalid
from generator.images.candidates import Candidate
from generator.images.references import parse_reference
from generator.registry import RegistryLimits, list_candidates

from ..support.real import tool
from .real_registry import HTPASSWD, LOGIN, RealRegistry, TokenServer, certificates, running, token_server

LIMITS = RegistryLimits(seconds=60, wait_seconds=10)
FIRST, SECOND, THIRD = (datetime(2026, 1, day, 12, 30, 5, 123456, UTC) for day in (1, 2, 3))
TRUST = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
CREATED, BUILD_DATE = "org.opencontainers.image.created", "org.label-schema.build-date"


def listed(registry: RealRegistry, name: str, **options: Any) -> list[Candidate]:
    options = {"with_times": True, "limits": LIMITS, **options}
    return list_candidates(parse_reference(f"{registry.host}/{name}"), **options)


def problem(registry: RealRegistry, name: str) -> tuple[str, str]:
    with pytest.raises(Invalid) as error:
        listed(registry, name)
    (one,) = error.value.problems
    return one.message, one.hint


def config(created: datetime | str | None, labels: dict[str, str] | None = None) -> dict[str, Any]:
    """Return the config of an image, with a time in Go's nanoseconds."""
    text = created.strftime("%Y-%m-%dT%H:%M:%S.123456789Z") if isinstance(created, datetime) else created
    return {"os": "linux", "architecture": "amd64", **({"created": text} if text else {}), "config": {"Labels": labels}}


def log_in(folder: Path, host: str, login: str = LOGIN, **more: Any) -> None:
    """Write what docker login writes."""
    entry = {"auth": login.removeprefix("Basic ")} | more
    (folder / "config.json").write_text(json.dumps({"auths": {host: entry}}))


@pytest.fixture(autouse=True)
def docker_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "docker"
    folder.mkdir()
    monkeypatch.setenv("DOCKER_CONFIG", str(folder))
    for one in TRUST:
        monkeypatch.delenv(one, raising=False)
    return folder


@pytest.fixture(scope="module")
def open_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealRegistry]:
    with running(tmp_path_factory.mktemp("open")) as registry:
        yield registry


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certificates(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory, tls: tuple[Path, Path]) -> Iterator[RealRegistry]:
    """A registry with names and passwords, and a certificate of a CA that no one knows."""
    folder = tmp_path_factory.mktemp("closed")
    (folder / "htpasswd").write_text(HTPASSWD)
    auth = {"htpasswd": {"realm": 'tests, "quoted"', "path": str(folder / "htpasswd")}}
    with running(folder, auth=auth, tls=tls) as registry:
        registry.headers["Authorization"] = LOGIN
        registry.image("team/app", "v1", config(FIRST))
        yield registry


@pytest.fixture(scope="module")
def tokens(
    tmp_path_factory: pytest.TempPathFactory, tls: tuple[Path, Path]
) -> Iterator[tuple[RealRegistry, TokenServer]]:
    """A registry with a token server, with an image for anyone and one for "me"."""
    with ExitStack() as stack:
        server = stack.enter_context(token_server(tls[0].parent))
        registry = stack.enter_context(running(tmp_path_factory.mktemp("tokens"), auth=server.auth()))
        for name in ("public/app", "private/app"):
            registry.headers["Authorization"] = f"Bearer {server.token(f'repository:{name}', ('pull', 'push'))}"
            for tag in ("v1", "v2", "v3"):
                registry.image(name, tag, config(FIRST))
        yield registry, server


@pytest.mark.parametrize("docker", [False, True], ids=["oci", "docker"])
@pytest.mark.parametrize(("created", "labels", "expected"), [
    (FIRST, None, FIRST),
    (FIRST, {"other": "2026-01-02T00:00:00Z"}, FIRST),
    (FIRST, {CREATED: "2026-01-02T13:30:05.123456+01:00"}, SECOND),
    (FIRST, {BUILD_DATE: "2026-01-02T12:30:05.123456Z"}, SECOND),
    (FIRST, {BUILD_DATE: "2026-01-02T12:30:05.123456Z", CREATED: "2026-01-03T12:30:05.123456Z"}, THIRD),
    (FIRST, {BUILD_DATE: "2026-01-02T12:30:05.123456Z", CREATED: "yesterday"}, SECOND),
    (FIRST, {CREATED: "2026-01-02"}, FIRST),
    (FIRST, {CREATED: "0001-01-01T00:00:00Z"}, FIRST),
    ("0001-01-01T00:00:00Z", None, None),
    ("1700000000", None, None),
    (None, None, None),
])  # fmt: skip
def test_the_time_of_an_image(
    open_registry: RealRegistry,
    docker: bool,
    created: Any,
    labels: Any,
    expected: datetime | None,
    request: pytest.FixtureRequest,
) -> None:
    name = f"times/{abs(hash(request.node.name))}"
    open_registry.image(name, "v1", config(created, labels), docker=docker)
    assert listed(open_registry, name) == [Candidate("v1", expected)]


@pytest.mark.parametrize("docker", [False, True], ids=["oci", "docker"])
def test_the_time_of_an_index_is_that_of_linux_amd64_or_its_first_image(
    open_registry: RealRegistry, docker: bool
) -> None:
    name = "index/docker" if docker else "index/oci"
    old, new, no = (open_registry.image(name, "", config(one), docker=docker) for one in (FIRST, SECOND, THIRD))
    open_registry.index(
        name, "amd", [("unknown/unknown", no), ("linux/arm64", old), ("linux/amd64", new)], docker=docker
    )
    open_registry.index(
        name, "arm", [("unknown/unknown", no), ("linux/arm64", old), ("windows/amd64", new)], docker=docker
    )
    open_registry.index(name, "none", [("unknown/unknown", no)], docker=docker)
    found = {one.tag: one.created for one in listed(open_registry, name)}
    assert found == {"amd": SECOND, "arm": FIRST, "none": None}


def test_an_index_of_indexes(open_registry: RealRegistry) -> None:
    image = open_registry.image("nested", "", config(SECOND))
    inner = open_registry.index("nested", "", [("linux/amd64", image)])
    open_registry.index("nested", "v1", [("linux/amd64", inner)])
    assert listed(open_registry, "nested") == [Candidate("v1", SECOND)]


def test_what_is_no_image_has_no_time(open_registry: RealRegistry) -> None:
    """A chart, as helm pushes it."""
    data = b'{"name": "chart", "version": "1.0.0"}'
    described = {
        "mediaType": "application/vnd.cncf.helm.config.v1+json",
        "digest": open_registry.blob("chart", data),
        "size": len(data),
    }
    media = "application/vnd.oci.image.manifest.v1+json"
    open_registry.manifest(
        "chart", "1.0.0", {"schemaVersion": 2, "mediaType": media, "config": described, "layers": []}, media
    )
    assert listed(open_registry, "chart") == [Candidate("1.0.0")]


def test_many_tags_and_times_of_those_that_need_one(open_registry: RealRegistry) -> None:
    """1,200 tags; the image of one of them cannot be read any more, which matters only if its time is needed."""
    image = config(FIRST)
    open_registry.image("many", "build-0000", image)
    _, headers, data = open_registry.request(
        "GET", "/v2/many/manifests/build-0000", Accept="application/vnd.oci.image.manifest.v1+json"
    )
    for number in range(1, 1200):
        path = f"/v2/many/manifests/build-{number:04}"
        assert open_registry.request("PUT", path, data, **{"Content-Type": headers["content-type"]})[0] == 201
    tags = [f"build-{number:04}" for number in range(1200)]
    assert listed(open_registry, "many", with_times=False) == [Candidate(one) for one in tags]
    some = listed(open_registry, "many", with_times=lambda tag: tag.endswith("00"))
    assert some == [Candidate(one, FIRST if one.endswith("00") else None) for one in tags]
    with pytest.raises(Invalid, match="1200 tags of many are needed, more than 1000"):
        listed(open_registry, "many", limits=RegistryLimits(times=1000))
    with pytest.raises(Invalid, match="more than 1199 tags"):
        listed(open_registry, "many", limits=RegistryLimits(tags=1199))


def test_an_image_that_is_not_there(open_registry: RealRegistry) -> None:
    message, hint = problem(open_registry, "no/such")
    assert message == f"{open_registry.host} has no image no/such: repository name not known to registry"
    assert f"docker login {open_registry.host}" in hint


def test_names_and_passwords(
    closed: RealRegistry, docker_config: Path, tls: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tls[0].parent / "ca.pem"))
    message, hint = problem(closed, "team/app")
    assert message.startswith(f"{closed.host} refuses to show team/app without a login")
    assert hint.startswith(f"run docker login {closed.host}")
    log_in(docker_config, closed.host)
    assert listed(closed, "team/app") == [Candidate("v1", FIRST)]
    wrong = base64.b64encode(b"me:wrong").decode()
    log_in(docker_config, closed.host, wrong)
    message, hint = problem(closed, "team/app")
    assert message.startswith(f"{closed.host} refuses to show team/app to the account of docker login")
    log_in(docker_config, "other.example.org")
    assert "without a login" in problem(closed, "team/app")[0]


@pytest.mark.parametrize("variable", TRUST)
def test_a_certificate_of_a_ca_of_ones_own(
    closed: RealRegistry,
    docker_config: Path,
    tls: tuple[Path, Path],
    variable: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    log_in(docker_config, closed.host)
    message, hint = problem(closed, "team/app")
    assert message.startswith(f"the certificate of {closed.host} is not valid: ")
    assert "SSL_CERT_FILE" in hint
    ca = tls[0].parent / "ca.pem"
    if variable.endswith("DIR"):  # OpenSSL's folders have names of hashes
        (tmp_path / "certs").mkdir()
        command = [tool("openssl"), "x509", "-hash", "-noout", "-in", str(ca)]
        name = subprocess.run(command, capture_output=True, check=True).stdout.decode().strip()
        (tmp_path / "certs" / f"{name}.0").write_bytes(ca.read_bytes())
        ca = tmp_path / "certs"
    monkeypatch.setenv(variable, str(ca))
    assert listed(closed, "team/app") == [Candidate("v1", FIRST)]


def test_a_ca_that_is_no_file(closed: RealRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CURL_CA_BUNDLE", "/nowhere/ca.pem")
    assert problem(closed, "team/app")[0] == "CURL_CA_BUNDLE names no file with certificates"


def test_tokens(tokens: tuple[RealRegistry, TokenServer], docker_config: Path) -> None:
    registry, server = tokens
    server.asked.clear()
    three = [Candidate(tag, FIRST) for tag in ("v1", "v2", "v3")]
    assert listed(registry, "public/app") == three
    assert server.asked == [("repository:public/app:pull", "")]  # one token for all requests
    message, hint = problem(registry, "private/app")
    assert message.startswith(f"{registry.host} refuses to show private/app without a login: ")
    assert hint.startswith(f"run docker login {registry.host}")
    log_in(docker_config, f"https://{registry.host}/v1/")  # a key as old versions of Docker wrote it
    server.asked.clear()
    assert listed(registry, "private/app") == three
    assert server.asked == [("repository:private/app:pull", LOGIN)]


@pytest.mark.parametrize("key", ["identitytoken", "registrytoken"])
def test_other_tokens_of_docker_login(tokens: tuple[RealRegistry, TokenServer], docker_config: Path, key: str) -> None:
    registry, server = tokens
    server.asked.clear()
    given = "identity" if key == "identitytoken" else server.token("repository:private/app", ("pull",))
    log_in(docker_config, registry.host, **{key: given, "auth": ""})
    assert listed(registry, "private/app", with_times=False) == [Candidate(tag) for tag in ("v1", "v2", "v3")]
    assert server.asked == ([("repository:private/app:pull", "identity")] if key == "identitytoken" else [])


def test_a_wrong_password_at_the_token_server(tokens: tuple[RealRegistry, TokenServer], docker_config: Path) -> None:
    log_in(docker_config, tokens[0].host, base64.b64encode(b"me:wrong").decode())
    message, _ = problem(tokens[0], "private/app")
    assert message.endswith("to the account of docker login: incorrect username or password")


# A credential helper as docker runs it: a program on PATH, asked on its standard input.
HELPER = """#!/bin/sh
[ "$1" = get ] || exit 2
IFS= read -r host || :
echo "$host" >> "$0.asked"
{body}
"""


@pytest.mark.parametrize(("body", "message"), [
    ("""echo '{"ServerURL": "x", "Username": "me", "Secret": "secret"}'""", ""),
    ("""echo '{"ServerURL": "x", "Username": "<token>", "Secret": "identity"}'""", ""),
    ("echo credentials not found in native keychain; exit 1", "without a login"),
    ("""echo '{"Username": "", "Secret": ""}'""", "without a login"),
    ("echo locked; exit 1", "docker-credential-test fails with exit code 1: locked"),
    ("exit 3", "docker-credential-test fails with exit code 3: no message"),
    ("echo nonsense", "docker-credential-test does not print credentials as JSON"),
    ("echo '[]'", "docker-credential-test does not print credentials as JSON"),
    ("""echo '{"Username": 1, "Secret": "s"}'""", "docker-credential-test does not print credentials as JSON"),
    ("""echo '{"Username": "a\\\\nb", "Secret": "s"}'""", "docker-credential-test does not print credentials as JSON"),
    ("exec sleep 30", "docker-credential-test did not finish in 1 s"),
])  # fmt: skip
@pytest.mark.parametrize("key", ["credsStore", "credHelpers"])
def test_a_credential_helper(
    tokens: tuple[RealRegistry, TokenServer],
    docker_config: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    key: str,
    body: str,
    message: str,
) -> None:
    registry, _ = tokens
    helper = tmp_path / "docker-credential-test"
    helper.write_text(HELPER.format(body=body))
    helper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    named = "test" if key == "credsStore" else {registry.host: "test"}
    (docker_config / "config.json").write_text(json.dumps({"auths": {registry.host: {}}, key: named}))
    limits = RegistryLimits(seconds=60, helper_seconds=1)
    if message:
        with pytest.raises(Invalid) as error:
            listed(registry, "private/app", limits=limits)
        assert message in error.value.problems[0].message
    else:
        assert len(listed(registry, "private/app", limits=limits)) == 3
    assert (tmp_path / "docker-credential-test.asked").read_text() == f"{registry.host}\n"


@pytest.mark.parametrize(("text", "message", "place"), [
    ('{"auths": {\n,', "is not JSON", (2, 1)),
    ("[]", "is not a JSON object", (0, 0)),
    ('{"auths": []}', "is not a JSON object", None),
    ('{"auths": [1]}', "auths is not a JSON object", (0, 0)),
    ('{"credHelpers": "x"}', "credHelpers is not a JSON object", (0, 0)),
    ('{"auths": {"HOST": 1}}', "the entry of auths for HOST is not valid", (0, 0)),
    ('{"auths": {"HOST": {"auth": "%%%"}}}', "the entry of auths for HOST is not valid", (0, 0)),
    ('{"auths": {"HOST": {"auth": "bm9jb2xvbg=="}}}', "the entry of auths for HOST is not valid", (0, 0)),
    ('{"auths": {"HOST": {"auth": "bTphCmI="}}}', "the entry of auths for HOST is not valid", (0, 0)),
    ('{"auths": {"HOST": {"identitytoken": "a\\nb"}}}', "the entry of auths for HOST is not valid", (0, 0)),
    ('{"credsStore": "../evil"}', "the name of the credential helper for HOST is not valid", (0, 0)),
    ('{"credsStore": "not-installed"}', "docker-credential-not-installed, which", None),
    ("[" * 100_000, "is not JSON", (0, 0)),
])  # fmt: skip
def test_a_broken_configuration_of_docker(
    tokens: tuple[RealRegistry, TokenServer],
    docker_config: Path,
    text: str,
    message: str,
    place: tuple[int, int] | None,
) -> None:
    host = tokens[0].host
    (docker_config / "config.json").write_text(text.replace("HOST", host))
    if text == '{"auths": []}':  # as empty as {}
        assert "without a login" in problem(tokens[0], "private/app")[0]
        return
    with pytest.raises(Invalid) as error:
        listed(tokens[0], "private/app")
    (one,) = error.value.problems
    assert message.replace("HOST", host) in one.message
    if place is not None:
        assert (one.path, one.line, one.column) == (str(docker_config / "config.json"), *place)


def test_a_helper_in_the_current_folder_is_not_run(
    tokens: tuple[RealRegistry, TokenServer], docker_config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    helper = tmp_path / "docker-credential-here"
    helper.write_text("#!/bin/sh\ntouch ran\n")
    helper.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", ".:/usr/bin:/bin")
    (docker_config / "config.json").write_text('{"credsStore": "here"}')
    assert "is not on PATH" in problem(tokens[0], "private/app")[0]
    assert not (tmp_path / "ran").exists()
