"""Hostile repositories that double, read by the real command line: diff, regenerate, status, list, validate, route, merge.

Each attack is a change of a sample repository; each command runs in a forked child, whose processor time is taken.
"""

# ruff: noqa: E501 - tables of text

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from . import forks
from .doubling import Attack, Input, TooSlowError, simple

SPEC, LOCK = "services/payments/scaffold.yaml", "services/payments/scaffold.lock"
DEPLOYMENT, SERVICE = "services/payments/deploy/deployment.yaml", "services/payments/deploy/service.yaml"
MAKEFILE, KIND = "services/payments/e2e/Makefile", "services/payments/e2e/cluster.kind"
ALERTING, VALUES, CONFIG = "alerting/scaffold.yaml", "alerting/values.yaml", ".scaffold/config.yaml"
IMAGE = "ghcr.io/example/payments:master-1a2b3c4"

# What repeats: ``{n}`` counts.
LINES = (
    "key{n}: value\n", "- {n}\n", "- a\n", "# comment {n}\n", "k{n}: 1 # c\n", "\n", "  x{n}: {a: [1, 2]}\n", "\t\n", "---\na: 1\n",
    "? a{n}\n", "k{n}: &a{n} b\n", "- &a{n} *a{n}\n", "k{n}: |\n  a\n\n", "k{n}: \"a\\n\"\n", "<<<<<<< a{n}\n", ">>>>>>> b\n", "'", "[", "{",
)  # fmt: skip


def numbered(piece: str, size: int) -> str:
    """Return a piece again and again, ``{n}`` counted, of about so many characters."""
    count = max(1, size // max(1, len(piece)))
    return "".join(piece.replace("{n}", str(at)) for at in range(count)) if "{n}" in piece else piece * count


@cache
def sample() -> Path:
    """Return a repository with a service and alerting, made once by the command line."""
    root = Path(tempfile.mkdtemp(prefix="doubling-"))
    subprocess.run(["git", "init", "--quiet", str(root)], check=True)
    for command in (
        ("init", "--automation", "flux-v1"),
        ("new-service", "payments", "--image", IMAGE),
        ("alerting", "--slack-channel", "#team-alerts"),
    ):
        subprocess.run(
            [sys.executable, "-m", "generator", *command], cwd=root, check=True, stdout=subprocess.DEVNULL, timeout=120
        )
    return root


def text_of(path: str) -> str:
    """Return a file of the sample."""
    return (sample() / path).read_text("utf-8")


def run(command: str, *files: str) -> float:
    """Run a command over the sample with other files, given as path and text in turn; return its processor time.

    Raises AssertionError for an exit code that says of a bug.
    """
    forks.load()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "repo"
        shutil.copytree(sample(), root)
        for path, text in zip(files[::2], files[1::2], strict=True):
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, "utf-8")
        child = os.fork()
        if child == 0:
            _in_child(root, command.split())
        _, status, usage = os.wait4(child, 0)
    if os.WIFSIGNALED(status):
        raise TooSlowError
    assert os.WEXITSTATUS(status) in {0, 1, 2}, (command, os.WEXITSTATUS(status))
    return usage.ru_utime + usage.ru_stime


def _in_child(root: Path, arguments: list[str]) -> None:
    code = 70
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (40, 40))
        nothing = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(nothing, number)
        sys.stdin, sys.stdout, sys.stderr = (os.fdopen(number, mode) for number, mode in ((0, "r"), (1, "w"), (2, "w")))
        for name in [one for one in os.environ if one.startswith(("GITHUB_", "GIT_"))]:
            del os.environ[name]
        os.chdir(root)
        sys.argv = ["scaffold", *arguments]
        from generator.cli.app import run_command  # noqa: PLC0415

        code = run_command(arguments)
        sys.stdout.flush()
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 1
    finally:
        os._exit(code)


def _attack(name: str, make: Callable[[int], Input], *commands: str) -> Iterator[Attack]:
    for command in commands:
        yield Attack(f"{command}: {name}", make, lambda *files, command=command: run(command, *files), in_child=True)


def of_commands() -> Iterator[Attack]:
    """Yield every attack."""
    yield from _of_specs()
    yield from _of_locks()
    yield from _of_generated()
    yield from _of_values()
    yield from _of_merges()


def _of_specs() -> Iterator[Attack]:
    base = text_of(SPEC)
    rows = {
        "environment": "env:\n  {}\n", "labels": "labels:\n  {}\n", "unknown keys": "{}", "files": "files:\n  {}\n",
        "annotations": "annotations:\n  {}\n", "selectors": "pod_labels:\n  {}\n",
    }  # fmt: skip
    pieces = {
        "environment": "A{n}: b", "labels": "a{n}: b", "unknown keys": "x{n}: b", "files": "'deploy/a{n}*': once",
        "annotations": "a{n}: b", "selectors": "a{n}: b",
    }  # fmt: skip
    for name, row in rows.items():
        glue = "\n  " if row.startswith(name[:3]) or "\n  " in row else "\n"

        def make(size: int, row: str = row, piece: str = pieces[name], glue: str = glue) -> Input:
            many = numbered(piece + glue, min(size, 200_000)).rstrip()
            return SPEC, base + row.replace("{}", many)

        yield from _attack(f"a spec with many {name}", make, "diff", "regenerate", "validate")
    config = {
        "rules": ("rules:\n", "  X{n}: 'off'\n"),
        "globs of a rule": ("rules:\n  KD004:\n", "    'services/a{n}*/**': info\n"),
        "globs of files": ("files:\n", "  '**/a{n}*.yaml': once\n"),
        "sync paths": ("sync_paths:\n", "  - a{n}\n"),
        "defaults": ("defaults:\n  service:\n    env:\n", "      A{n}: b\n"),
        "unknown defaults": ("defaults:\n", "  t{n}: {a: b}\n"),
        "unknown keys": ("", "x{n}: b\n"),
    }
    for name, (head, piece) in config.items():
        yield from _attack(
            f"a config with many {name}",
            lambda size, head=head, piece=piece: (CONFIG, head + numbered(piece, size), SERVICE, _services(size)),
            "diff", "validate", "list",
        )  # fmt: skip


def _services(size: int) -> str:
    head = "apiVersion: v1\nkind: Service\nmetadata: {name: payments, namespace: payments}\nspec:\n"
    return head + numbered("  x{n}: a\n", size)


def _of_locks() -> Iterator[Attack]:
    lock = json.loads(text_of(LOCK))

    def files(size: int) -> Input:
        one = lock["files"][0]
        many = [{**one, "path": f"deploy/f{at}.yaml"} for at in range(size // (len(json.dumps(one)) + 20))]
        return LOCK, json.dumps({**lock, "files": [*lock["files"], *many]}, indent=2)

    def lines(size: int) -> Input:
        new = [
            {**one, "text": [f"line {at}" for at in range(size // 12)] + [""]} if at == 0 else one
            for at, one in enumerate(lock["files"])
        ]
        return LOCK, json.dumps({**lock, "files": new}, indent=2)

    def keys(size: int) -> Input:
        return LOCK, json.dumps({**lock, **{f"k{at}": 1 for at in range(size // 12)}}, indent=2)

    for name, make in {"files": files, "lines": lines, "keys": keys}.items():
        yield from _attack(f"a lock with many {name}", make, "diff", "regenerate", "status", "validate")
    for piece in LINES:
        yield from _attack(
            f"a lock of {piece!r}", lambda size, piece=piece: (LOCK, numbered(piece, size)), "diff", "validate"
        )


def _of_generated() -> Iterator[Attack]:
    changed = text_of(SPEC) + "port: 9090\nreplicas: 3\n"
    for path in (DEPLOYMENT, SERVICE, MAKEFILE, KIND):
        text = text_of(path)
        for piece in LINES:
            for name, edit in {
                "behind": lambda many, text=text: text + many,
                "before": lambda many, text=text: many + text,
                "within": lambda many, text=text: text.replace("\n", "\n" + many, 1),
            }.items():
                yield from _attack(
                    f"{path} with {piece!r} {name}",
                    lambda size, path=path, piece=piece, edit=edit: (SPEC, changed, path, edit(numbered(piece, size))),
                    "diff", "regenerate",
                )  # fmt: skip
    env = text_of(DEPLOYMENT).replace("          ports:\n", "          env:\n{}          ports:\n", 1)
    for piece in ("            - name: A{n}\n              value: b\n", "            - {name: A, value: b{n}}\n"):
        yield from _attack(
            f"{DEPLOYMENT} with variables {piece!r}",
            lambda size, piece=piece: (SPEC, changed + "env:\n  B: c\n", DEPLOYMENT, env.replace("{}", numbered(piece, size))),
            "diff", "regenerate",
        )  # fmt: skip


def _of_values() -> Iterator[Attack]:
    head = "alertmanager:\n  config:\n    route:\n      receiver: a\n"
    tail = "    receivers:\n      - name: a\n"
    rows = {
        "routes": lambda n: head + "      routes:\n" + numbered("        - {receiver: a, matchers: ['a{n}=b']}\n", n) + tail,
        "equal routes": lambda n: head + "      routes:\n" + numbered("        - {receiver: a, matchers: ['a=b']}\n", n) + tail,
        "routes that go on": lambda n: head + "      routes:\n" + numbered("        - {receiver: a, continue: true}\n", n) + tail,
        "routes to nobody": lambda n: head + "      routes:\n" + numbered("        - {receiver: b{n}}\n", n // 2) + tail + numbered("      - name: c{n}x\n", n // 2),
        "receivers": lambda n: head + tail + numbered("      - name: b{n}\n", n),
        "messages": lambda n: head + tail + "        slack_configs:\n" + numbered("          - {channel: '#a{n}', api_url_file: /a, text: '{{ .x{n} }}'}\n", n),
        "matchers": lambda n: head + "      routes:\n        - receiver: a\n          matchers:\n" + numbered("            - a{n}=b\n", n) + tail,
        "intervals": lambda n: head + "      mute_time_intervals: [x]\n" + tail + "    time_intervals:\n" + numbered("      - {name: t{n}, time_intervals: []}\n", n),
        "routes by intervals": lambda n: head + "      routes:\n" + numbered("        - {receiver: a, mute_time_intervals: [x{n}]}\n", n // 2) + tail + "    time_intervals:\n" + numbered("      - {name: t{n}, time_intervals: []}\n", n // 2),
        "grouping": lambda n: head + "      group_by:\n" + numbered("        - a{n}\n", n) + tail,
        "inhibition": lambda n: head + tail + "    inhibit_rules:\n" + numbered("      - {source_matchers: [a=b{n}], target_matchers: [c=d]}\n", n),
        "templates": lambda n: "alertmanager:\n  templateFiles:\n" + numbered('    f{n}.tmpl: \'{{ define "a{n}" }}{{ template "a" }}{{ end }}\'\n', n) + head.partition("\n")[2] + tail,
        "a template of calls": lambda n: "alertmanager:\n  templateFiles:\n    f.tmpl: |\n" + numbered('      {{ template "a{n}" . }}\n', n) + head.partition("\n")[2] + tail,
        "unknown keys": lambda n: head + numbered("      group{n}: a\n", n) + tail,
    }  # fmt: skip
    for name, make in rows.items():
        yield from _attack(
            f"a values file with many {name}",
            lambda size, make=make: (VALUES, make(size)),
            "validate alerting/values.yaml", "route alerting alertname=Watchdog severity=none", "route alerting --tree", "diff",
        )  # fmt: skip
    for piece in LINES:
        yield from _attack(
            f"a values file with {piece!r}",
            lambda size, piece=piece: (VALUES, text_of(VALUES) + numbered(piece, size), ALERTING, text_of(ALERTING) + "group_wait: 20s\n"),
            "diff", "route alerting alertname=a",
        )  # fmt: skip


def _of_merges() -> Iterator[Attack]:
    for end in ("yaml", "txt"):
        for piece in LINES:
            for name, (mine, other) in {"added": ("yours: 1\n", "theirs: 1\n"), "again": ("{}", "x: 1\n")}.items():

                def make(size: int, piece: str = piece, mine: str = mine, other: str = other, end: str = end) -> Input:
                    text = numbered(piece, size)
                    return f"b.{end}", text, f"o.{end}", text + mine.replace("{}", text), f"t.{end}", other + text

                yield from _attack(
                    f"{piece!r} {name}",
                    make,
                    f"merge b.{end} o.{end} t.{end} -o out",
                    f"merge --markers b.{end} o.{end} t.{end} -o out",
                )


_MEASURED = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
most = used.ru_maxrss // (1 << 20 if sys.platform == "darwin" else 1 << 10)
assert b"Traceback" not in done.stderr, done.stderr
print(done.returncode, used.ru_utime + used.ru_stime, most)
"""


def measured(root: Path, *arguments: str) -> tuple[int, float, int]:
    """Run scaffold in a process of its own; return its exit code, its processor time and its peak of memory in MiB."""
    command = [sys.executable, "-c", _MEASURED, sys.executable, "-m", "generator", *arguments]
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("GITHUB_", "GIT_"))}
    done = subprocess.run(command, cwd=root, env=clean, capture_output=True, text=True, check=True, timeout=300)
    code, seconds, mebibytes = done.stdout.split()
    return int(code), float(seconds), int(mebibytes)


def pumped_specs() -> Iterator[Attack]:
    """Yield specs with a pump in them, for the fuzzer."""
    for pump in simple():
        yield from _attack(
            f"a spec of {pump}", lambda size, pump=pump: (SPEC, pump.text(min(size, 250_000))), "diff", "validate"
        )
