"""The health check of a service of a Compose file, for the probes of a spec.

Format: https://github.com/compose-spec/compose-spec, healthcheck.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import Any

from ....yaml import Node, get, key_of
from .compose_amounts import seconds
from .compose_file import ComposeService
from .compose_taking import ComposeTaking
from .secret_signs import has_secret

_URL = re.compile(r"http://(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\])(?::([0-9]{1,5}))?(/[!-~]*)?")
_HARMLESS = re.compile(
    r"-[fsSqv]+|--(?:fail|silent|show-error|quiet|no-verbose|spider|tries=[0-9]+|timeout=[0-9]+)|-nv"
)
_WITH_VALUE = {  # options of curl and wget that do not change what succeeds, with what their value may be
    "-o": "/dev/null", "--output": "/dev/null", "-O": "/dev/null", "--max-time": "", "-m": "", "-t": "", "-T": "",
    "--tries": "", "--timeout": "",
}  # fmt: skip
_SHELL = frozenset("|&;<>()$`\\\"'*?[]#~{}\n")
_QUOTED = re.compile(r"'[^']*'|\"[^\"$`\\]*\"")
_TIMEOUT = 30  # seconds that a command may take if the file says nothing
_STARTUP = 300  # seconds that the template's own probe gives a container to start


@dataclass(frozen=True)
class HttpCheck:
    """A health check that asks for an address of the container itself."""

    port: int
    path: str


@dataclass(frozen=True)
class ComposeHealth:
    """A health check: its words, the address that it asks for if that is certain, and its place."""

    node: Node
    command: tuple[str, ...]
    http: HttpCheck | None = None


def compose_health(one: ComposeService, taking: ComposeTaking) -> ComposeHealth | None:
    """Return the health check of a service; None without one, and for one that is not taken over."""
    node = one.get("healthcheck")
    test = get(node, "test")
    if node is None or node.shape != "map":
        return None
    if test is None:
        if not taking.truth(get(node, "disable")):
            taking.left_out(node, "healthcheck", "it has no command, and that of the image is not known")
        return None
    words = [text for item in test.items if (text := taking.text(item)) is not None]
    if test.shape == "scalar":
        words = ["CMD-SHELL", text] if (text := taking.text(test)) is not None else []
    if len(words) < 2 or words[0] not in {"CMD", "CMD-SHELL"}:
        if words[:1] != ["NONE"]:
            reason = "it has no command: a list begins with CMD or CMD-SHELL"
            taking.left_out(test, "healthcheck", reason)
        return None
    command = words[1:] if words[0] == "CMD" else ["/bin/sh", "-c", words[1]]
    if has_secret(" ".join(words[1:])):
        taking.left_out(test, "healthcheck", "its command has what looks like a secret")
        return None
    return ComposeHealth(test, tuple(command), _http(words))


def is_disabled(one: ComposeService, taking: ComposeTaking) -> bool:
    """Tell whether a service has its image's health check turned off."""
    node = one.get("healthcheck")
    test = get(node, "test")
    first = test.items[0].text if test is not None and test.items else ""
    return node is not None and (bool(taking.truth(get(node, "disable"))) or first == "NONE")


def take_probes(health: ComposeHealth, one: ComposeService, port: int | None, taking: ComposeTaking) -> None:
    """Take a health check over; ``port`` is the port that the template's own probes connect to, None without one."""
    times = _times(one, taking)
    handler: dict[str, Any] = {"exec": {"command": list(health.command)}}
    if health.http and health.http.port == port:
        taking.take(("health_path",), health.http.path, health.node)
        handler = {}
    elif health.http:
        handler = {"httpGet": {"path": health.http.path, "port": health.http.port}}
    if "exec" in handler and "timeoutSeconds" not in times:
        times["timeoutSeconds"] = _TIMEOUT
        taking.note(
            health.node, f"the command may take {_TIMEOUT} seconds, as in Compose, where Kubernetes has 1 second"
        )
    for name in ("readiness", "liveness"):
        if handler or times:
            taking.take(("probes", name), {**handler, **times}, health.node)
    start = _start_period(one, taking)
    startup = {"failureThreshold": -(-start // 5)} if start > _STARTUP else {}
    if startup or (handler and port is None):
        slow = {"timeoutSeconds": times["timeoutSeconds"]} if "exec" in handler else {}
        taking.take(("probes", "startup"), {**handler, **slow, **startup}, health.node)


def _times(one: ComposeService, taking: ComposeTaking) -> dict[str, int]:
    """Return the times of a health check that the file says, as fields of a probe."""
    node = one.get("healthcheck")
    found: dict[str, int] = {}
    for key, field in (("interval", "periodSeconds"), ("timeout", "timeoutSeconds")):
        if value := _time(node, key, taking):  # 0 is the default
            found[field] = value
    retries = get(node, "retries")
    if retries is not None and (count := taking.number(retries)):
        found["failureThreshold"] = count
    if (place := key_of(node, "start_interval")) is not None:
        taking.left_out(place, "start_interval", "the startup probe asks every 5 seconds")
    return found


def _start_period(one: ComposeService, taking: ComposeTaking) -> int:
    return _time(one.get("healthcheck"), "start_period", taking) or 0


def _time(node: Node | None, key: str, taking: ComposeTaking) -> int | None:
    value = get(node, key)
    text = taking.text(value)
    found = seconds(text) if text is not None else None
    if value is not None and text is not None and found is None:
        taking.left_out(value, key, f"{text} is not a time")
    return found


def _http(words: list[str]) -> HttpCheck | None:
    """Return the address that curl or wget asks for; None unless the probe certainly succeeds when they do."""
    command = words[1:]
    if words[0] == "CMD-SHELL":
        line, bars, tail = words[1].rpartition("||")
        if not (bars and tail.strip() in {"exit 1", "false"}):
            line = words[1]
        if _SHELL & set(_QUOTED.sub("", line)):
            return None
        try:
            command = shlex.split(line)
        except ValueError:
            return None
    program = command[0].rpartition("/")[2] if command else ""
    if program not in {"curl", "wget"}:
        return None
    urls = _arguments(command[1:])
    fails = program == "wget" or any(each == "--fail" or _short_fail(each) for each in command[1:])
    address = _URL.fullmatch(urls[0]) if urls is not None and len(urls) == 1 and fails else None
    number = int(address[1] or 80) if address else 0
    path = (address[2] or "/") if address else ""
    is_asked = 0 < number <= 65535 and "#" not in path
    return HttpCheck(number, path) if is_asked else None


def _short_fail(word: str) -> bool:
    return word.startswith("-") and not word.startswith("--") and "f" in word


def _arguments(words: list[str]) -> list[str] | None:
    """Return the arguments without harmless options, None if there is any other option."""
    found: list[str] = []
    rest = iter(words)
    for word in rest:
        if word in _WITH_VALUE:
            value = next(rest, "")
            if not (value == _WITH_VALUE[word] or value == "-" or (not _WITH_VALUE[word] and value.isdecimal())):
                return None
        elif word in {"-qO-", "-qO/dev/null", "-O-", "-O/dev/null"} or _HARMLESS.fullmatch(word):
            continue
        elif word.startswith("-"):
            return None
        else:
            found.append(word)
    return found
