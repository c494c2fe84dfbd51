"""KD003: pipes that hide a failure, traps that a shell does not run, pipes that grep -q may break."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ...finding import Finding, Severity, also
from ..readers.expansion import OPEN, as_written
from ..readers.shell import ShellCommand, ShellPipeline
from ..readers.tools import ToolCall, call
from ..readers.workflow import steps
from ..rule import File, Scope, rule
from .client_calls import word_set
from .kits import kit, owns
from .recipe_scripts import Trap, notable_in, traps_in

# Commands whose failure is not relevant: they print state or transform text.
_HARMLESS = word_set(
    "echo printf cat true false : date ls yes env sed awk gawk jq yq envsubst grep egrep fgrep find sort uniq "
    "head tail "
    "tr cut wc tee xargs base64 hostname uname whoami pwd seq rev tac nl column fold fmt [ [[ test cd local export set "
    "shift read return unset declare basename dirname ps df free top which command type id sleep ( { for while if "
    "until case gzip gunzip zcat strings stat file du history"
)
# Commands that are run for their exit status, and those that succeed on any input.
_JUDGES = word_set(
    "kubectl kind helm make go cargo npm yarn pnpm npx pytest tox nox docker bats ginkgo chainsaw kuttl gradle mvn"
)
_FILTERS = word_set("cat sed awk gawk sort head tail tr cut uniq ts column less more nl fold fmt tac rev")
_MATCHERS = word_set("grep egrep fgrep")
_SHELLS = word_set("sh bash zsh dash")
_QUIET = re.compile(r"-[A-Za-pr-z]*q[A-Za-z]*\Z|--quiet\Z|--silent\Z")
_SHOWS = {
    "kubectl": word_set("get describe logs top config version cluster-info api-resources explain"),
    "docker": word_set("images ps logs inspect version info stats history"),
    "kind": word_set("get version"),
    "helm": word_set("list ls history status get version env search show"),
    "go": word_set("list env version"),
    "npm": word_set("ls list view config prefix root bin version"),
}
_INTERRUPTS = word_set("INT SIGINT 2")
_STEP_HINT = "write shell: bash, which sets pipefail, or start the script with set -o pipefail"
_MAKE_HINT = "write SHELL := bash and .SHELLFLAGS := -eo pipefail -c, or write to a file and then show it"


@dataclass(frozen=True)
class _PipeFault:
    """A fault of the pipeline with a number; ``hint`` is set only if it is the same for steps and recipes.

    ``hides`` says that the pipeline hides a failure, which is not reported where a failure is ignored anyway.
    """

    number: int
    line: int
    message: str
    hint: str = ""
    hides: bool = False
    severity: Severity | None = None


@rule(
    "KD003",
    "error",
    ("makefile", "workflow", "action"),
    "a pipe that hides a failure, or a trap that is not run",
    explanation=(
        "Without pipefail a pipeline succeeds if its last command does: kubectl tree … | tee file passes regardless of "
        "the plugin's exit code. make runs recipes with /bin/sh, and a step without shell: bash runs bash -e, both "
        "without pipefail. /bin/sh does not run a trap on EXIT when interrupted; with pipefail, grep -q can break "
        "the pipe; these two are warnings."
    ),
    bad="e2e:\n\tkubectl tree deployment app | tee out.txt\n",
    good="SHELL := bash\n.SHELLFLAGS := -euo pipefail -c\ne2e:\n\tkubectl tree deployment app | tee out.txt\n",
    source="https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell",
)
def _hidden_failures(file: File, scope: Scope) -> Iterator[Finding]:
    if file.family == "makefile":
        yield from _makefile(file, scope)
        return
    for step in steps(file, scope):
        text = step.script
        if "|" not in text and "trap" not in text:
            continue
        shell = step.shell
        strict = shell == "bash" or "pipefail" in shell
        found = step.pipelines
        numbers = traps_in(found), notable_in(found)
        faults = _script(found, *numbers, shell or "bash", strict=strict, text=text)
        for lines, one in _by_message(one for one in faults if not (one.hides and step.diagnostic)):
            places = [step.line(line) for _, line in lines]
            yield Finding(places[0], 1, one.message + also(places), one.hint or _STEP_HINT, one.severity)


def _by_message(faults: Iterable[_PipeFault]) -> Iterator[tuple[list[tuple[int, int]], _PipeFault]]:
    """Yield the faults of a script by their messages: all numbers and lines with one, and the first fault."""
    found: dict[str, list[_PipeFault]] = {}
    for one in faults:
        found.setdefault(one.message, []).append(one)
    for same in found.values():
        yield [(one.number, one.line) for one in same], same[0]


def _makefile(file: File, scope: Scope) -> Iterator[Finding]:
    one = kit(file, scope)
    flags = one.makefile.shell
    known = one.makefile.last(".SHELLFLAGS") is not None or one.complete
    for script in one.scripts:
        if not owns(file, one, script.target.path):
            continue
        inside = script.target.path == file.path
        strict = "pipefail" in flags or not known or (OPEN in flags and "SHELLFLAGS" in flags)
        lenient = "-" in script.recipe.prefix
        numbers = script.traps, script.notable
        faults = _script(script.pipelines, *numbers, flags, strict=strict, text=script.recipe.text)
        for places, fault in _by_message(each for each in faults if not (each.hides and lenient)):
            lines = [script.line(*place) if inside else one.makefile.include_line for place in places]
            yield Finding(lines[0], 1, fault.message + also(lines), fault.hint or _MAKE_HINT, fault.severity)


def _script(
    pipelines: tuple[ShellPipeline, ...],
    set_traps: tuple[Trap, ...],
    notable: tuple[int, ...],
    shell: str,
    *,
    strict: bool,
    text: str,
) -> Iterator[_PipeFault]:
    """Yield the faults of the pipelines of a script."""
    handled = "PIPESTATUS" in text or "pipestatus" in text
    traps = {number: words[2:] for number, words in set_traps if words[1] != "-"} if "trap" in text else {}
    exits = not any(_INTERRUPTS & set(one) for one in traps.values())
    for number in sorted({*traps, *notable}):
        one = pipelines[number]
        words = one.commands[0].words
        if "pipefail" in words and words[0] == "set":
            strict = "+o" not in words
        if len(one.commands) > 1 and not handled:
            follower = pipelines[number + 1] if number + 1 < len(pipelines) else None
            if strict:
                yield from _broken(number, one)
            elif not _ignored(one, follower):
                yield from _hidden(number, one)
        if number in traps and exits and {"EXIT", "0"} & set(traps[number]) and _is_posix(shell):
            message = "sh does not run a trap on EXIT when interrupted, so that nothing is cleaned up"
            hint = "use bash, or write trap … EXIT INT TERM"
            yield _PipeFault(number, one.line, message, hint, severity="warning")


def _is_posix(shell: str) -> bool:
    return (shell.split() or ["sh"])[0].rpartition("/")[2] in {"sh", "dash", "ash"}


def _ignored(one: ShellPipeline, follower: ShellPipeline | None) -> bool:
    """Return whether the script ignores a failure of the pipeline on purpose."""
    if one.after == "&":
        return True
    if one.after == "||" and follower is not None:
        return call(follower.commands[0]).tool in {"true", ":", "echo", "printf"}
    return False


def _hidden(number: int, one: ShellPipeline) -> Iterator[_PipeFault]:
    last = call(one.commands[-1])
    before = [call(command) for command in one.commands[:-1]]
    culprit = ""
    if last.tool == "tee" and not one.nested:
        culprit = next((name for command in one.commands[:-1] if (name := _verdict(command))), "")
    elif last.tool in _SHELLS and not one.nested and _reads_script(last):
        culprit = next((made.tool for made in before if made.tool in {"curl", "wget"}), "")
    elif last.tool in _FILTERS | _MATCHERS and not one.nested and not one.condition and one.after not in {"&&", "||"}:
        culprit = next((made.tool for made in before if _judges(made)), "")
    if culprit:
        message = f"the pipe into {last.tool} hides a failure of {as_written(culprit)}: pipefail is not set"
        yield _PipeFault(number, one.line, message, hides=True)


def _reads_script(made: ToolCall) -> bool:
    operands = [one for one in made.args if not one.startswith("-") or one == "-"]
    return "-c" not in made.args and (not operands or operands[0] == "-" or "-s" in made.args)


def _verdict(command: ShellCommand) -> str:
    """Return the tool whose failure a command reports, ``""`` if none."""
    for one in command.group or (command,):
        made = call(one)
        if made.tool and made.tool not in _HARMLESS and not _shows(made):
            return made.tool
    return ""


def _judges(made: ToolCall) -> bool:
    return made.tool in _JUDGES and not _shows(made)


def _shows(made: ToolCall) -> bool:
    if made.tool == "git":
        return "--exit-code" not in made.args and "push" not in made.args
    verbs = _SHOWS.get(made.tool)
    return bool({"--version", "-version"} & set(made.args)) or bool(
        verbs and made.operands and made.operands[0] in verbs
    )


def _broken(number: int, one: ShellPipeline) -> Iterator[_PipeFault]:
    last = call(one.commands[-1])
    if last.tool not in {"grep", "egrep", "fgrep"} or not any(_QUIET.match(arg) for arg in last.args):
        return
    first = call(one.commands[-2])
    if first.tool in {"echo", "printf", ""} or one.commands[-2].group:
        return
    message = f"grep -q exits at the first match: {as_written(first.tool)} may be killed by SIGPIPE, and pipefail fails"
    hint = "use grep without -q and redirect its output to /dev/null"
    yield _PipeFault(number, one.line, message, hint, severity="warning")
