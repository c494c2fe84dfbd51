"""Commands as calls of tools: tool, arguments and environment."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from .expansion import CLOSE, OPEN
from .shell import ShellCommand

_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)\Z", re.S)
_WRAPPERS = frozenset(
    ("sudo", "env", "time", "nice", "nohup", "command", "exec", "builtin", "stdbuf", "dbus-run-session")
)
_VARIABLE = re.compile(rf"(?:\$\{{?|\$\(|{OPEN})([A-Za-z_][A-Za-z0-9_]*)(?:\}}|\)|{CLOSE})?\Z")
_VERSIONED = re.compile(r"-v?[0-9][0-9.]*\Z")
_OPTIONS = re.compile(r"FLAG|OPT|ARG|PARAM|EXTRA", re.I)
_TOOLS = frozenset(("kind", "kubectl", "helm", "docker", "make", "go", "docker-compose", "podman", "nerdctl"))
_PREFIXES = tuple(f"{one}-" for one in sorted(_TOOLS))
_VALUED = {
    "kubectl": frozenset(
        ("-n", "--namespace", "--context", "--kubeconfig", "--cluster", "--user", "-s", "--server", "-f", "--filename")
    )
    | frozenset(("-l", "--selector", "-o", "--output", "-k", "--kustomize", "-c", "--container")),
    "kind": frozenset(
        ("-n", "--name", "--kubeconfig", "--image", "--config", "--wait", "-v", "--verbosity", "--nodes")
    ),
    "helm": frozenset(("-n", "--namespace", "--kube-context", "--kubeconfig", "-f", "--values", "--set")),
    "git": frozenset(("-C", "-c")),
}
_WITH_VALUE = frozenset(("timeout", "gtimeout"))


@dataclass(frozen=True)
class ToolCall:
    """A tool with its arguments; ``env`` are variables set only for it. ``line`` counts as that of the command."""

    tool: str
    args: tuple[str, ...]
    env: Mapping[str, str]
    line: int

    def verb(self, *words: str) -> bool:
        """Return whether the first arguments that are not options are these words."""
        return self.operands[: len(words)] == words

    @cached_property
    def operands(self) -> tuple[str, ...]:
        """The arguments that are neither options nor values of known options."""
        valued, found, skip = _VALUED.get(self.tool, frozenset()), [], False
        for one in self.args:
            if skip:
                skip = False
            elif one in valued:
                skip = True
            elif not one.startswith("-") or one == "-":
                found.append(one)
        return tuple(found)

    @cached_property
    def words(self) -> str:
        """The arguments as one text."""
        return " ".join(self.args)

    def option(self, *names: str) -> str | None:
        """Return the value of an option, ``""`` if it has no value, None if it is not given; the last one counts."""
        given = [self._words[name] for name in names if name in self._words]
        return max(given)[1] if given else None

    @cached_property
    def _words(self) -> dict[str, tuple[int, str]]:
        """Every word that may be an option, with its last place and what would be its value."""
        found: dict[str, tuple[int, str]] = {}
        for at, one in enumerate(self.args):
            found[one] = at, self.args[at + 1] if at + 1 < len(self.args) else ""
            if "=" in one:
                name, _, value = one.partition("=")
                found[name] = at, value
        return found

    @cached_property
    def opaque(self) -> bool:
        """Whether an argument may expand to options that are not known."""
        return any(one in {"$@", "$*"} or "[@]" in one or _is_options(one) for one in self.args)


def call(command: ShellCommand) -> ToolCall:
    """Return the call of a simple command; its tool is ``""`` if the command calls none."""
    env: dict[str, str] = {}
    words: Sequence[str] = command.words
    at = 0
    while at < len(words):
        word = words[at]
        assigned = _ASSIGNMENT.match(word)
        if assigned:
            env[assigned.group(1)] = assigned.group(2)
        elif word in _WITH_VALUE:
            at += 1
            while at < len(words) and words[at].startswith("-"):
                at += 2 if words[at] in {"-k", "-s"} else 1
        elif word not in _WRAPPERS and not (at and word.startswith("-")):
            break
        at += 1
    if at >= len(words):
        return ToolCall("", (), env, command.line)
    tool, args = _name(words[at]), tuple(words[at + 1 :])
    if tool == "go" and args[:1] in {("run",), ("tool",)}:
        for number, one in enumerate(args[1:3], 1):
            if one == "kind" or re.match(r"sigs\.k8s\.io/kind(?:@|\Z)", one):
                return ToolCall("kind", args[number + 1 :], env, command.line)
    return ToolCall(tool, args, env, command.line)


def _name(word: str) -> str:
    variable = _VARIABLE.match(word)
    if variable:
        lowered = variable.group(1).lower().removesuffix("_bin").removesuffix("_cmd").removesuffix("_binary")
        return lowered if lowered in _TOOLS else word
    name = word.rpartition("/")[2]
    if name.startswith(_PREFIXES):
        return _VERSIONED.sub("", name)
    return name.removesuffix(".exe")


def _is_options(word: str) -> bool:
    variable = _VARIABLE.match(word)
    return bool(variable and _OPTIONS.search(variable.group(1)))
