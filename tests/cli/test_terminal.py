"""What a person at a terminal sees: prompts, colour, completion."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import pexpect
import pytest

from ..conftest import DEPLOYMENT, SPEC, Repo, heed_signals


def spawn(repo: Repo, *arguments: str, **env: str) -> pexpect.spawn:
    clean = {k: v for k, v in os.environ.items() if k not in {"NO_COLOR", "GITHUB_ACTIONS"}} | {"TERM": "xterm"} | env
    return pexpect.spawn(
        sys.executable,
        ["-m", "generator", *arguments],
        cwd=str(repo.root),
        env=clean,
        encoding="utf-8",
        timeout=20,
        preexec_fn=heed_signals,
    )


def answer(repo: Repo, arguments: Sequence[str], answers: Sequence[tuple[str, str]]) -> tuple[int, str]:
    """Answer questions by how they begin; return the exit code and what was printed after the last answer."""
    child = spawn(repo, *arguments)
    for question, text in answers:
        child.expect_exact(question)
        child.sendline(text)
    child.expect(pexpect.EOF)
    child.close()
    return int(child.exitstatus or 0), str(child.before).replace("\r", "")


NAMED = [("Name of the service: ", "payments"), ("Image", "ghcr.io/example/payments:1.2.3")]
USUAL = [
    ("Port of the container [8080]: ", ""),
    ("HTTP path of the probes [none, they connect]: ", ""),
    ("Namespace [payments]: ", ""),
    ("Who reaches it from outside: none, ingress, gateway [none]: ", ""),
]
CREATE = "Create services/payments with this spec? [Y/n]: "
HEAD = "template: service\nname: payments\nimage: ghcr.io/example/payments\ntag: 1.2.3\n"


def spec_of(repo: Repo) -> str:
    return repo.read(SPEC).replace('"', "").partition("\n")[2]


def test_missing_values_are_asked_for_and_the_spec_is_shown(empty: Repo) -> None:
    code, printed = answer(empty, ["new-service"], [*NAMED, *USUAL, (CREATE, "")])
    assert code == 0
    assert "created services/payments/deploy/deployment.yaml" in printed
    assert spec_of(empty) == HEAD, "what was not typed is not in the spec"


@pytest.mark.parametrize(
    ("answers", "added"),
    [
        ([("Port", "3000"), ("HTTP path", "/up"), ("Namespace", "apps"), ("Who", "none")],
         "port: 3000\nhealth_path: /up\nnamespace:\n  name: apps\n"),
        ([*USUAL[:3], ("Who", "ingress"), ("Host name", "a.example.com"), ("Class of the Ingress", "nginx")],
         "ingress:\n  hosts:\n    - a.example.com\n  class: nginx\n"),
        ([*USUAL[:3], ("Who", "gateway"), ("Gateway, ", "gateways/public"), ("Host name of", "a.example.com")],
         "http_route:\n  parents:\n    - name: public\n      namespace: gateways\n  hosts:\n    - a.example.com\n"),
        ([*USUAL[:3], ("Who", "ingress"), ("Host name", "")], ""),
        ([("Port", "http"), ("'http' is not a number", ""), *USUAL[1:]], ""),
        ([USUAL[0], ("HTTP path", "up"), ("does not match the required format", ""), *USUAL[2:]], ""),
        ([*USUAL[:3], ("Who", "all"), ("answer one of: none, ingress, gateway", "none")], ""),
    ],
)  # fmt: skip
def test_what_is_typed_is_in_the_spec(empty: Repo, answers: list[tuple[str, str]], added: str) -> None:
    assert answer(empty, ["new-service"], [*NAMED, *answers, (CREATE, "y")])[0] == 0
    assert spec_of(empty) == HEAD + added
    assert "clean" in empty.ok("diff").out


def test_a_refused_spec_is_not_written(empty: Repo) -> None:
    before = empty.snapshot()
    code, printed = answer(empty, ["new-service"], [*NAMED, *USUAL, (CREATE, "maybe"), ("answer y or n", "n")])
    assert code == 1
    assert printed.endswith("nothing was written\n")
    assert empty.snapshot() == before


def test_only_what_is_missing_is_asked_for(empty: Repo) -> None:
    arguments = ["new-service", "payments", "--port", "3000", "--host", "a.example.com"]
    code, _ = answer(empty, arguments, [NAMED[1], ("HTTP path", "/up"), ("Namespace", ""), (CREATE, "")])
    assert code == 0
    assert spec_of(empty).endswith("port: 3000\nhealth_path: /up\n")


@pytest.mark.parametrize("more", [[], ["--yes"]])
def test_nothing_is_asked_if_nothing_required_is_missing(empty: Repo, more: list[str]) -> None:
    code, printed = answer(empty, ["new-service", "payments", "--image", "a/b:1.2.3", *more], [])
    assert code == 0
    assert "?" not in printed


def test_nothing_is_asked_with_yes(empty: Repo) -> None:
    code, printed = answer(empty, ["new-service", "payments", "--yes"], [])
    assert code == 2
    assert "give it on the command line" in printed


def test_defaults_are_those_of_the_config(empty: Repo) -> None:
    text = "defaults:\n  service:\n    port: 9000\n    namespace: {name: shared}\n    health_path: /live\n"
    empty.write(".scaffold/config.yaml", empty.read(".scaffold/config.yaml") + text)
    shown = [("Port of the container [9000]", ""), ("HTTP path of the probes [/live]", ""), ("Namespace [shared]", "")]
    assert answer(empty, ["new-service"], [*NAMED, *shown, ("Who", ""), (CREATE, "")])[0] == 0
    assert spec_of(empty) == HEAD


COMPOSE = (
    "services:\n  payments:\n    image: ghcr.io/example/payments:1.2.3\n    ports: ['80:3000']\n    restart: always\n"
)


def test_the_spec_from_a_file_is_shown_with_its_notes(empty: Repo) -> None:
    empty.write("compose.yaml", COMPOSE)
    child = spawn(empty, "new-service", "--from", "compose.yaml")
    child.expect_exact("note: compose.yaml:5: left out: restart")
    child.expect_exact("port: 3000")
    child.expect_exact(CREATE)
    child.sendline("y")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert "restart" not in child.before, "a note is told once"
    assert spec_of(empty) == HEAD + "port: 3000\n"


@pytest.mark.parametrize("key", ["\x03", "\x04"])
def test_an_interrupt_at_a_prompt_writes_nothing(empty: Repo, key: str) -> None:
    before = empty.snapshot()
    child = spawn(empty, "new-service")
    child.expect("Name of the service: ")
    child.send(key)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 130
    assert child.before.replace("^C", "").replace("^D\b\b", "").strip() == "interrupted"
    assert child.before.endswith("\ninterrupted\r\n"), "on a line of its own"
    assert empty.snapshot() == before


@pytest.mark.parametrize(("env", "colour"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)])
def test_colour_on_a_terminal_only(repo: Repo, env: dict[str, str], colour: bool) -> None:
    repo.edit(SPEC, "image:", "port: 9090\nimage:")
    child = spawn(repo, "diff", **env)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 1
    assert ("\x1b[32m" in child.before) is colour
    assert "\x1b" not in repo.run("diff").text


def test_completion_offers_commands_and_units(repo: Repo) -> None:
    def complete(words: str) -> str:
        env = {"_SCAFFOLD_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
        return repo.run(**env).out

    assert "regenerate" in complete("scaffold re")
    assert "services/payments" in complete("scaffold diff serv")
    assert DEPLOYMENT not in complete("scaffold diff serv")
