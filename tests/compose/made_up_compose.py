"""Made-up Compose files with secrets in them, and what must hold for what is taken from each.

``python -m tests.compose.made_up_compose --count 20000 --seed 1`` is a long run. No secret is in a value, a note or a
problem, and each key of the service is in a value or told. Docker Compose's own loader judges variables, ports, words
and mounts. Each file is also changed at random (``tests/fuzz/mutate``), and reading it never ends with a bug.
"""

# ruff: noqa: E501 - tables

from __future__ import annotations

import argparse
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import yaml

from generator.creation import FileGiven, FromFile
from generator.errors import Invalid
from generator.shipped.service.compose import from_compose

from ..fuzz.mutate import mutated
from ..support.composego import loaded_files

SECRET = "Zq7xSecretValue"  # noqa: S105 - of no one
BATCH = 500
TEXTS = [
    "plain",
    "a b",
    "x=y",
    "$$(HOME)",
    "$$$$",
    "http://other:80/x",
    "",
    "é",
    "yes",
    "0123",
    "1e3",
    "a: b",
    "#x",
    "C:\\x",
]
PORTS: list[Any] = [
    3000, "3000", "80:3000", "127.0.0.1:81:3001", "53:53/udp", "7000-7002", "7010-7012:8010-8012", "[::1]:6:7", "9:10/tcp",
    "${PORT:-82}:3002", {"target": 90, "published": "91"}, {"target": 92, "protocol": "udp"}, "6379:6379",
    {"target": 93, "published": 94, "host_ip": "127.0.0.1", "mode": "host", "name": "Web_1", "app_protocol": "http"},
]  # fmt: skip
MOUNTS: list[Any] = [
    "data:/data", "data:/data:ro", "/anonymous", "./conf:/etc/conf:ro", "/var/run/docker.sock:/var/run/docker.sock",
    {"type": "volume", "source": "data", "target": "/long", "read_only": True}, "tmp:/scratch", "My.Data_1:/x/y",
    {"type": "tmpfs", "target": "/memory", "tmpfs": {"size": 1048576}}, {"type": "bind", "source": "./a", "target": "/a"},
]  # fmt: skip
TESTS: list[Any] = [
    ["CMD", "curl", "-f", "http://localhost:3000/up"], "curl -sf http://localhost/up || exit 1", ["NONE"], ["CMD", "true"],
    ["CMD-SHELL", "pg_isready -U $$USER"], "wget -qO- http://127.0.0.1:8080/", ["CMD", "mysqladmin", "-u", "root", f"-p{SECRET}", "ping"],
]  # fmt: skip
LEFT_OUT: dict[str, list[Any]] = {
    "restart": ["always"], "hostname": ["web"], "labels": [{"a": "b"}, ["a=b"]], "networks": [["front"]], "cap_add": [["NET_ADMIN"]],
    "logging": [{"driver": "none"}], "privileged": [True], "init": [True], "ulimits": [{"nofile": 1024}], "x-own": [{"a": 1}],
    "depends_on": [["db"]], "env_file": [".env", [".env"]], "platform": ["linux/amd64"], "dns": ["1.1.1.1"], "profiles": [["dev"]],
    "extra_hosts": [["a:1.1.1.1"]], "container_name": ["web"], "sysctls": [{"net.core.somaxconn": 1024}], "pull_policy": ["always"],
}  # fmt: skip


class ComposeAuthor:
    """Somebody who writes Compose files."""

    def __init__(self, seed: str) -> None:
        self.dice = random.Random(seed)  # noqa: S311 - a seed, and no secret

    def file(self) -> str:
        """Return a file with a service ``web``, alone or with others, that may extend one of them."""
        services: dict[str, Any] = {"web": self.service()}
        if self.often(0.3):
            services["base"] = self.service()
            if self.often():
                services["web"]["extends"] = self.dice.choice(["base", {"service": "base"}])
        document: dict[str, Any] = {"services": services, "volumes": {"data": None}}
        return yaml.safe_dump(document, sort_keys=False, default_flow_style=self.often(0.1), allow_unicode=True)

    def often(self, share: float = 0.5) -> bool:
        return self.dice.random() < share

    def service(self) -> dict[str, Any]:
        """Return the keys of a service, about half of those that are known."""
        made: dict[str, Any] = {
            "image": self.dice.choice(["a/b:1.0.0", "ghcr.io/a/b:${TAG:-2.0.0}", "c:3@sha256:" + "a" * 64])
        }
        parts: list[Callable[[], dict[str, Any]]] = [
            lambda: {"ports": self.some(PORTS)},
            lambda: {"expose": self.some(["4000", "4001/udp", "3000"])},
            lambda: {"environment": self.environment()},
            lambda: {"volumes": self.some(MOUNTS)},
            lambda: {"healthcheck": self.health()},
            lambda: {"command": self.command()},
            lambda: {"entrypoint": self.command()},
            lambda: {"user": self.dice.choice(["1000", "1000:2000", "0", "app", "1:0"])},
            lambda: {"working_dir": "/srv"},
            lambda: {"read_only": self.often()},
            lambda: {"tmpfs": self.dice.choice(["/run", ["/run:size=8m", "/cache"]])},
            lambda: {"deploy": self.deploy()},
            lambda: {"secrets": self.some(["db_password", {"source": "other", "target": "/etc/other"}])},
            lambda: {"stop_grace_period": self.dice.choice(["1m30s", "500ms"])},
            lambda: {"mem_limit": self.dice.choice(["64m", "1g", 1048576]), "cpus": self.dice.choice([0.5, "1.5"])},
            lambda: {"build": self.dice.choice([".", {"context": "./app", "args": {"A": "b"}}, {"context": "a", "dockerfile": "D"}])},
        ]  # fmt: skip
        for part in parts:
            if self.often(0.4):
                made |= part()
        for key, choices in LEFT_OUT.items():
            if self.often(0.1):
                made[key] = self.dice.choice(choices)
        return made

    def some(self, choices: list[Any]) -> list[Any]:
        return self.dice.sample(choices, self.dice.randint(1, min(4, len(choices))))

    def environment(self) -> Any:
        """Return variables as a map or a list, some of them with a secret in one of many disguises."""
        found: dict[str, Any] = {
            f"PLAIN_{number}": self.dice.choice(TEXTS) for number in range(self.dice.randint(0, 4))
        }
        hidden = [
            ("DB_PASSWORD", SECRET), ("ApiKey", SECRET), ("TOKEN", f"${{TOKEN:-{SECRET}}}"), ("GITHUB_TOKEN", "${UNSET}"),
            ("URL", f"postgres://app:{SECRET}@db/app"), ("CACHE", f"redis://:{SECRET}@cache:6379"), ("SECRET", f"a {SECRET} b"),
            ("SETTINGS", f"host=db;password={SECRET}"), ("OTHER_URL", f"https://u:${{DB_PASS:-{SECRET}}}@host"),
            ("JSON", f'{{"token": "{SECRET}"}}'), ("PASSWORD_FILE", SECRET), ("OPTIONS", f"--api-key={SECRET} -v"),
        ]  # fmt: skip
        found |= dict(self.dice.sample(hidden, self.dice.randint(0, 4)))
        found |= self.dice.choice([{}, {"FROM_SHELL": None}, {"NUMBER": 4, "SHARE": 0.5, "TRUTH": True}])
        if self.often():
            return found
        return [key if value is None else f"{key}={_written(value)}" for key, value in found.items()]

    def command(self) -> Any:
        return self.dice.choice(
            [
                "serve --port 3000", ["serve", "--flag", "a b"], "sh -c 'echo $$HOME $$(date)'", f"redis-server --requirepass {SECRET}",
                ["app", f"--password={SECRET}"], ["app", "${ARG:-x}"], [], None,
            ]
        )  # fmt: skip

    def health(self) -> dict[str, Any]:
        made: dict[str, Any] = {"test": self.dice.choice(TESTS)}
        times = {"interval": "30s", "timeout": "1m30s", "retries": 3, "start_period": "10m", "start_interval": "1s"}
        return made | dict(self.dice.sample(list(times.items()), self.dice.randint(0, 5)))

    def deploy(self) -> dict[str, Any]:
        made: dict[str, Any] = {"replicas": self.dice.choice([1, 2, "3"])} if self.often() else {}
        if self.often():
            limits = {"limits": {"cpus": "0.50", "memory": self.dice.choice(["512M", "16m"])}}
            made["resources"] = limits | ({"reservations": {"memory": "1g"}} if self.often() else {})
        return made | ({"restart_policy": {"condition": "any"}} if self.often(0.2) else {"mode": "replicated"})


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def outcome(text: str) -> FromFile | Invalid:
    """Return what is taken of ``web`` in a file, or why nothing is; any other exception is a bug."""
    try:
        return from_compose(FileGiven("compose.yaml", text, {"service": "web"}))
    except Invalid as error:
        return error


def leaks(found: FromFile | Invalid) -> bool:
    """Tell whether a secret is in a value, a note or a problem."""
    told = repr(found.problems) if isinstance(found, Invalid) else repr(found)
    return SECRET in told


def untold_keys(text: str, found: FromFile) -> list[str]:
    """Return the keys of the service that have a value of which nothing is taken over or told, by the lines."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    lines = {one.line for one in found.values}
    lines |= {int(one.split(":")[1]) for one in found.notes if not one.startswith("compose.yaml:0")}
    return list(_untold(root, lines))


_ELSEWHERE = {"image", "extends", "x-own", "ports", "expose"}  # what differences and other tests see to


def _untold(root: Any, lines: set[int]) -> Iterator[str]:
    services = next(value for key, value in root.value if key.value == "services")
    web = next(value for key, value in services.value if key.value == "web")
    for key, value in web.value:
        first, last = key.start_mark.line + 1, value.end_mark.line + (value.end_mark.column > 0)
        is_usual = key.value == "deploy" and [one.value for one, _ in value.value] == ["mode"]
        is_empty = is_usual or value.value in ("", "null", "~", [])
        if not is_empty and key.value not in _ELSEWHERE and not lines & set(range(first, last + 1)):
            yield key.value


def differences(found: FromFile, service: dict[str, Any]) -> Iterator[str]:
    """Yield what differs from the service as Docker Compose has it: only what has the same meaning in both."""
    values = {one.where: one.value for one in found.values}
    env = {key: value for key, value in (service.get("environment") or {}).items() if value is not None}
    for key, value in env.items():
        ours = values.get(("env", key))
        if isinstance(ours, str) and _expanded(ours) != value:
            yield f"env {key}: {ours!r} for {value!r}"
        if ours is None:
            yield f"env {key} is missing"
    for key, field in (("command", "args"), ("entrypoint", "command")):
        ours = values.get(("container", field))
        if ours is not None and [_expanded(one) for one in ours] != service.get(key):
            yield f"{key}: {ours} for {service.get(key)}"
    listed = values.get(("ports",)) or []
    single = [{"port": values[("port",)]}] if ("port",) in values else []
    ours = {(one["port"], one.get("protocol", "TCP").lower()) for one in (*listed, *single)}
    theirs = {(one["target"], one.get("protocol", "tcp")) for one in service.get("ports") or []}
    exposed = (one.partition("/") for one in service.get("expose") or [])
    theirs |= {(int(number), protocol or "tcp") for number, _, protocol in exposed}
    if theirs and theirs != ours:
        yield f"ports: {sorted(ours)} for {sorted(theirs)}"
    mounts = {one["mountPath"] for where, one in values.items() if where[0] == "volumes"}
    mounts |= {one["mountPath"] for one in values.get(("container", "volumeMounts")) or []}
    wanted = {one["target"].rstrip("/") for one in service.get("volumes") or [] if one["type"] in {"volume", "tmpfs"}}
    if not wanted <= mounts:
        yield f"volumes: {sorted(mounts)} for {sorted(wanted)}"
    for key, where in (("working_dir", ("container", "workingDir")), ("scale", ("replicas",))):
        if where in values and service.get(key) is not None and values[where] != service[key]:
            yield f"{key}: {values[where]} for {service[key]}"


def _expanded(text: str) -> str:
    """Return a text as Kubernetes expands it, which has no variable."""
    return re.sub(r"\$(\$)|\$\(", lambda one: "$" if one[1] else "<variable>(", text)


def check_files(count: int, seed: str, *, judged: bool) -> Counter[str]:
    """Check made-up files, and each changed at random; return how many ended how. Raises AssertionError."""
    ended: Counter[str] = Counter()
    for start in range(0, count, BATCH):
        authors = [ComposeAuthor(f"{seed}/{number}") for number in range(start, min(start + BATCH, count))]
        texts = [one.file() for one in authors]
        theirs: list[dict[str, Any]] = loaded_files(texts) if judged else [{} for _ in texts]
        for author, text, service in zip(authors, texts, theirs, strict=True):
            found = outcome(text)
            assert not leaks(found), f"{found}\n{text}"
            assert isinstance(found, FromFile), f"{found}\n{text}"
            assert not (untold := untold_keys(text, found)), f"{untold}\n{found}\n{text}"
            if "web" in service.get("services", {}):  # not if a profile disables it
                assert not (wrong := list(differences(found, service["services"]["web"]))), f"{wrong}\n{text}"
                ended["judged"] += 1
            ended["read"] += 1
            changed = mutated(text, author.dice)
            found = outcome(changed)
            ended["changed, read" if isinstance(found, FromFile) else "changed, refused"] += 1
    return ended


if __name__ == "__main__":
    options = argparse.ArgumentParser(description="Read made-up Compose files.")
    options.add_argument("--count", type=int, default=2000)
    options.add_argument("--seed", default="1")
    chosen = options.parse_args()
    print(dict(check_files(chosen.count, chosen.seed, judged=True)))
