"""What may keep or show the logs of a failed test: commands, scripts, make targets, steps of workflows.

A suite prints what it likes, and a script or make target that cannot be read may do so: both count as keeping logs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ..readers import shell
from ..readers.expansion import CURDIR, OPEN
from ..readers.makefile import Makefile, normal
from ..readers.makelines import MakeTarget
from ..readers.tools import call
from ..readers.workflow import WorkflowStep
from ..rule import Scope
from .client_calls import word_set
from .kits import makefile_in

_MAX_DEPTH = 3  # scripts that call scripts
_MAX_KNOWN = 500  # scripts, and calls of make, that are read in a run
_KEEPS = re.compile(
    r"\bkind[ \t]{1,9}export[ \t]{1,9}logs|\btrap\b|\b(?:docker|podman|nerdctl|crictl|flux|oc)[ \t]{1,9}logs\b"
    r"|\bjournalctl\b|must-gather|cluster-info[ \t]{1,9}dump|sysdump|bug-?report|support-bundle"
    r"|\b(?:stern|kubetail|crashd)\b|sonobuoy[ \t]{1,9}retrieve"
)
_SHOWN = re.compile(r"\b(?:logs|describe|events)\b")  # behind kubectl in a line

# Tools that run a test or a program of the repository, which reports its failures by itself.
_SUITES = word_set(
    "go ginkgo gotestsum ct pytest python python3 poetry uv pipenv tox nox robot npm yarn pnpm npx bun node deno cargo "
    "bats chainsaw kuttl kubectl-kuttl kyverno gradle gradlew mvn mvnw dotnet java ruby bundle rake perl php sonobuoy "
    "kubetest2 hydrophone k6 cypress playwright testkube e2e.test bazel bazelisk earthly nix dagger skaffold tilt "
    "devspace act task just mage invoke hatch venom conftest terratest terraform tofu pulumi ansible-playbook "
    "vagrant garden xvfb-run"
)
_PREPARING = word_set("mod env version install build get list add fmt vet generate tool")  # what prints no test
_PLUGINS = frozenset(("kuttl", "chainsaw"))  # suites that are plugins of kubectl
_SHELLS = frozenset(("bash", "sh", "dash", "zsh", "source", ".", "eval"))
# Programs that are called by a path and that are no scripts of the repository.
_PROGRAMS = word_set(
    "kind kubectl helm docker podman kustomize curl wget flux istioctl jq yq cmctl crane cosign envsubst "
    "controller-gen setup-envtest chmod mv cp rm"
)
_TEST_WORDS = frozenset(("test", "e2e", "verify", "conformance"))
# Owners, and parts of the names, of actions that prepare something and show nothing.
_SILENT_OWNERS = ("actions/", "docker/")
_SILENT_ACTIONS = re.compile(
    r"setup|install|login|cache|checkout|kind-action|metadata|chart-testing-action|free-disk|harden-runner|codecov"
)


def step_keeps(step: WorkflowStep, scope: Scope) -> bool:
    """Return whether a step of a workflow may keep or show logs, or runs a suite that does."""
    if step.diagnostic and _does_something(step):
        return True
    if step.uses:
        silent = step.action.startswith(_SILENT_OWNERS) or _SILENT_ACTIONS.search(step.action) is not None
        return not silent or step.action == "actions/upload-artifact"
    flow = step.job.flow if step.job else None
    folder = normal("/".join(one for one in ((flow.root if flow else "") or "", step.folder) if one)) or "\0"
    return text_keeps(step.script, folder, scope)


def _does_something(step: WorkflowStep) -> bool:
    """Return whether a step that runs after a failure may show something: not, if it only deletes the cluster."""
    calls = [one for one in step.calls if one.tool not in {"", "true", "echo", ":"}]
    return not calls or not all(one.tool == "kind" and one.verb("delete") for one in calls)


def text_keeps(text: str, folder: str, scope: Scope, depth: int = 0) -> bool:
    """Return whether a script that runs in a folder may keep or show logs, or runs a suite that does."""
    if _KEEPS.search(text) or any(map(_shows, text.split("\n"))):
        return True
    return any(
        _command_keeps(command, folder, scope, depth)
        for pipeline in shell.parse_shell(text)
        for command in pipeline.commands
    )


def _shows(line: str) -> bool:
    """Return whether a line shows logs by kubectl or helm, whatever the program is called."""
    lowered = line.lower()
    at = lowered.find("kubectl")
    return (at >= 0 and _SHOWN.search(line, at) is not None) or ("helm" in lowered and "--logs" in line)


def _command_keeps(command: shell.ShellCommand, folder: str, scope: Scope, depth: int) -> bool:
    made = call(command)
    if made.tool in _SUITES:
        return not (made.tool != "ct" and _PREPARING & set(made.operands[:1]))
    if made.tool == "make":
        return _make_keeps(made.args, folder, scope, depth)
    if made.tool == "kubectl":
        return bool(made.operands) and made.operands[0] in _PLUGINS
    if made.tool in _SHELLS:
        named = next((one for one in made.args if not one.startswith("-")), "")
        return bool(named) and "-c" not in made.args and _script_keeps(named, folder, scope, depth)
    if made.tool in _PROGRAMS or not made.tool:
        return False
    word = next((one for one in command.words if "=" not in one and one.endswith(made.tool)), "")
    if "/" in word or word.endswith((".sh", ".py")):
        return _script_keeps(word, folder, scope, depth)
    return bool(_TEST_WORDS & set(made.operands[:2])) or word.startswith(("$", OPEN))


def _script_keeps(path: str, folder: str, scope: Scope, depth: int) -> bool:
    """Return whether a script does, or whether that is not known."""
    place = "" if "$" in path or OPEN in path else normal(f"{folder}/{path.removeprefix(f'{CURDIR}/')}")
    text = scope.read(place) if place and depth < _MAX_DEPTH else None
    if not text or not text.strip() or "sh" not in text.split("\n", 1)[0]:
        return True
    known: dict[tuple[str, str, int], bool] = scope.memo.setdefault("log_keeping.scripts", {})
    key = place, folder, depth
    if key not in known and len(known) > _MAX_KNOWN:
        return True
    if key not in known:
        known[key] = True  # of a script that calls itself
        known[key] = text_keeps(text, folder, scope, depth + 1)
    return known[key]


def _make_keeps(args: tuple[str, ...], folder: str, scope: Scope, depth: int) -> bool:
    """Return whether the targets that make is called for do, or whether that is not known."""
    known: dict[tuple[tuple[str, ...], str, int], bool] = scope.memo.setdefault("log_keeping.calls", {})
    key = args, folder, depth
    if key not in known and len(known) > _MAX_KNOWN:
        return True
    if key not in known:
        known[key] = _goals_keep(args, folder, scope, depth)
    return known[key]


def _goals_keep(args: tuple[str, ...], folder: str, scope: Scope, depth: int) -> bool:
    goals, place = [], folder
    words = iter(args)
    for word in words:
        if word in {"-C", "--directory"}:
            place = normal(f"{folder}/{next(words, '')}")
        elif word.startswith(("-C", "--directory=")):
            place = normal(f"{folder}/{word.removeprefix('--directory=').removeprefix('-C')}")
        elif word in {"-f", "--file", "--makefile", "-j"}:
            return True
        elif not word.startswith("-") and "=" not in word:
            goals.append(word)
    makefile = makefile_in(place, scope) if place else None
    if makefile is None or not makefile.complete or depth >= _MAX_DEPTH:
        return True
    return targets_keep(makefile, _run_for(makefile, goals), place, scope, depth + 1)


def _run_for(makefile: Makefile, goals: list[str]) -> list[MakeTarget]:
    """Return the targets that make runs for goals, or for its default."""
    by_name: dict[str, list[MakeTarget]] = {}
    for one in makefile.targets:
        by_name.setdefault(one.name, []).append(one)
    found: dict[int, MakeTarget] = {}
    todo = goals or [one.name for one in makefile.targets if not one.name.startswith(".")][:1]
    seen: set[str] = set()
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        for one in by_name.get(name, []):
            found[id(one)] = one
            todo += one.prerequisites
    return list(found.values())


def targets_keep(makefile: Makefile, targets: Iterable[MakeTarget], folder: str, scope: Scope, depth: int = 0) -> bool:
    """Return whether a recipe of these targets may keep or show logs, or runs a suite that does."""
    return any(text_keeps(text, folder, scope, depth) for text in _recipes(makefile, targets))


def _recipes(makefile: Makefile, targets: Iterable[MakeTarget]) -> Iterator[str]:
    seen: set[tuple[str, int]] = set()
    for one in targets:
        if (one.path, one.line) not in seen:
            seen.add((one.path, one.line))
            yield from (script.text for script in makefile.scripts(one))
