"""Servers that fail, lie or attack: a problem each time, in bounded time and memory, and no credential leaves.

What other hosts received is asserted on the requests that they kept.
"""

# ruff: noqa: E501 - tables of text

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generator.errors import Invalid
from generator.images.candidates import Candidate
from generator.images.references import parse_reference
from generator.registry import RegistryLimits, list_candidates

from .real_registry import HTPASSWD, LOGIN, certificates, running
from .scripted import Asked, Script, Scripted, Told, routes, scripted, tunnel

LIMITS = RegistryLimits(seconds=20, wait_seconds=2, attempts=2, pages=20, page_bytes=1 << 20, document_bytes=1 << 16)
TAGS = {"name": "app", "tags": ["v1"]}
BASIC = {"WWW-Authenticate": 'Basic realm="tests"'}
CONFIG = json.dumps({"created": "2026-01-01T00:00:00Z"}).encode()
DIGEST = f"sha256:{hashlib.sha256(CONFIG).hexdigest()}"
MANIFEST = {"schemaVersion": 2, "config": {"digest": DIGEST}}
BLOB = {"tags": TAGS, "v1": MANIFEST}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without anything but what a test puts there, and no proxies."""
    for one in ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "DOCKER_CONFIG", "NETRC"):
        monkeypatch.delenv(one, raising=False)
    for one in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(one, raising=False)
        monkeypatch.delenv(one.lower(), raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def other() -> Iterator[Scripted]:
    """Another host, to which no credential may come. It asks for a login."""
    with scripted(lambda _: Told(b"", 401, BASIC)) as server:
        yield server


def listed(server: Scripted, **options: Any) -> list[Candidate]:
    options = {"with_times": True, "limits": LIMITS, **options}
    return list_candidates(parse_reference(f"{server.host}/app"), **options)


def problem(script: Script, **options: Any) -> tuple[str, str]:
    with scripted(script) as server, pytest.raises(Invalid) as error:
        listed(server, **options)
    (one,) = error.value.problems
    assert one.path == "--registry"
    assert one.hint
    return one.message.replace(server.host, "HOST"), one.hint.replace(server.host, "HOST")


def log_in(home: Path, host: str) -> None:
    (home / ".docker").mkdir()
    (home / ".docker/config.json").write_text(json.dumps({"auths": {host: {"auth": LOGIN.removeprefix("Basic ")}}}))


def needs_login(told: Script) -> Script:
    return lambda asked: told(asked) if asked.headers.get("authorization") == LOGIN else Told(b"", 401, BASIC)


@pytest.mark.parametrize(("tags", "message"), [
    (Told(b"<html>not found</html>", 404, {"Content-Type": "text/html"}), "HOST has no image app"),
    (Told({"errors": [{"code": "DENIED", "message": "no"}]}, 403), "HOST refuses to show app without a login: no"),
    (Told({"errors": [{"code": "DENIED"}]}, 403), "HOST refuses to show app without a login: DENIED"),
    (Told({"errors": "x"}, 403), "HOST refuses to show app without a login"),
    (Told({"errors": [[]]}, 403), "HOST refuses to show app without a login"),
    (Told(b"", 401), "HOST refuses to show app without a login"),
    (Told(b"", 401, {"WWW-Authenticate": "Negotiate"}), "HOST refuses to show app without a login"),
    (Told(b"", 401, {"WWW-Authenticate": "Bearer"}), "HOST names the token server , which is not an HTTP address"),
    (Told(b"", 401, {"WWW-Authenticate": 'Bearer realm="file:///etc/passwd"'}),
     "HOST names the token server file:///etc/passwd, which is not an HTTP address"),
    (Told(b"", 401, {"WWW-Authenticate": 'Bearer realm="http://example.org/token"'}),
     "HOST names the token server http://example.org/token, which is not encrypted"),
    (Told(b"", 401, {"WWW-Authenticate": 'Bearer realm="https://me:pw@example.org/"'}),
     "HOST names the token server https://me:pw@example.org/, which has a password"),
    (Told(b"", 401, {"WWW-Authenticate": 'Bearer realm="http://[/"'}),
     "HOST names the token server http://[/, which is not an HTTP address"),
    (Told(b"", 500), "HOST answers with status 500"),
    (Told(b"", 418), "HOST answers with status 418"),
    (Told(b"", 204), "HOST answers with status 204"),
    (Told(b"", 429, {"Retry-After": "3600"}), "HOST limits the rate of requests"),
    (Told(b"", 429, {"Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT"}), "HOST limits the rate of requests"),
    (Told(b"", 429, {"Retry-After": "9" * 5000}), "HOST limits the rate of requests"),
    (Told(b"", 429, {"Retry-After": "soon"}), "HOST limits the rate of requests"),
    (Told(b"", 302), "HOST names the redirect , after too many others"),
    (Told(b"", 302, {"Location": "http://example.org/"}), "HOST names the redirect http://example.org/, which is not encrypted"),
    (Told(b"", 302, {"Location": "file:///etc/passwd"}), "HOST names the redirect file:///etc/passwd, which is not an HTTP address"),
    (Told(b"", 302, {"Location": "http://[::1"}), "HOST names the redirect http://[::1, which is not an HTTP address"),
    (Told(b"", 307, {"Location": "https://127.0.0.1:1/"}), "cannot connect to 127.0.0.1:1"),
    (Told(b"", 307, {"Location": "https://no.invalid/"}), "cannot find the host no.invalid"),
    (Told(b"no JSON"), "HOST does not answer in JSON"),
    (Told(b"\xff\xfe{"), "HOST does not answer in JSON"),
    (Told(b"[" * 200_000), "HOST does not answer in JSON"),
    (Told(b'{"tags": [' + b"9" * 50_000 + b"]}"), "HOST does not answer in JSON"),
    (Told({"tags": "v1"}), "HOST does not send a list of tags"),
    (Told({"tags": [1]}), "HOST sends 1, which is not a tag"),
    (Told({"tags": ["a\x1b[31m"]}), 'HOST sends "a\\u001b[31m", which is not a tag'),
    (Told({"tags": ["../../x"]}), 'HOST sends "../../x", which is not a tag'),
    (Told({"tags": ["v1\n"]}), 'HOST sends "v1\\n", which is not a tag'),
    (Told({"tags": ["x" * 129]}), f'HOST sends "{"x" * 99}, which is not a tag'),
    (Told(b"x" * (2 << 20)), "HOST sends more than 1024 KiB at once"),
    (Told(gzip.compress(b" " * (100 << 20)), 200, {"Content-Encoding": "gzip"}), "HOST sends compressed data, which was not asked for"),
    (Told(gzip.compress(b" " * (100 << 20)), 500, {"Content-Encoding": "gzip"}), "HOST sends compressed data, which was not asked for"),
    (Told(b"{}", 200, {"Content-Length": "100", "Connection": "close"}), "HOST does not answer in HTTP, or breaks off"),
    (Told(TAGS, 200, {"Link": "<http://example.org/v2/app/tags/list?last=v1>; rel=next"}),
     "HOST names the next page http://example.org/v2/app/tags/list?last=v1, which is on another host"),
    (Told(TAGS, 200, {"Link": "<//example.org/x>; rel=next"}), "HOST names the next page //example.org/x, which is on another host"),
    (Told(TAGS, 200, {"Link": "<file:///etc/passwd>; rel=next"}), "HOST names the next page file:///etc/passwd, which is on another host"),
    (Told(TAGS, 200, {"Link": "<//[>; rel=next"}), "HOST names a next page that is not an address"),
    (Told(TAGS, 200, {"Link": "</v2/app/tags/list?n=1000&last=v1>; rel=next"}), "HOST repeats its pages of tags"),
])  # fmt: skip
def test_a_list_of_tags_that_is_of_no_use(tags: Told, message: str) -> None:
    assert problem(routes(tags=tags))[0] == message


@pytest.mark.parametrize(("documents", "message"), [
    ({"v1": b"no JSON"}, "HOST: the image app:v1 has a document that is not JSON"),
    ({"v1": []}, "HOST: the image app:v1 has a document that is not a JSON object"),
    ({"v1": {"manifests": [], "config": {}}}, "HOST: the image app:v1 is an index and an image at once"),
    ({"v1": MANIFEST, DIGEST: b"another"}, f"HOST: the image app:v1 has a document that is not {DIGEST}"),
    ({"v1": b" " * (1 << 17)}, "HOST sends more than 64 KiB at once"),
    ({"v1": {"schemaVersion": 1, "history": [{"v1Compatibility": "{"}]}}, "HOST: the image app:v1 has a document that is not JSON"),
    ({"v1": Told(b"", 500)}, "HOST answers with status 500"),
])  # fmt: skip
def test_an_image_that_is_broken(documents: dict[str, Any], message: str) -> None:
    told = {key.replace(":", "_"): value for key, value in documents.items()}
    assert problem(routes(tags=TAGS, **told))[0] == message


@pytest.mark.parametrize(("documents", "created"), [
    ({}, None),  # deleted since
    ({"v1": {}}, None),
    ({"v1": MANIFEST}, None),
    ({"v1": {"config": {"digest": "sha256:../../x"}}}, None),
    ({"v1": {"config": {"digest": 1}}}, None),
    ({"v1": {"manifests": {"digest": 1}}}, None),
    ({"v1": {"manifests": [1, {"digest": DIGEST, "platform": 1}]}}, None),
    ({"v1": {"schemaVersion": 1}}, None),
    ({"v1": {"schemaVersion": 1, "history": [{"v1Compatibility": CONFIG.decode()}, {"v1Compatibility": "{"}]}}, 2026),
    ({"v1": MANIFEST, DIGEST: CONFIG}, 2026),
    ({"v1": Told(MANIFEST, 200, {"Content-Type": "text/html"}), DIGEST: Told(CONFIG, 200, {"Content-Type": "image/png"})}, 2026),
])  # fmt: skip
def test_what_says_when_it_was_built(documents: dict[str, Any], created: int | None) -> None:
    with scripted(routes(tags=TAGS, **{key.replace(":", "_"): value for key, value in documents.items()})) as server:
        (found,) = listed(server)
    assert (found.created and found.created.year) == created


def test_pages(home: Path) -> None:
    """Links that are relative and absolute, with another scheme and order, to pages with and without new tags."""
    pages = {
        "n=1000": (["v2"], "</v2/app/tags/list?last=v2&n=1000>; rel=\"next\""),
        "last=v2&n=1000": (["v2", "v1"], "<?page=3>; title=\"a, b; <c>\"; rel=next, </x>; rel=first"),
        "page=3": (None, "<https://HOST/v2/app/tags/list?page=4>;REL=next"),
        "page=4": (["v3"], "</x>; rel=last"),
    }  # fmt: skip

    def script(asked: Asked) -> Told:
        tags, link = pages[asked.path.partition("?")[2]]
        return Told({"tags": tags}, 200, {"Link": link.replace("HOST", asked.headers["host"]), "Set-Cookie": "a=b"})

    (home / ".netrc").write_text("machine 127.0.0.1 login me password secret\n")
    with scripted(script) as server:
        assert [one.tag for one in listed(server, with_times=False)] == ["v1", "v2", "v3"]
    assert len(server.asked) == 4
    assert not any({"authorization", "cookie"} & {*one.headers} for one in server.asked)


def test_a_registry_that_wants_smaller_pages() -> None:
    with scripted(lambda asked: Told({}, 400) if "?" in asked.path else Told(TAGS)) as server:
        assert listed(server, with_times=False) == [Candidate("v1")]


def test_pages_without_end() -> None:
    def script(asked: Asked) -> Told:
        number = int(asked.path.rpartition("=")[2])
        return Told({"tags": []}, 200, {"Link": f"<?n={number + 1}>; rel=next"})

    assert problem(script)[0] == "HOST has more than 20 pages of tags"


@pytest.mark.parametrize("fails", [
    Told(b"", 503), Told(b"", 429, {"Retry-After": "1"}), Told(b"", 500, {"Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT"}),
    Told(b"{}", 200, {"Content-Length": "100", "Connection": "close"}), lambda sock: sock.close(),
])  # fmt: skip
def test_what_fails_for_now_is_asked_again(fails: Any) -> None:
    with scripted(lambda _: fails if len(server.asked) == 1 else Told(TAGS)) as server:
        assert listed(server, with_times=False) == [Candidate("v1")]
    assert len(server.asked) == 2


def test_a_limit_of_the_rate_says_when_to_try_again() -> None:
    began = time.monotonic()
    message, hint = problem(routes(tags=Told({"errors": [{"message": "pull rate"}]}, 429, {"Retry-After": "3600"})))
    assert message == "HOST limits the rate of requests: pull rate"
    assert hint.startswith("try again in 3600 s, or run docker login HOST")
    assert time.monotonic() - began < 2


def drip(head: bytes, more: bytes) -> Callable[[socket.socket], None]:
    def send(sock: socket.socket) -> None:
        with suppress(OSError):
            sock.sendall(head)
            for _ in range(500):
                sock.sendall(more)
                time.sleep(0.05)

    return send


@pytest.mark.parametrize("sends", [
    drip(b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n", b" "),
    drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    drip(b"HTTP/1.1 200 OK\r\nX: ", b"x"),
    drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    drip(b"HTTP/1.1 500 No\r\nContent-Length: 10000\r\n\r\n", b" "),
])  # fmt: skip
def test_a_server_that_drips(sends: Any) -> None:
    began = time.monotonic()
    limits = RegistryLimits(seconds=1, wait_seconds=2, attempts=1)
    assert problem(lambda _: sends, limits=limits)[0] == "HOST did not answer everything in 1 s"
    assert time.monotonic() - began < 2


def test_a_server_that_says_nothing() -> None:
    limits = RegistryLimits(seconds=10, wait_seconds=0.5)
    assert problem(lambda _: lambda _: time.sleep(3), limits=limits)[0] == "HOST did not answer in 0.5 s"


@pytest.mark.parametrize("head", [
    b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 500 No\r\n\r\n", b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: ", b"",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n",
])  # fmt: skip
def test_a_body_without_end(head: bytes) -> None:
    """The server counts what it can send before the client is gone."""
    sent = [0]

    def send(sock: socket.socket) -> None:
        with suppress(OSError):
            sock.sendall(head)
            while sent[0] < 1 << 30:
                sent[0] += sock.send(b" " * 65536)

    limits = RegistryLimits(seconds=10, wait_seconds=2, attempts=1, page_bytes=1 << 20)
    with scripted(lambda _: send) as server, pytest.raises(Invalid):
        listed(server, limits=limits)
    assert sent[0] < 64 << 20


def test_a_blob_on_another_host_is_read_without_credentials(home: Path, other: Scripted) -> None:
    other.script = lambda _: Told(CONFIG)
    blob = Told(b"x" * 1000, 307, {"Location": f"{other.url}/bucket/{DIGEST}?signature=x"})
    with scripted(needs_login(routes(**BLOB, **{DIGEST.replace(":", "_"): blob}))) as server:
        log_in(home, server.host)
        (found,) = listed(server)
    assert found.created is not None
    assert other.paths() == [f"/bucket/{DIGEST}?signature=x"]
    assert "authorization" not in other.asked[0].headers
    assert server.asked[-1].headers["authorization"] == LOGIN


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_another_host_that_asks_for_a_login_gets_none(home: Path, other: Scripted, status: int) -> None:
    with scripted(needs_login(lambda _: Told(b"", status, {"Location": other.url}))) as server:
        log_in(home, server.host)
        with pytest.raises(Invalid, match="refuses to show app to the account"):
            listed(server)
    assert len(other.asked) == 1
    assert "authorization" not in other.asked[0].headers


def test_a_redirect_that_comes_back_has_its_credentials_again(home: Path, other: Scripted) -> None:
    told = routes(tags=Told(b"", 302, {"Location": f"{other.url}/x"}), back=TAGS)
    with scripted(needs_login(told)) as server:
        other.script = lambda _: Told(b"", 302, {"Location": f"{server.url}/back"})
        log_in(home, server.host)
        assert listed(server, with_times=False) == [Candidate("v1")]
    assert "authorization" not in other.asked[0].headers


def test_a_next_page_on_another_host_is_not_asked_for(home: Path, other: Scripted) -> None:
    with scripted(needs_login(routes(tags=Told(TAGS, 200, {"Link": f"<{other.url}/next>; rel=next"})))) as server:
        log_in(home, server.host)
        with pytest.raises(Invalid, match="which is on another host"):
            listed(server)
    assert other.asked == []


def test_a_login_for_another_host_is_not_used(home: Path, other: Scripted) -> None:
    with scripted(needs_login(routes(tags=TAGS))) as server:
        log_in(home, other.host)
        with pytest.raises(Invalid, match="without a login"):
            listed(server)
    assert not any("authorization" in one.headers for one in server.asked)


def bearer(url: str) -> dict[str, str]:
    return {"WWW-Authenticate": f'Bearer realm="{url}/token",service="s"'}


def test_a_token_server_that_redirects_is_not_followed(home: Path, other: Scripted) -> None:
    with (
        scripted(lambda _: Told(b"", 302, {"Location": other.url})) as tokens,
        scripted(lambda _: Told(b"", 401, bearer(tokens.url))) as server,
    ):
        log_in(home, server.host)
        with pytest.raises(Invalid, match=r"the token server of .* answers with status 302"):
            listed(server)
    assert tokens.asked[0].headers["authorization"] == LOGIN
    assert other.asked == []


@pytest.mark.parametrize(("told", "message"), [
    (Told(b"no JSON"), "does not answer in JSON"),
    (Told([]), "does not answer in JSON"),
    (Told({}), "sends no token"),
    (Told({"token": 1}), "sends no token"),
    (Told({"token": "a\r\nX-Evil: 1"}), "sends no token"),
    (Told({"token": "ä"}), "sends no token"),
    (Told({"token": "x" * (1 << 20)}), "sends more than 256 KiB at once"),
    (Told(b"", 500), "answers with status 500"),
])  # fmt: skip
def test_a_token_server_that_is_of_no_use(told: Told, message: str) -> None:
    with scripted(lambda _: told) as tokens:
        assert message in problem(lambda _: Told(b"", 401, bearer(tokens.url)))[0]


def test_a_token_that_expires_is_renewed() -> None:
    """Each token is good for three requests, and threads share them."""
    given: list[str] = []

    def token(_: Asked) -> Told:
        given.append(f"token-{len(given)}")
        return Told({"token": given[-1]})

    uses: dict[str, int] = {}
    told = routes(tags={"tags": [f"v{number}" for number in range(12)]}, **{f"v{number}": {} for number in range(12)})

    def registry(asked: Asked) -> Any:
        sent = asked.headers.get("authorization", "").removeprefix("Bearer ")
        if sent not in given or uses.setdefault(sent, 0) >= 3:
            return Told(b"", 401, bearer(tokens.url))
        uses[sent] += 1
        return told(asked)

    with scripted(token) as tokens, scripted(registry) as server:
        assert len(listed(server, limits=RegistryLimits(seconds=20, parallel=2))) == 12
    assert 4 <= len(given) <= 8


def test_a_registry_behind_a_proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole way as to a registry on the internet: TLS through a proxy that has a password."""
    tls = certificates(tmp_path)
    (tmp_path / "htpasswd").write_text(HTPASSWD)
    auth = {"htpasswd": {"realm": "tests", "path": str(tmp_path / "htpasswd")}}
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    log_in(tmp_path, "registry.example.org")
    name = parse_reference("registry.example.org/team/app")
    with running(tmp_path / "registry", auth=auth, tls=tls) as registry, tunnel(registry.port) as (proxy, asked):
        registry.headers["Authorization"] = LOGIN
        registry.image("team/app", "v1", {"created": "2026-01-01T00:00:00Z"})
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:p%40ss@{proxy}")
        (found,) = list_candidates(name, with_times=True, limits=LIMITS)
        assert found.created is not None
        assert asked[0].startswith("CONNECT registry.example.org:443 HTTP/1.")
        credentials = base64.b64encode(b"user:p@ss").decode()
        assert f"proxy-authorization: Basic {credentials}".lower() in asked[0].lower()
        assert LOGIN not in asked[0]
        monkeypatch.setenv("NO_PROXY", "example.org")
        with pytest.raises(Invalid, match=r"cannot find the host registry\.example\.org"):
            list_candidates(name, with_times=True, limits=LIMITS)
    monkeypatch.delenv("NO_PROXY")
    with pytest.raises(Invalid, match=r"the proxy to registry\.example\.org does not answer"):
        list_candidates(name, with_times=True, limits=LIMITS)
    for wrong in ("socks5://127.0.0.1:1", "http://[", "ftp://x"):
        monkeypatch.setenv("HTTPS_PROXY", wrong)
        with pytest.raises(Invalid, match="is not an HTTP proxy"):
            list_candidates(name, with_times=True, limits=LIMITS)


@pytest.mark.parametrize("name", [
    "", "/", "a//b", "UPPER", "ghcr.io/Upper/x", "ghcr.io/a/../b", "ghcr.io/a?b", "-x.io/a", "x.io:port/a", "x.io:123456/a", "me@x.io/a",
    "[::1/a", "ghcr.io/a\nb", "ghcr.io/" + "a" * 600, "ghcr.io/ä", "ghcr.io/", "x.io:99999/a",
])  # fmt: skip
def test_a_name_that_no_image_has(name: str) -> None:
    with pytest.raises(Invalid):
        list_candidates(parse_reference(name), with_times=False, limits=LIMITS)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.sampled_from([DIGEST, "2026-01-01T00:00:00Z"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "config",
                    "manifests",
                    "digest",
                    "platform",
                    "os",
                    "schemaVersion",
                    "history",
                    "v1Compatibility",
                    "created",
                    "Labels",
                    "tags",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def test_any_documents() -> None:
    """Whatever JSON a registry sends, the result is a list or a problem."""
    told: dict[str, Any] = {}
    outcomes = {"list": 0, "problem": 0}
    with scripted(lambda asked: routes(**told)(asked)) as server:  # noqa: PLW0108 - ``told`` changes

        @settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
        @given(VALUES, VALUES, st.booleans())
        def check(manifest: Any, tags: Any, listable: bool) -> None:
            told.clear()
            told.update(
                {"tags": TAGS if listable else Told(tags), "v1": Told(manifest), DIGEST.replace(":", "_"): CONFIG}
            )
            try:
                assert all(isinstance(one, Candidate) for one in listed(server))
                outcomes["list"] += 1
            except Invalid:
                outcomes["problem"] += 1

        check()
    assert min(outcomes.values()) > 10
