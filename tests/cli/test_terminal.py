"""What a person at a terminal sees: prompts, colour, completion."""

from __future__ import annotations

import os
import sys

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


def test_missing_values_are_asked_for(empty: Repo) -> None:
    child = spawn(empty, "new-service")
    child.expect("Name of the service: ")
    child.sendline("payments")
    child.expect("Image.*: ")
    child.sendline("ghcr.io/example/payments:1.2.3")
    child.expect("created services/payments/deploy/deployment.yaml")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert "image: ghcr.io/example/payments\ntag: 1.2.3\n" in empty.read(SPEC).replace('"', "")


def test_only_what_is_missing_is_asked_for(empty: Repo) -> None:
    child = spawn(empty, "new-service", "payments")
    child.expect("Image.*: ")
    child.sendline("ghcr.io/example/payments:1.2.3")
    child.expect(pexpect.EOF)
    assert "Name" not in child.before
    child.close()
    assert child.exitstatus == 0


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
