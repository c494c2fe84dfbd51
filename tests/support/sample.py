"""The main job on a sample repository: make it, edit it as people and bots do, regenerate, and check what is left.

Run as ``python tests/support/sample.py FOLDER``. Each step is a command or an edit of a file, and shows what it prints.
Exits 1 if an edit is lost or a command does not end as it should.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

BOLD, PLAIN = ("\x1b[1m", "\x1b[0m") if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else ("", "")


def say(text: str) -> None:
    print(f"\n{BOLD}# {text}{PLAIN}", flush=True)


def run(root: Path, *command: str, expect: int = 0) -> None:
    print(f"$ {' '.join(command)}", flush=True)
    arguments = [sys.executable, "-m", "generator", *command[1:]] if command[0] == "scaffold" else list(command)
    code = subprocess.run(arguments, cwd=root, check=False).returncode
    if code != expect:
        sys.exit(f"{' '.join(command)} ended with {code}, not {expect}")
    if expect:
        print(f"(exit {code})", flush=True)


def edit(root: Path, path: str, old: str, new: str) -> None:
    print(f"edit {path}: {old.strip()!r} -> {new.strip()!r}", flush=True)
    file = root / path
    text = file.read_text("utf-8")
    if text.count(old) != 1:
        sys.exit(f"{path} has {old!r} {text.count(old)} times")
    file.write_text(text.replace(old, new), "utf-8")


def make(root: Path) -> None:
    say("A new repository with three services, alerting and the test of a kubectl plugin")
    run(root, "git", "init", "--quiet", ".")
    run(root, "scaffold", "init")
    run(root, "scaffold", "new-service", "payments", "--image", "ghcr.io/example/payments:v1.2.3")
    run(root, "scaffold", "new-service", "ledger", "--image", "ghcr.io/example/ledger:1.4.2", "--namespace", "payments")
    run(
        root,
        "scaffold",
        "new-service",
        "search",
        "--image",
        "ghcr.io/example/search:main-1a2b3c4-1718000000",
        "--replicas",
        "2",
    )
    run(root, "scaffold", "alerting", "--slack-channel", "#team-alerts")
    run(root, "scaffold", "new-e2e", "kubectl-tree", "--plugin", "tree")
    files = sorted(
        one.relative_to(root).as_posix() for one in root.rglob("*") if one.is_file() and ".git/" not in f"{one}/"
    )
    say("What is there now")
    print("\n".join(f"  {one}" for one in files), flush=True)


def change(root: Path) -> dict[str, list[str]]:
    deployment, values = "services/payments/deploy/deployment.yaml", "alerting/values.yaml"
    say("People edit generated files, and Flux moves an image tag")
    edit(
        root,
        deployment,
        "          resources:\n",
        "          env:\n            - name: CURRENCY\n              value: EUR\n          resources:\n",
    )
    edit(root, deployment, "  replicas: 1\n", "  replicas: 4 # Black Friday\n")
    edit(root, deployment, "payments:v1.2.3", "payments:v1.2.4")
    edit(root, values, "      group_wait: 30s\n", "      # The on-call rota wants it faster.\n      group_wait: 10s\n")
    say("Edits are no drift")
    run(root, "scaffold", "diff")
    say("The spec of one service and a default of all of them change")
    edit(root, "services/payments/scaffold.yaml", "image:", "port: 9090\nimage:")
    edit(
        root,
        ".scaffold/config.yaml",
        "#   defaults:\n#     service:\n#       replicas: 2\n",
        "defaults:\n  service:\n    resources:\n      limits:\n        memory: 512Mi\n",
    )
    return {
        deployment: [
            "name: CURRENCY",
            "value: EUR",
            "replicas: 4 # Black Friday",
            "payments:v1.2.4",
            "containerPort: 9090",
            "memory: 512Mi",
        ],
        values: ["# The on-call rota wants it faster.", "group_wait: 10s"],
        "services/search/deploy/deployment.yaml": ["memory: 512Mi"],
    }


def check(root: Path, wanted: dict[str, list[str]]) -> None:
    say("Every edit is still there, beside what was generated anew")
    for path, pieces in wanted.items():
        text = (root / path).read_text("utf-8")
        for piece in pieces:
            if piece not in text:
                sys.exit(f"{path} lost {piece!r}")
            print(f"  {path}: {piece}", flush=True)


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit("usage: python tests/support/sample.py FOLDER")
    root = Path(sys.argv[1]).absolute()
    if root.exists() and not (root / ".scaffold").is_dir():
        sys.exit(f"{root} is there and is no sample: name another folder")
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    make(root)
    wanted = change(root)
    say("scaffold diff shows what regenerating would do, and fails a CI run")
    run(root, "scaffold", "diff", expect=1)
    say("Regenerate")
    run(root, "scaffold", "regenerate")
    check(root, wanted)
    say("Nothing is left to do")
    run(root, "scaffold", "diff")
    say("No rule finds a mistake, and who gets which alert is as it should be")
    run(root, "scaffold", "validate")
    run(root, "scaffold", "route", "alerting", "alertname=Watchdog", "severity=none", "--expect", "null")
    run(root, "scaffold", "route", "alerting", "alertname=DiskFull", "severity=critical", "--expect", "slack")
    run(root, "scaffold", "route", "alerting", "--tree")
    print(f"\nThe sample is in {root}", flush=True)


if __name__ == "__main__":
    main()
