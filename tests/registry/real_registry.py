"""Debian's docker-registry on loopback, what is pushed to it, a CA of its own, and a token server."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import http.client
import json
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from ..support.real import tool

# For user "me" with the password "secret"; the registry takes bcrypt only.
HTPASSWD = "me:$2b$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n"
LOGIN = "Basic " + base64.b64encode(b"me:secret").decode()
OCI = "application/vnd.oci.image"
DOCKER = "application/vnd.docker.distribution.manifest"


@dataclass
class RealRegistry:
    """A running registry."""

    port: int
    trust: ssl.SSLContext | None = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def request(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Send a request as pushers do."""
        trust = self.trust
        plain = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=20, context=trust) if trust else plain
        with contextlib.closing(connection):
            connection.request(method, path, body, {**self.headers, **headers})
            answer = connection.getresponse()
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()

    def blob(self, name: str, data: bytes) -> str:
        """Push a blob; return its digest."""
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        status, headers, text = self.request("POST", f"/v2/{name}/blobs/uploads/")
        assert status == 202, text
        where = urlsplit(headers["location"])
        octets = {"Content-Type": "application/octet-stream"}
        status, _, text = self.request("PUT", f"{where.path}?{where.query}&digest={digest}", data, **octets)
        assert status == 201, text
        return digest

    def manifest(self, name: str, tag: str, manifest: dict[str, Any], media: str) -> dict[str, Any]:
        """Push a manifest; return its descriptor."""
        data = json.dumps(manifest).encode()
        status, _, text = self.request("PUT", f"/v2/{name}/manifests/{tag}", data, **{"Content-Type": media})
        assert status == 201, text
        return {"mediaType": media, "digest": f"sha256:{hashlib.sha256(data).hexdigest()}", "size": len(data)}

    def image(self, name: str, tag: str, config: dict[str, Any], *, docker: bool = False) -> dict[str, Any]:
        """Push an image; return its descriptor. A tag of ``""`` pushes it by its digest."""
        data = json.dumps(config).encode()
        types = (f"{DOCKER}.v2+json", "application/vnd.docker.container.image.v1+json")
        media, of_config = types if docker else (f"{OCI}.manifest.v1+json", f"{OCI}.config.v1+json")
        described = {"mediaType": of_config, "digest": self.blob(name, data), "size": len(data)}
        manifest = {"schemaVersion": 2, "mediaType": media, "config": described, "layers": []}
        return self.manifest(name, tag or _digest(manifest), manifest, media)

    def index(
        self, name: str, tag: str, of: Sequence[tuple[str, dict[str, Any]]], *, docker: bool = False
    ) -> dict[str, Any]:
        """Push an index of images with their platforms, as ``OS/ARCHITECTURE``."""
        media = f"{DOCKER}.list.v2+json" if docker else f"{OCI}.index.v1+json"
        images = [{**one, "platform": dict(zip(("os", "architecture"), on.split("/"), strict=True))} for on, one in of]
        index = {"schemaVersion": 2, "mediaType": media, "manifests": images}
        return self.manifest(name, tag or _digest(index), index, media)


def _digest(document: dict[str, Any]) -> str:
    return f"sha256:{hashlib.sha256(json.dumps(document).encode()).hexdigest()}"


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@contextlib.contextmanager
def running(
    folder: Path, *, auth: dict[str, Any] | None = None, tls: tuple[Path, Path] | None = None
) -> Iterator[RealRegistry]:
    """Start a registry whose data is in ``folder``."""
    program = tool("docker-registry")
    port = free_port()
    config: dict[str, Any] = {
        "version": "0.1",
        "log": {"level": "error", "accesslog": {"disabled": True}},
        "storage": {"filesystem": {"rootdirectory": str(folder / "data")}},
        "http": {"addr": f"127.0.0.1:{port}"},
    }
    if auth:
        config["auth"] = auth
    if tls:
        config["http"]["tls"] = {"certificate": str(tls[0]), "key": str(tls[1])}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.yml").write_text(json.dumps(config))
    with (folder / "log").open("wb") as log:
        started = subprocess.Popen([program, "serve", str(folder / "config.yml")], stdout=log, stderr=log)
    try:
        wait_for(port, started, folder / "log")
        yield RealRegistry(port, ssl.create_default_context(cafile=str(tls[0].parent / "ca.pem")) if tls else None)
    finally:
        started.kill()
        started.wait()


def wait_for(port: int, started: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        assert started.poll() is None, log.read_text()
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise AssertionError(log.read_text())


def certificates(folder: Path) -> tuple[Path, Path]:
    """Make a CA (``ca.pem``) and a certificate for 127.0.0.1, and return the certificate and its key."""
    openssl = tool("openssl")
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")

    def run(*arguments: str) -> None:
        subprocess.run([openssl, *arguments], cwd=folder, check=True, capture_output=True)

    run("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=CA of the tests")
    run("req", "-new", *key, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=127.0.0.1")
    (folder / "server.ext").write_text(
        "subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:registry.example.org\nbasicConstraints=CA:FALSE\n"
    )
    sign = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "server.ext")
    run("x509", "-req", "-in", "server.csr", *sign, "-out", "server.pem")
    return folder / "server.pem", folder / "server.key"


@dataclass
class TokenServer:
    """Gives tokens: to "me" for everything, to anyone for images under ``public/``. Keeps what it was asked."""

    folder: Path
    url: str = ""
    asked: list[tuple[str, str]] = field(default_factory=list)  # the scope, the Authorization header or the form

    def auth(self) -> dict[str, Any]:
        """The registry's configuration for it."""
        bundle = str(self.folder / "ca.pem")
        return {
            "token": {
                "realm": f"{self.url}/token?from=tests",
                "service": "it's a registry",
                "issuer": "tests",
                "rootcertbundle": bundle,
            }
        }

    def token(self, scope: str, actions: Sequence[str]) -> str:
        """Return a JWT signed with the key of the server's certificate (ES256), for the actions on a scope."""
        der = ssl.PEM_cert_to_DER_cert((self.folder / "server.pem").read_text())
        now = int(time.time())
        access = [{"type": "repository", "name": scope.split(":")[1], "actions": list(actions)}] if actions else []
        times = {"iat": now, "nbf": now - 10, "exp": now + 300}
        claims = {"iss": "tests", "aud": "it's a registry", "sub": "", "jti": "1", **times, "access": access}
        header = {"typ": "JWT", "alg": "ES256", "x5c": [base64.b64encode(der).decode()]}
        text = ".".join(_coded(json.dumps(one).encode()) for one in (header, claims))
        command = [tool("openssl"), "dgst", "-sha256", "-sign", str(self.folder / "server.key")]
        signed = subprocess.run(command, input=text.encode(), check=True, capture_output=True)
        return f"{text}.{_coded(_raw_signature(signed.stdout))}"

    def answer(self, scope: str, authorization: str, refresh: str) -> tuple[int, dict[str, str]]:
        """Answer a request for a token."""
        self.asked.append((scope, authorization or refresh))
        if authorization not in {"", LOGIN} or refresh not in {"", "identity"}:
            return 401, {"details": "incorrect username or password"}
        may = authorization == LOGIN or refresh == "identity"
        actions = ("pull", "push") if may else ("pull",) if scope.startswith("repository:public/") else ()
        return 200, {"access_token" if refresh else "token": self.token(scope, actions)}


def _coded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _raw_signature(der: bytes) -> bytes:
    """Return the two numbers of an ECDSA signature in DER, as JWS has them."""
    first = 4 + der[3]
    return b"".join(int.from_bytes(one).to_bytes(32) for one in (der[4:first], der[first + 2 :]))


@contextlib.contextmanager
def token_server(folder: Path) -> Iterator[TokenServer]:
    """Start a token server with the certificates of a folder; it speaks plain HTTP on loopback."""
    tokens = TokenServer(folder)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = parse_qs(urlsplit(self.path).query)
            assert query["from"] == ["tests"]
            self.send(query, "")

        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            assert form["grant_type"] == ["refresh_token"], form
            self.send(form, form["refresh_token"][0])

        def send(self, asked: dict[str, list[str]], refresh: str) -> None:
            assert asked["service"] == ["it's a registry"]
            status, answer = tokens.answer(asked["scope"][0], self.headers.get("Authorization", ""), refresh)
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    tokens.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield tokens
    finally:
        server.shutdown()
        server.server_close()
