"""Conflicts of every sort: each printed command is run as it is printed, and does what it says.

Every case has an edit of the user's and a change of the template's beside the conflict: the edit stays and the change
arrives, whichever side the conflict is settled for. What has to come out is written down, not computed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from ..conftest import Repo, git
from .test_settling import commands, shell

NOT_PRINTED = "not printed"
MAX_CONFLICTS = 3  # of one file; each is settled by the first command that is printed


@dataclass(frozen=True)
class Case:
    """Three texts, and what comes of each printed command: a text, None for no file, or that it is NOT_PRINTED."""

    name: str
    base: str | None
    ours: str
    theirs: str | None
    keep: str | None
    take: str | None = NOT_PRINTED
    give: str | None = NOT_PRINTED
    path: str = "f.yaml"

    def __str__(self) -> str:
        return self.name


def yaml(middle: str, *, mine: bool = False, new: bool = False) -> str:
    """Return a file around what the conflict is about, with the user's edit or the template's change beside it."""
    return f"{'# mine' + chr(10) if mine else ''}a: {3 if mine else 1}\n{middle}last: {2 if new else 1}\n"


def case(name: str, base: str, ours: str, theirs: str, take: str | None = None) -> Case:
    """Return a case about the middle of a file: what is kept is ours, what is taken theirs unless said."""
    taken = theirs if take is None else take
    return Case(
        name,
        yaml(base),
        yaml(ours, mine=True),
        yaml(theirs, new=True),
        yaml(ours, mine=True, new=True),
        taken if taken == NOT_PRINTED else yaml(taken, mine=True, new=True),
    )


def secret(name: str, *lines: str) -> str:
    return "\n".join(("kind: Secret", f"metadata: {{name: {name}}}", *lines, ""))


def documents(*middles: str) -> str:
    return "---\n".join(f"kind: K{n}\nmetadata: {{name: n{n}}}\n{one}" for n, one in enumerate(middles) if one)


PROBE = "probe:\n  path: /\n  port: 1\n"
SCALER = """apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  minReplicas: 2
  maxReplicas: 5
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
"""
NODES = "nodes:\n  - role: {}\n    {}labels: {{tier: x}}\n    image: node:v1\n"
FLAGS = "args:\n  - --a={}\n  - --same=1\n  - --b={}\n  - --same=2\n  - --c={}\n"
RULE = "  - from: [{{cidr: {}, except: [{}]}}]\n"
RULES = f"rules:\n{RULE}{RULE}"
SECOND = ("192.168.0.0/16", "192.168.1.0/24")
MAKE = "A := {a}\n\nall:\n\techo {all}\n\nend:\n\techo {end}\n"
CASES = [
    case("both changed a field", "n: 1\n", "n: 5 # five\n", "n: 2\n", "n: 2 # five\n"),
    case("both added a field", "", "n: 5\n", "n: 2\n"),
    case("both added an item", "env: []\n", "env: [{name: A, value: x}]\n", "env: [{name: A, value: z}]\n"),
    case("you deleted it", PROBE, "", PROBE.replace("/", "/health")),
    case(
        "you deleted an item",
        "env:\n  - name: A\n    value: x\n  - name: B\n    value: x\n",
        "env:\n  - name: A\n    value: x\n",
        "env:\n  - name: A\n    value: x\n  - name: B\n    value: z\n",
    ),
    case("you deleted a field of a flow map", "m: {x: 1, y: 1}\n", "m: {x: 1}\n", "m: {x: 1, y: 2}\n"),
    case("the template deleted what you edited", PROBE, PROBE.replace("/", "/mine"), ""),
    case("the template deleted what has a comment of yours", PROBE, PROBE.replace(" 1\n", " 1 # mine too\n"), ""),
    Case(
        "the template replaced an item that has a comment of yours",
        yaml(NODES.format("worker", "")),
        yaml(NODES.format("worker", "# why\n    "), mine=True),
        yaml(NODES.format("control-plane", ""), new=True),
        yaml(
            f"{NODES.format('worker', '# why' + chr(10) + '    ')}{NODES.format('control-plane', '')[7:]}",
            mine=True,
            new=True,
        ),
        yaml(NODES.format("control-plane", ""), mine=True, new=True),
    ),
    case("a list without a key", "args: [a, b]\n", "args: [a, mine]\n", "args: [a, theirs]\n"),
    Case(
        "a flag among flags that one side changed",
        yaml(FLAGS.format("a", "b", "c")),
        yaml(FLAGS.format("mine", "b", "mine"), mine=True),
        yaml(FLAGS.format("theirs", "theirs", "c"), new=True),
        yaml(FLAGS.format("mine", "theirs", "mine"), mine=True, new=True),
        yaml(FLAGS.format("theirs", "theirs", "mine"), mine=True, new=True),
    ),
    case(
        "an item of which it cannot be told which one it is",
        RULES.format("10.0.0.0/8", "10.1.0.0/16", *SECOND),
        RULES.format("10.0.0.0/8", "10.200.0.0/16", *SECOND),
        RULES.format("10.0.0.0/12", "10.1.0.0/16", *SECOND),
    ),
    case(
        "both added to one place of a list",
        "args:\n  - a\n  - b\n",
        "args:\n  - a\n  - mine\n  - b\n",
        "args:\n  - a\n  - theirs\n  - b\n",
    ),
    case(
        "both changed the order",
        "initContainers:\n  - name: a\n  - name: b\n  - name: c\n",
        "initContainers:\n  - name: b\n  - name: a\n  - name: c\n",
        "initContainers:\n  - name: c\n  - name: a\n  - name: b\n",
    ),
    case("a comment of yours in what is replaced", "m:\n  x: 1\n", "m:\n  # why\n  x: 1\n", "m: 7\n"),
    case("both changed an image", "image: a/b:1\n", "image: mine/b:1\n", "image: their/b:1\n"),
    case(
        "a selector is one value",
        "selector:\n  app: x\n",
        "selector:\n  app: x\n  tier: mine\n",
        "selector:\n  app: z\n",
    ),
    case("both changed a line of a text", "t: |\n  one\n  two\n", "t: |\n  one\n  mine\n", "t: |\n  one\n  theirs\n"),
    case("another shape", "m:\n  x: 1\n", "m:\n  x: 5\n", "m: [1, 2]\n"),
    case(
        "a key that is no word",
        "'a.b/c d':\n  'it''s': 1\n",
        "'a.b/c d':\n  'it''s': 5\n",
        "'a.b/c d':\n  'it''s': 2\n",
    ),
    case(
        "both renamed an item",
        "containers:\n  - name: app\n    image: x\n    tty: true\n",
        "containers:\n  - name: mine\n    image: x\n    tty: true\n",
        "containers:\n  - name: theirs\n    image: x\n    tty: true\n",
    ),
    case(
        "fields that have to fit together",
        SCALER,
        SCALER.replace("minReplicas: 2", "minReplicas: 4"),
        SCALER.replace("maxReplicas: 5", "maxReplicas: 3"),
    ),
    Case(
        "what an anchor of yours shares",
        yaml("m:\n  x: 1\nn:\n  x: 1\n"),
        yaml("m: &m\n  x: 1\nn: *m\n", mine=True),
        yaml("m:\n  x: 2\nn:\n  x: 1\n", new=True),
        yaml("m: &m\n  x: 1\nn: *m\n", mine=True, new=True),
        give=yaml("m:\n  x: 2\nn:\n  x: 1\n", new=True),
    ),
    case(
        "your value is an alias",
        "m:\n  x: 1\nn:\n  x: 1\n",
        "m: &m\n  x: 1\nn: *m\n",
        "m:\n  x: 1\nn:\n  x: 2\n",
        "m: &m\n  x: 1\nn:\n  x: 2\n",
    ),
    Case(
        "you deleted a document",
        documents("a: 1\n", "n: 1\n", "last: 1\n"),
        documents("a: 3 # mine\n", "", "last: 1\n"),
        documents("a: 1\n", "n: 2\n", "last: 2\n"),
        documents("a: 3 # mine\n", "", "last: 2\n"),
        documents("a: 3 # mine\n", "n: 2\n", "last: 2\n"),
    ),
    Case(
        "the template deleted a document that you edited",
        documents("a: 1\n", "n: 1\n", "last: 1\n"),
        documents("a: 3 # mine\n", "n: 5\n", "last: 1\n"),
        documents("a: 1\n", "", "last: 2\n"),
        documents("a: 3 # mine\n", "n: 5\n", "last: 2\n"),
        documents("a: 3 # mine\n", "", "last: 2\n"),
    ),
    Case(
        "the template replaced the only object of a kind that you edited",
        documents("a: 1\n") + "---\n" + secret("db", "user: root", "password: x", "host: db"),
        documents("a: 3\n") + "---\n" + secret("db", "user: root", "password: mine", "host: db"),
        documents("a: 1\nb: 1\n") + "---\n" + secret("cache", "user: c", "password: x", "port: 1"),
        "---\n".join(
            (
                documents("a: 3\nb: 1\n"),
                secret("cache", "user: c", "password: x", "port: 1"),
                secret("db", "user: root", "password: mine", "host: db"),
            )
        ),
        documents("a: 3\nb: 1\n") + "---\n" + secret("cache", "user: c", "password: x", "port: 1"),
    ),
    Case(
        "you replaced the only object of a file that the template changed",
        secret("db", "user: root", "password: x", "host: db"),
        secret("cache", "token: mine"),
        secret("db", "user: root", "password: x", "host: db", "tls: true"),
        secret("cache", "token: mine"),
        secret("db", "user: root", "password: x", "host: db", "tls: true") + "---\n" + secret("cache", "token: mine"),
    ),
    Case(
        "each replaced the only object of a kind",
        documents("a: 1\n") + "---\n" + secret("db", "user: root", "password: x"),
        documents("a: 3\n") + "---\n" + secret("cache", "token: mine"),
        documents("a: 1\nb: 1\n") + "---\n" + secret("queue", "url: z"),
        documents("a: 3\nb: 1\n") + "---\n" + secret("cache", "token: mine"),
        documents("a: 3\nb: 1\n") + "---\n" + secret("queue", "url: z"),
    ),
    Case(
        "one field in two documents",
        documents("n: 1\n", "n: 1\n", "last: 1\n"),
        documents("n: 5 # mine\n", "n: 5\n", "mine: 1\nlast: 1\n"),
        documents("n: 2\n", "n: 2\n", "last: 2\n"),
        documents("n: 5 # mine\n", "n: 5\n", "mine: 1\nlast: 2\n"),
        documents("n: 2 # mine\n", "n: 2\n", "mine: 1\nlast: 2\n"),
    ),
    Case(
        "documents of one name in two namespaces",
        "---\n".join(f"kind: K\nmetadata: {{name: n, namespace: {one}}}\nn: 1\n" for one in "ab"),
        "---\n".join(f"kind: K\nmetadata: {{name: n, namespace: {one}}}\nn: 5\n" for one in "ab"),
        "---\n".join(f"kind: K\nmetadata: {{name: n, namespace: {one}}}\nn: 2\n" for one in "ab"),
        "---\n".join(f"kind: K\nmetadata: {{name: n, namespace: {one}}}\nn: 5\n" for one in "ab"),
        "---\n".join(f"kind: K\nmetadata: {{name: n, namespace: {one}}}\nn: 2\n" for one in "ab"),
    ),
    Case(
        "documents that are no objects",
        "- url: x\n  n: 1\n---\na: 1\n",
        "- url: x\n  n: 5\n---\na: 1 # mine\n",
        "- url: x\n  n: 2\n---\na: 1\nnew: 1\n",
        "- url: x\n  n: 5\n---\na: 1 # mine\nnew: 1\n",
        "- url: x\n  n: 2\n---\na: 1 # mine\nnew: 1\n",
    ),
    Case(
        "what an anchor of yours shares in one of several documents",
        documents("m:\n  x: 1\nn:\n  x: 1\n", "m:\n  x: 1\n"),
        documents("m: &m\n  x: 1\nn: *m\n", "m:\n  x: 1 # mine\n"),
        documents("m:\n  x: 2\nn:\n  x: 1\n", "m:\n  x: 1\nnew: 1\n"),
        documents("m: &m\n  x: 1\nn: *m\n", "m:\n  x: 1 # mine\nnew: 1\n"),
        give=documents("m:\n  x: 2\nn:\n  x: 1\n", "m:\n  x: 1 # mine\nnew: 1\n"),
    ),
    case(
        "an anchor beside the conflict",
        "m: {x: 1}\nn: 1\n",
        "m: &m {x: 1}\nk: *m\nn: 5\n",
        "m: {x: 1}\nn: 2\n",
        "m: &m {x: 1}\nk: *m\nn: 2\n",
    ),
    Case("an edited orphan", yaml(""), yaml("", mine=True), None, yaml("", mine=True), None),
    Case(
        "a stray bracket",
        yaml(""),
        yaml("n: [\n", mine=True),
        yaml("", new=True),
        NOT_PRINTED,
        give=yaml("", new=True),
    ),
    Case(
        "a key twice",
        yaml(""),
        yaml("a: 4\n", mine=True),
        yaml("", new=True),
        NOT_PRINTED,
        give=yaml("", new=True),
    ),
    Case(
        "documents that cannot be told apart",
        "- 1\n---\n- 2\n",
        "- 3\n---\n- 4\n---\n- 5\n",
        "- 6\n---\n- 7\n---\n- 8\n---\n- 9\n",
        "- 3\n---\n- 4\n---\n- 5\n",
        "- 6\n---\n- 7\n---\n- 8\n---\n- 9\n",
    ),
    Case(
        "lines of a Makefile",
        MAKE.format(a=1, all="base", end="base"),
        MAKE.format(a="mine", all="mine", end="base"),
        MAKE.format(a=1, all="theirs", end="theirs"),
        MAKE.format(a="mine", all="mine", end="theirs"),
        MAKE.format(a="mine", all="theirs", end="theirs"),
        path="Makefile",
    ),
    Case(
        "no lock tells of it",
        None,
        yaml("n: 5\n", mine=True).replace("a: 3", "a: 1"),
        yaml("n: 2\n"),
        yaml("n: 5\n", mine=True).replace("a: 3", "a: 1"),
        yaml("n: 2\n", mine=True).replace("a: 3", "a: 1"),
    ),
]
LABELS = {"keep": "keep yours", "take": "take it", "give": "discard it"}


def unit_of(number: int) -> str:
    return f"units/u{number}"


def set_template(repo: Repo, number: int, path: str, text: str | None) -> None:
    """Make a template with one file, or none, beside another one that never changes."""
    base = f".scaffold/templates/t{number}"
    inside = f"{base}/{{{{cookiecutter.name}}}}"
    repo.write(f"{base}/version", "1\n")
    repo.write(f"{base}/cookiecutter.json", "{}")
    schema = {"type": "object", "properties": {"template": {}, "name": {"type": "string"}}}
    repo.write(f"{base}/schema.json", json.dumps(schema))
    repo.write(f"{inside}/other.txt", "other\n")
    if text is None:
        (repo.root / inside / path).unlink(missing_ok=True)
    else:
        repo.write(f"{inside}/{path}", text)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[Repo, dict[str, bytes]]:
    """A repository with a unit for each case, all in conflict, and every file of it."""
    root: Path = tmp_path_factory.mktemp("settling") / "repo"
    root.mkdir()
    git(root, "init", "--quiet", "--initial-branch=main", ".")
    repo = Repo(root)
    repo.ok("init", "--automation", "flux-v1")
    for number, one in enumerate(CASES):
        set_template(repo, number, one.path, one.base)
        repo.write(f"{unit_of(number)}/scaffold.yaml", f"template: t{number}\nname: u{number}\n")
    repo.ok("regenerate")
    for number, one in enumerate(CASES):
        set_template(repo, number, one.path, one.theirs)
        repo.write(f"{unit_of(number)}/{one.path}", one.ours)
    return repo, repo.snapshot()


@pytest.fixture
def conflicts(world: tuple[Repo, dict[str, bytes]]) -> Repo:
    """That repository as it was, whatever a test before did to it."""
    repo, files = world
    for path, data in repo.snapshot().items():
        if path.startswith("units/") and data != files.get(path):
            (repo.root / path).unlink()
    for path, data in files.items():
        if path.startswith("units/") and not repo.has(path):
            (repo.root / path).write_bytes(data)
    return repo


def texts(one: Case) -> dict[str, str | None]:
    return {"keep": one.keep, "take": one.take, "give": one.give}


@pytest.mark.parametrize(
    ("number", "way"),
    [(n, way) for n, one in enumerate(CASES) for way, text in texts(one).items() if text != NOT_PRINTED],
    ids=lambda one: CASES[one].name.replace(" ", "-") if isinstance(one, int) else one,
)
def test_a_printed_command_does_what_it_says(conflicts: Repo, number: int, way: str) -> None:
    one = CASES[number]
    path = f"{unit_of(number)}/{one.path}"
    done = conflicts.run("diff", unit_of(number))
    assert done.code == 1, done.text
    for _ in range(MAX_CONFLICTS):
        printed = commands(done, LABELS[way])
        assert printed, done.text
        done = shell(conflicts, printed[0])
        if done.code == 0:
            break
    assert done.code == 0, done.text
    found = conflicts.read(path) if conflicts.has(path) else None
    assert found == texts(one)[way]
    conflicts.ok("diff", unit_of(number))
    assert conflicts.ok("regenerate", unit_of(number)).out == "1 unit: 0 files changed\n"


@pytest.mark.parametrize("number", range(len(CASES)), ids=[one.name.replace(" ", "-") for one in CASES])
def test_no_other_commands_are_printed(conflicts: Repo, number: int) -> None:
    one = CASES[number]
    done = conflicts.run("diff", unit_of(number))
    found = {way for way, label in LABELS.items() if commands(done, label)}
    wanted = {way for way, text in texts(one).items() if text != NOT_PRINTED}
    assert found == wanted, done.text
