"""What the editor shows of a text is what ``scaffold validate`` finds once it is saved: after any edits."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

import pytest

from generator.validation import edited_files_around
from tests.conftest import DEPLOYMENT, SPEC, Repo, corpus
from tests.support.lsp_client import session

WORKFLOW, FOREIGN = ".github/workflows/checks.yaml", "prometheus+common/.github/workflows/ci.yml"
FILES = (DEPLOYMENT, SPEC, WORKFLOW, ".scaffold/config.yaml", "services/payments/deploy/kustomization.yaml")
LINES = (
    "      - uses: actions/checkout@main", "# scaffold: ignore[WF008] shown", "# scaffold: ignore-file[K8S001] x",
    "replica: 2", "<<: *a", "\t", "  - 🎉é: x", "kind: Deployment", "a: [", "---", "<<<<<<< ours", "{{ .Values.x }}",
    "rules: {WF008: info}", "files: {deploy/servise.yaml: never}", "      run: make a | tee b",
    "    timeout-minutes: 5", "  name: other",
)  # fmt: skip


def edited(text: str, draw: random.Random) -> str:
    """Return a text after one edit, as somebody who types makes it."""
    lines = text.split("\n")
    at = draw.randrange(len(lines))
    match draw.randrange(5):
        case 0:
            del lines[at : at + draw.randrange(1, 3)]
        case 1:
            lines.insert(at, draw.choice(LINES))
        case 2:
            lines.insert(at, draw.choice(lines))
        case 3 if lines[at]:
            column = draw.randrange(len(lines[at]))
            lines[at] = lines[at][:column] + draw.choice(("", ":", " ", "é", "-", "𝄞")) + lines[at][column + 1 :]
        case _:
            lines[at] = draw.choice(LINES)
    return "\n".join(lines) or "a: 1\n"


def validated(repo: Repo) -> dict[str, set[tuple[object, ...]]]:
    """Return what the command finds, by path."""
    found: dict[str, set[tuple[object, ...]]] = {}
    for one in json.loads(repo.run("validate", "--format", "json").out):
        row = one["line"], one["column"], one["rule"], one["severity"], one["message"], one["hint"]
        found.setdefault(one["path"], set()).add(row)
    return found


@pytest.mark.parametrize("seed", range(3))
def test_after_any_edits_it_is_what_the_command_finds(repo: Repo, seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311
    repo.write(WORKFLOW, corpus(FOREIGN))
    files = edited_files_around(repo.root / "any.yaml", lambda: False, alone=False)
    files.refresh({})
    texts = {path: repo.read(path) for path in FILES}
    for _ in range(12):
        path = draw.choice(FILES)
        texts[path] = edited(texts[path], draw)
        files.check(path, dict(texts))  # of texts that come in between something may be kept
    found = {path: files.check(path, dict(texts)) for path in FILES}
    for path, text in texts.items():
        repo.write(path, text)
    expected = validated(repo)
    for path, one in found.items():
        rows = {(x.line, x.column, x.rule, x.severity, x.message, x.hint) for x in one.problems}
        assert rows == expected.get(path, set()), path
        assert one.bug is None


def test_after_a_session_it_is_what_the_command_finds(repo: Repo) -> None:
    """The same by the protocol: places in UTF-16, and texts that are not waited for."""
    draw = random.Random(7)  # noqa: S311
    repo.write(WORKFLOW, corpus(FOREIGN) + "# 𝄞\n")
    texts = {path: repo.read(path) for path in (WORKFLOW, DEPLOYMENT)}
    uris = {path: (repo.root / path).as_uri() for path in texts}
    with session(repo.root) as client:
        client.start(repo.root)
        for path, text in texts.items():
            client.open(uris[path], text)
        for number in range(40):
            path = draw.choice(list(texts))
            # Only what YAML reads until the end, where edits come in between that it does not read.
            texts[path] = edited(texts[path], draw) if number < 30 else f"{texts[path]}\n# {number}"
            client.change(uris[path], texts[path], wait=False)
        shown = {path: client.change(uris[path], texts[path]) for path in texts}
        for path, text in texts.items():
            repo.write(path, text)
        expected = validated(repo)
        for path, found in shown.items():
            rows = sorted(placed(texts[path], *one) for one in expected.get(path, ()))  # type: ignore[arg-type]
            names = {1: "error", 2: "warning", 3: "info"}
            got = sorted((*start(one), one["code"], names[one["severity"]], one["message"]) for one in found)
            assert got == rows, path
        assert client.finish() == 0


def start(one: dict[str, dict[str, dict[str, int]]]) -> tuple[int, int]:
    return one["range"]["start"]["line"], one["range"]["start"]["character"]


def placed(
    text: str, line: int, column: int, rule: str, severity: str, message: str, hint: str
) -> tuple[int, int, str, str, str]:
    """Return a finding of the command as the editor shows it: lines from 0, and units of UTF-16."""
    whole = re.split("\r\n|\r|\n", text)[line - 1]
    before, behind = whole[: column - 1], whole[column - 1 :]
    if not behind[:1].strip():  # what is not blank in the line is shown
        before = whole[: len(whole) - len(whole.lstrip())] if whole.strip() else ""
    return line - 1, len(before.encode("utf-16-le")) // 2, rule, severity, f"{message}\n{hint}" if hint else message


def test_a_chart_that_appears_makes_templates_of_files(repo: Repo) -> None:
    """What a file is may depend on others, which the editor may have, or git's checkout changed on disk."""
    path, text = "chart/templates/a.yaml", "apiVersion: v1\nkind: Pod\nspec: {containers: 1}\n"
    chart, name = "chart/Chart.yaml", {"chart/Chart.yaml": "name: a\nversion: 1.0.0\n"}
    repo.write(path, text)
    files = edited_files_around(Path(repo.root / path), lambda: False, alone=False)
    files.refresh({})
    assert files.check(path, {}).problems
    assert files.check(path, name).problems == ()
    assert files.check(path, {}).problems
    repo.write(chart, "name: a\nversion: 1.0.0\n")
    assert files.check(path, {}).problems  # nobody said that the disk changed
    files.refresh({})
    assert files.check(path, {}).problems == ()


def test_the_baseline_and_the_profile_are_those_of_the_command(repo: Repo) -> None:
    path = "k8s/pod.yaml"
    text = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: a, ports: [{}]}]}\n"
    repo.write(path, text)
    repo.write(WORKFLOW, corpus(FOREIGN))
    files = edited_files_around(repo.root / "any.yaml", lambda: False, alone=False)

    def shown(of: str, text: str) -> int:
        files.refresh({})
        return len(files.check(of, {of: text}).problems)

    assert shown(path, text) == 1
    before = shown(WORKFLOW, repo.read(WORKFLOW))
    assert before > 0
    repo.ok("validate", "--update-baseline")
    assert (shown(path, text), shown(WORKFLOW, repo.read(WORKFLOW))) == (0, 0)
    assert shown(path, text.replace("[{}]}]", "[{}], x: 1}]")) == 1
    repo.write(".scaffold/baseline.json", "{")
    assert shown(path, text) == 1  # the command says what is wrong with it
    (repo.root / ".scaffold/baseline.json").unlink()
    repo.write(".scaffold/config.yaml", repo.read(".scaffold/config.yaml") + "profile: errors\n")
    errors = len(validated(repo)[WORKFLOW])
    assert (shown(path, text), shown(WORKFLOW, repo.read(WORKFLOW))) == (1, errors)
    assert errors < before
