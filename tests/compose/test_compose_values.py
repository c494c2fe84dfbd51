"""What a service of a Compose file becomes, value by value."""

# ruff: noqa: E501 - tables

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from generator.creation import FileGiven, FromFile
from generator.errors import Invalid
from generator.shipped.service.compose import from_compose
from generator.shipped.service.compose.compose_amounts import cpus, memory, seconds
from generator.shipped.service.compose.compose_interpolation import interpolated
from generator.shipped.service.compose.compose_left_out import REASONS, TAKEN
from generator.shipped.service.compose.compose_variables import kept_literal
from generator.shipped.service.compose.secret_signs import has_secret, is_no_secret, is_secret_name

from .schema_of_compose import compose_faults, service_keys


def read(service: str, asked: Mapping[str, Any] | None = None, more: str = "", *, valid: bool = True) -> FromFile:
    """Read a file with one service, whose keys are ``service``; the judge says whether it is valid."""
    text = (
        "services:\n  web:\n    image: a/b:1.0.0\n" + "".join(f"    {line}\n" for line in service.splitlines()) + more
    )
    assert (not compose_faults(text)) is valid, compose_faults(text)
    return from_compose(FileGiven("c.yaml", text, asked or {}))


def values(service: str, asked: Mapping[str, Any] | None = None, more: str = "", *, valid: bool = True) -> Any:
    """Return the values by place, without the empty list of ports."""
    found = {".".join(one.where): one.value for one in read(service, asked, more, valid=valid).values}
    return {key: value for key, value in found.items() if (key, value) != ("ports", [])}


def test_every_key_of_a_service_is_read_or_left_out_with_a_reason() -> None:
    assert set(TAKEN) | set(REASONS) == service_keys()
    assert not set(TAKEN) & set(REASONS)


@pytest.mark.parametrize("key", sorted(REASONS))
def test_a_key_that_is_left_out_is_told_with_its_line(key: str) -> None:
    text = f"services:\n  web:\n    image: a/b:1.0.0\n    {key}: [x]\n"
    notes = from_compose(FileGiven("c.yaml", text, {})).notes
    assert f"c.yaml:4: left out: {key}: {REASONS[key]}" in notes


@pytest.mark.parametrize(
    ("text", "becomes", "unset"),
    [
        ("plain", "plain", ()),
        ("$$A $${B} $$$$", "$A ${B} $$", ()),
        ("${A:-x}", "x", ()),
        ("${A-x}", "x", ()),
        ("${A:-}", "", ()),
        ("${A-}", "", ()),
        ("${A:-${B:-y}}z", "yz", ()),
        ("${A:-${B}}", "", ("B",)),
        ("${A:-a}${C-{}}", "a{}", ()),
        ("${A:+x}${B+y}", "", ()),
        ("$A-$B_C", "-", ("A", "B_C")),
        ("${A:?say so}${A?}", "", ("A",)),
        ("é${Ä:-x}", None, ()),
        ("$", None, ()),
        ("costs $5", None, ()),
        ("$(date)", None, ()),
        ("${A", None, ()),
        ("${A:-${B}", None, ()),
        ("${}", None, ()),
        ("${A/b/c}", None, ()),
        ("${1A}", None, ()),
        ("${A:}", None, ()),
        ("${A:-" * 30 + "x" + "}" * 30, None, ()),
    ],
)
def test_variables(text: str, becomes: str | None, unset: tuple[str, ...]) -> None:
    found = interpolated(text)
    assert found.valid is (becomes is not None)
    if becomes is not None:
        assert (found.text, found.unset) == (becomes if not unset else found.text, unset)


def test_long_variables_take_linear_time() -> None:
    assert not interpolated("${A:-" * 50_000).valid
    assert interpolated("${A:-x}" * 50_000).text == "x" * 50_000


@pytest.mark.parametrize(
    ("text", "becomes"),
    [("$(A)", "$$(A)"), ("$A", "$A"), ("$$(A)", "$$$$(A)"), ("a$$b", "a$$$b"), ("$", "$"), ("${A}", "${A}")],
)
def test_texts_stay_literal_in_kubernetes(text: str, becomes: str) -> None:
    """Judged by the rule of Kubernetes: from left to right, $$ is $, and $(NAME) is a variable."""
    assert kept_literal(text) == becomes
    read, at = "", 0
    while at < len(becomes):
        assert not becomes.startswith("$(", at)
        at += 1 if becomes.startswith("$$", at) else 0
        read += becomes[at]
        at += 1
    assert read == text


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ("30s", 30), ("1m30s", 90), ("1h", 3600), ("500ms", 1), ("1.5s", 2), ("10us", 1), ("0s", 0),
        ("30", None), ("", None), ("1m 30s", None), ("s", None), ("-5s", None), ("9999999999s", None),
    ],
)  # fmt: skip
def test_times(text: str, becomes: int | None) -> None:
    assert seconds(text) == becomes


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ("512m", "512Mi"), ("1g", "1Gi"), ("1.5G", "1536Mi"), ("64MB", "64Mi"), ("10 kb", "10Ki"), ("2GiB", "2Gi"),
        ("67108864", "64Mi"), ("1000", "1000"), ("100b", "100"), ("1t", "1024Gi"),
        ("0", None), ("", None), ("m", None), ("1x", None), ("-1m", None), ("1e3", None),
    ],
)  # fmt: skip
def test_sizes(text: str, becomes: str | None) -> None:
    assert memory(text) == becomes


@pytest.mark.parametrize(
    ("text", "becomes"),
    [("0.5", "500m"), ("2", "2"), ("1.25", "1250m"), ("0.001", "1m"), ("0.0001", None), ("", None), ("1e3", None)],
)
def test_shares_of_cpus(text: str, becomes: str | None) -> None:
    assert cpus(text) == becomes


SECRETS = [
    "DB_PASSWORD", "PGPASSWORD", "MYSQL_ROOT_PASSWORD", "API_KEY", "APIKEY", "apiKey", "GITHUB_TOKEN", "SECRET_KEY_BASE",
    "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "DB_PASS", "DBPASS", "SMTP_PWD", "MonitorApiKey", "BASIC_AUTH", "SALT",
    "JWT", "SENTRY_DSN", "app.secret", "encryption-key", "AZURE_CONNECTION_STRING", "GOOGLE_CREDENTIALS", "TLS_CERT",
]  # fmt: skip
PLAIN = [
    "PORT", "LOG_LEVEL", "TZ", "PWD", "AUTH_MODE", "USER", "HOST", "KEYCLOAK_URL", "PASSENGER_APP_ENV", "COMPASS",
    "PUBLIC_KEY_URL", "SPIN_COUNT", "CERT_RENEWAL_DAYS",
]  # fmt: skip


def test_names_of_secrets() -> None:
    assert [one for one in SECRETS if not is_secret_name(one)] == []
    assert [one for one in PLAIN if is_secret_name(one)] == ["COMPASS"]  # ends with PASS: rather one too many


@pytest.mark.parametrize(
    "text",
    [
        "postgres://app:hunter2@db:5432/app",
        "redis://:hunter2@cache",
        "Server=db;User=sa;Password=hunter2",
        "--requirepass hunter2",
        "--password=hunter2",
        "mysqladmin ping -h localhost -u root -phunter2",
        "redis-cli -a hunter2 ping",
        "curl -u admin:hunter2 http://x",
        'curl -H "Authorization: Bearer abcdef123456" http://x',
        "https://hooks.slack.com/services/T0/B0/x",
        "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
        "AKIAIOSFODNN7EXAMPLE",
        "-----BEGIN PRIVATE KEY-----",
        "https://example.com/hook?token=abc",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "kX9f2LmQ8rT4vW7yZ1aB3cD5eF6gH0jK",
    ],
)
def test_texts_with_secrets(text: str) -> None:
    assert has_secret(text)
    found = values(f"environment:\n  HARMLESS: {text!r}\ncommand: [{text!r}]\nhealthcheck: {{test: [CMD, {text!r}]}}")
    assert found == {"env.HARMLESS": {"secretKeyRef": {"name": "web-env", "key": "HARMLESS"}}}


@pytest.mark.parametrize(
    "text",
    [
        "http://api:8000/path",
        "amqp://broker:5672",
        "postgres://app@db/app",
        "550e8400-e29b-41d4-a716-446655440000",
        "/var/lib/service/data/2024/releases/current",
        "2024-11-30T12:00:00Z",
        "node server.js --port 3000 --log-level=debug",
        "ghcr.io/example/some-long-image-name-with-words:v1.2.3",
        "the password is set elsewhere",
        "mysqladmin ping -h localhost --port 3306",
        "--user 1000 --password-file /run/secrets/db --secret-store",
        "10.0.0.0/8,172.16.0.0/12,192.168.0.0/16",
        "user@example.com",
    ],
)
def test_texts_without_secrets(text: str) -> None:
    assert not has_secret(text)
    assert values(f"environment: {{A: {text!r}}}") == {"env.A": text}


def test_a_secret_is_no_secret_where_it_is_a_path_or_a_choice() -> None:
    assert is_no_secret("DB_PASSWORD_FILE", "/run/secrets/db")
    assert is_no_secret("ALLOW_EMPTY_PASSWORD", "Yes")
    assert not is_no_secret("DB_PASSWORD", "/run/secrets/db")
    assert not is_no_secret("DB_PASSWORD_FILE", "hunter2")


@pytest.mark.parametrize(
    ("written", "env"),
    [
        ("{A: 1, B: 1.50, C: true, D: x, E: ''}", {"A": "1", "B": "1.5", "C": "true", "D": "x", "E": ""}),
        ("[A=1, B=x=y, C=, 'D=${E:-e}']", {"A": "1", "B": "x=y", "C": "", "D": "e"}),
        ("{A: }", {}),
        ("[A]", {}),
        ("{PASSWORD: }", {"PASSWORD": "secret"}),
        ("[PASSWORD]", {"PASSWORD": "secret"}),
        ("{PASSWORD: '${PASSWORD}'}", {"PASSWORD": "secret"}),
        ("{PASSWORD: '${PASSWORD:-}'}", {"PASSWORD": "secret"}),
        ("{ALLOW_EMPTY_PASSWORD: 'yes'}", {"ALLOW_EMPTY_PASSWORD": "yes"}),
        ("{URL: 'https://${USER}:${DB_PASS:-x}@db'}", {"URL": "secret"}),
        ("{A: 'yes', B: '0123', C: 1e3}", {"A": "yes", "B": "0123", "C": "1000"}),
    ],
)
def test_variables_of_a_service(written: str, env: dict[str, str]) -> None:
    found = values(f"environment: {written}")
    wanted = {
        f"env.{key}": {"secretKeyRef": {"name": "web-env", "key": key}} if one == "secret" else one
        for key, one in env.items()
    }
    assert found == wanted


@pytest.mark.parametrize(
    ("written", "becomes"),
    [
        ("[3000]", {"port": 3000, "service_port": 3000}),
        ("['80:3000']", {"port": 3000}),
        ("['8080:80/tcp']", {"port": 80, "service_port": 8080}),
        ("['0.0.0.0:8080:80']", {"port": 80, "service_port": 8080}),
        ("['[::1]:8080:80']", {"port": 80, "service_port": 8080}),
        ("['127.0.0.1::80']", {"port": 80}),
        ("[{target: 80, published: '8080'}]", {"port": 80, "service_port": 8080}),
        ("['${P:-81}:${Q:-82}']", {"port": 82, "service_port": 81}),
        ("['53:53/udp']", {"ports": [{"name": "dns", "port": 53, "protocol": "UDP"}]}),
        ("['6379:6379']", {"ports": [{"name": "redis", "port": 6379}]}),
        ("['80:80', '80:80/udp']", {"ports": [{"name": "http", "port": 80}, {"name": "udp-80", "port": 80, "protocol": "UDP"}]}),
        ("['80:81', '80:82']", {"ports": [{"name": "http", "port": 81, "service_port": 80}, {"name": "tcp-82", "port": 82}]}),
        ("['3-4:5-6']", {"ports": [{"name": "http", "port": 5, "service_port": 3}, {"name": "tcp-6", "port": 6, "service_port": 4}]}),
        ("['127.0.0.1:9:9', '8:8']", {"ports": [{"name": "http", "port": 8}, {"name": "tcp-9", "port": 9}]}),
        ("['x', '0', '65536', '9-8', '80:x', '80:80:80:80/icmp', '1-2:3']", {"port": 3, "service_port": 3}),
    ],
)  # fmt: skip
def test_ports(written: str, becomes: dict[str, Any]) -> None:
    assert values(f"ports: {written}") == becomes


@pytest.mark.parametrize(
    ("test", "becomes"),
    [
        ("[CMD, curl, -f, 'http://localhost:80/up']", {"health_path": "/up"}),
        ("curl --fail http://127.0.0.1/ || exit 1", {"health_path": "/"}),
        ("curl -sSf 'http://localhost/up?a=b' || false", {"health_path": "/up?a=b"}),
        ("wget -q -O /dev/null http://localhost || exit 1", {"health_path": "/"}),
        ("wget --spider --tries=1 http://localhost:81/up", 81),
        ("curl http://localhost/up", None),  # succeeds with 404
        ("curl -f -k https://localhost/up", None),
        ("curl -f -L http://localhost/up", None),
        ("curl -f -H Host:x http://localhost/up", None),
        ("curl -f http://other/up", None),
        ("curl -f http://localhost/up | grep ok", None),
        ("curl -f http://localhost:$$PORT/up", None),
        ("curl -f http://localhost/a http://localhost/b", None),
        ("curl -f http://localhost/up && true", None),
        ("wget -O- http://localhost/up || exit 0", None),
        ("[CMD-SHELL, 'curl -f \"http://localhost/up']", None),
        ("[CMD, nc, -z, localhost, '80']", None),
    ],
)
def test_health_checks(test: str, becomes: Any) -> None:
    found = values(f"ports: ['80:80']\nhealthcheck:\n  test: {test}")
    found.pop("port")
    if isinstance(becomes, dict):
        assert found == becomes
        return
    assert set(found) == {"probes.readiness", "probes.liveness"}
    handler = found["probes.readiness"]
    if becomes is None:
        assert handler["exec"]["command"]
        assert ("/bin/sh" in handler["exec"]["command"]) is not test.startswith("[CMD,")
    else:
        assert handler == {"httpGet": {"path": "/up", "port": becomes}}


@pytest.mark.parametrize(
    ("written", "becomes"),
    [
        ("['data:/data']", {"data": {"mountPath": "/data", "claim": {"resources": {"requests": {"storage": "1Gi"}}}}}),
        ("['/data']", {"volume-data": {"mountPath": "/data", "emptyDir": {}}}),
        ("['data:/data:ro,z']", {"data": {"mountPath": "/data", "readOnly": True, "claim": {"resources": {"requests": {"storage": "1Gi"}}}}}),
        ("['tmp:/a']", {"tmp-2": {"mountPath": "/a", "claim": {"resources": {"requests": {"storage": "1Gi"}}}}}),
        ("['./a:/a', '/a:/b', '~/a:/c', '../a:/d', 'C:\\a:/e', '${PWD}/a:/f', '.:/g']", {}),
        ("[{type: bind, source: ./a, target: /a}, {type: npipe, source: x, target: /b}]", {}),
        ("['x:relative', 'data:/']", {}),
        ("['aa:/data', 'bb:/data/']", {"bb": {"mountPath": "/data", "claim": {"resources": {"requests": {"storage": "1Gi"}}}}}),
        ("[{type: tmpfs, target: /t}]", {"tmpfs-t": {"mountPath": "/t", "emptyDir": {"medium": "Memory"}}}),
    ],
)  # fmt: skip
def test_volumes(written: str, becomes: dict[str, Any]) -> None:
    assert values(f"volumes: {written}") == {f"volumes.{key}": one for key, one in becomes.items()}


@pytest.mark.parametrize(
    ("service", "becomes"),
    [
        ("user: '1000'", {"user": 1000}),
        ("user: '1000:2000'", {"user": 1000, "pod.spec.securityContext.runAsGroup": 2000}),
        ("user: '0'", {}),
        ("user: app", {}),
        ("command: echo 'a b' c", {"container.args": ["echo", "a b", "c"]}),
        ("command: []", {}),
        ("command: 'a \"b'", {}),
        ("entrypoint: /run.sh\ncommand: null", {"container.command": ["/run.sh"]}),
        ("stop_grace_period: 90s", {"pod.spec.terminationGracePeriodSeconds": 90}),
        ("scale: 2\ndeploy: {replicas: 3}", {"replicas": 3}),
        ("deploy: {replicas: 5000}", {}),
        ("mem_limit: 1g\ncpus: 0.5", {"resources.limits.memory": "1Gi", "resources.limits.cpu": "500m"}),
        ("mem_limit: 16m", {"resources.limits.memory": "16Mi", "resources.requests.memory": "16Mi"}),
        ("mem_reservation: 1g", {"resources.requests.memory": "1Gi", "resources.limits.memory": None}),
        (
            "deploy: {resources: {limits: {memory: 1g}, reservations: {memory: 2g}}}",
            {"resources.limits.memory": "1Gi", "resources.requests.memory": "1Gi"},
        ),
        ("deploy: {resources: {limits: {cpus: '0', memory: lots}}}", {}),
        ("build: {context: ., dockerfile: other/Dockerfile}", {}),
        ("build: https://github.com/example/app.git", {}),
        ("build: {context: app, dockerfile: Dockerfile}", {"build": "app"}),
        ("image: !reset null\nbuild: .", {"build": "."}),
    ],
)
def test_other_values(service: str, becomes: dict[str, Any]) -> None:
    if service.startswith("image"):
        text = "services:\n  web:\n" + "".join(f"    {line}\n" for line in service.splitlines())
        found = from_compose(FileGiven("c.yaml", text, {}))
        assert "image" not in found.answers
        assert "is built" in found.absent["image"]
        return
    assert values(service) == becomes


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has no services"),
        ("services: {}", "has no services"),
        ("services: [a]", "has no services"),
        ("a: 1\n---\nb: 2", "more than one document"),
        ("services: {web: }", "is empty"),
        ("services: {web: {extends: web, image: a}}", "extends itself"),
        ("services: {web: {extends: db}, db: {extends: web}}", "extends itself"),
        ("services: {web: {extends: none}}", "is missing"),
        ("services: {web: {image: 'a:${TAG}', command: '${CMD} ${TAG}'}}", "TAG has no value"),
        ("services: {web: {image: 'a:$'}}", "dollar sign"),
        ("services: {web: &a {image: *a}}", "alias"),
        ("services: {web: {image: a, image: b}}", "image"),
    ],
)
def test_what_cannot_be_read(text: str, message: str) -> None:
    with pytest.raises(Invalid) as error:
        from_compose(FileGiven("c.yaml", text, {"service": "web"}))
    assert message in str(error.value)


def test_a_service_may_extend_many_others() -> None:
    chain = "".join(f"  s{number}: {{extends: s{number - 1}}}\n" for number in range(1, 3000))
    text = f"services:\n  s0: {{image: 'a:1', environment: {{A: b}}}}\n{chain}"
    found = from_compose(FileGiven("c.yaml", text, {"service": "s2999"}))
    assert found.answers["image"] == "a:1"
    assert [one.value for one in found.values if one.where == ("env", "A")] == ["b"]


def test_every_variable_without_a_value_is_told_once_with_its_line() -> None:
    text = "services:\n  web:\n    image: a:${TAG}\n    command: [$ONE, '${TWO}']\n    hostname: $NOT_READ\n"
    with pytest.raises(Invalid) as error:
        from_compose(FileGiven("c.yaml", text, {}))
    assert [(one.line, one.message) for one in error.value.problems] == [
        (3, "the variable TAG has no value here"),
        (4, "the variable ONE has no value here"),
        (4, "the variable TWO has no value here"),
    ]


def test_a_name_becomes_that_of_a_unit() -> None:
    for service, name in (("My_App.v2", "my-app-v2"), ("2048", "s-2048"), ("a" * 80, "a" * 63), ("-_-", "s")):
        text = f"services: {{{service}: {{image: a/b:1.0.0}}}}"
        assert from_compose(FileGiven("c.yaml", text, {})).answers["name"] == name


def test_another_service_that_a_variable_names_is_told() -> None:
    more = "  db: {image: 'a/b:1.0.0'}\n  mail: {image: 'a/b:1.0.0'}\n"
    service = "environment: {DB_HOST: db, URL: 'http://mail:80/db', QUEUE: mail, OTHER: 'https://db.example.com/'}"
    notes = [one for one in read(service, {"service": "web"}, more).notes if "names the service" in one]
    assert [one.split(" of the file")[0] for one in notes] == [
        "c.yaml:4: DB_HOST names the service db",
        "c.yaml:4: URL names the service db",
        "c.yaml:4: URL names the service mail",
    ]
