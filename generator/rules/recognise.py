"""Detect the family of a file by content and path, or the reason why no rule reads it. Pure."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ..alertmanager.chart_values import family_of
from ..alertmanager.decoding import ALERTMANAGER
from ..errors import Invalid, Problem, TooLarge
from ..tree import SPEC_NAME
from ..yaml import GO_MAPS, KUBERNETES, OWN_KEYS_WIN, Node, Reader, expand, get, items_at, parse, text_at, walk_nodes
from .readers.flux2_groups import KUSTOMIZE_GROUP
from .readers.kustomization_keys import is_kustomization_name, known_keys
from .readers.prometheus_rules import has_rules_of_others
from .rule import Family, File
from .unrendered import (
    QUOTE,
    UNRENDERED,
    has_directive,
    is_filled_by_jinja,
    is_of_ytt,
    is_unrendered,
    may_be_unrendered,
    quoting_hint,
    unquoted,
)

# Conflict markers of git (git-merge, "How conflicts are presented").
_MARKER = re.compile(r"^(?:<{7}|>{7}|\|{7})(?: .*)?\r?$", re.MULTILINE)
_ENCRYPTED = "\0GITCRYPT\0"  # https://github.com/AGWA/git-crypt, commands.cpp
_SURELY_YAML = re.compile(r"\.ya?ml\Z")
_OBJECT = re.compile(r"^[\"']?(?:apiVersion|kind)[\"']?\s*:", re.MULTILINE)
_WORKFLOW = re.compile(r"(?:^|/)\.github/workflows/[^/]+\.ya?ml\Z")
_ACTION = re.compile(r"(?:^|/)action\.ya?ml\Z")
# Forgejo and Gitea have Actions of their own, with other events, keys and limits (https://forgejo.org/docs/latest/user/actions/).
_OF_OTHERS = re.compile(r"(?:^|/)\.(?:forgejo|gitea)/")
_MAKEFILE = re.compile(r"(?:^|/)(?:GNUm|M|m)akefile\Z|\.mk\Z")
# .kind and .manifest: YAML that Flux v1 must not read.
_YAML = re.compile(r"\.(?:ya?ml|json|kind|manifest)\Z")
_USES_KIND = re.compile(
    r"(?:\bkind|\$[({](?>[A-Za-z_]*?(?:KIND|kind))[A-Za-z_]*+[)}])(?:[ \t]|\\\n)+"
    r"(?:create|delete|load|get|export|build)\b"
    r"|\bkindest/node\b"
)
_KUBECTL = re.compile(r"\bkubectl\b")
_MAX_MARKERS = 1_000  # reported per file
_READERS: dict[Family, Reader] = {
    "kubernetes": KUBERNETES,
    "kustomization": GO_MAPS,
    "values": GO_MAPS,
    "alertmanager": ALERTMANAGER,
}
# The keys at the top of JSON that may belong to a family, by ``_family``; values of Helm are never JSON.
_JSON_KEYS = (
    *map(frozenset, (("apiVersion", "kind"), ("on", "jobs"), ("route", "receivers"))),
    *map(frozenset, (("runs",), ("groups",), ("scrape_configs",))),
)
_ALERTING = ("alertmanager", "values")
_GROUPS: dict[str, Family] = {"kind.x-k8s.io": "kind", "kustomize.config.k8s.io": "kustomization"}


@dataclass(frozen=True)
class Recognised:
    """A file that rules can read, the problems that prevent reading it, or the reason for skipping it, which is
    ``is_template`` if it is one of YAML.
    """

    file: File | None = None
    problems: tuple[Problem, ...] = ()
    reason: str = ""
    is_template: bool = False


def is_candidate(path: str) -> bool:
    """Return whether a file may belong to a family, by its path alone."""
    return bool(_YAML.search(path) or _MAKEFILE.search(path) or is_kustomization_name(path))


def recognise(
    path: str, text: str, exists: Callable[[str], bool] = lambda _path: False, *, named: bool = False
) -> Recognised:
    """Return what the file at ``path`` is. ``named`` marks a file that the user named, or one of a unit: if it is too
    broken to be recognised by content, it is read as what its path suggests.
    """
    if not is_candidate(path):
        return Recognised(reason="has a type that is not checked")
    if text.startswith(_ENCRYPTED):
        return Recognised(reason="is encrypted by git-crypt")
    if markers := conflict_markers(path, text):
        return Recognised(problems=markers)
    if _MAKEFILE.search(path):
        found = _USES_KIND.search(text) or (_KUBECTL.search(text) and "kubeconfig" in text.lower())
        return Recognised(File(path, text, "makefile")) if found else Recognised(reason="does not use kind")
    if in_chart_templates(path, exists):
        return Recognised(reason="is a Helm chart template", is_template=True)
    if not named and _is_other_json(path, text):
        return Recognised(reason="has a type that is not checked")
    try:
        parsed = parse(text, path, several_merges=True, json=_is_json(text))
        documents = expand(parsed, path)
    except Invalid as error:
        return _unread(path, text, error, named=named)
    if path.endswith((".yaml", ".yml")) and is_of_ytt(text):
        return Recognised(reason=UNRENDERED, is_template=True)
    family = _family(path, documents)
    if (unread := _with_directives(path, text, family, documents)) is not None:
        return unread
    if family is None:
        return Recognised(reason="has a type that is not checked")
    if reason := _of_others(path, family, documents):
        return Recognised(reason=reason)
    return _read_as(family, path, text, parsed, documents)


def _of_others(path: str, family: Family, documents: tuple[Node, ...]) -> str:
    """Return why a file is for a program that no rule knows, ``""`` if it is not."""
    if family == "prometheus" and has_rules_of_others(documents[0]):
        return "has rules of Loki, Mimir, vmalert or Grafana"
    if family in {"workflow", "action"} and _OF_OTHERS.search(path):
        return "is for Forgejo or Gitea, whose Actions differ from GitHub's"
    return ""


def _with_directives(path: str, text: str, family: Family | None, documents: tuple[Node, ...]) -> Recognised | None:
    """Return what a text is that is valid YAML only by chance: a template, or without quotes; None if it is neither."""
    nodes = [one for document in documents for one in walk_nodes(document)] if may_be_unrendered(text) else []
    bare = unquoted(nodes, text)
    if bare is None or (family in _ALERTING and is_filled_by_jinja(nodes)):
        return Recognised(reason=UNRENDERED, is_template=True)
    return Recognised(problems=_without_quotes(path, bare)) if bare else None


def _read_as(family: Family, path: str, text: str, parsed: tuple[Node, ...], documents: tuple[Node, ...]) -> Recognised:
    """Return a file as the program that reads this family reads it."""
    try:
        if _is_json(text) and family != "kubernetes":
            parse(text, path, several_merges=True)  # only Kubernetes has a decoder of JSON
        if documents is not parsed:
            documents = expand(parsed, path, _READERS.get(family, OWN_KEYS_WIN))
    except Invalid as error:
        return Recognised(problems=_of_rules(error))
    if family == "kustomization":
        documents = tuple(map(known_keys, documents))
    return Recognised(File(path, text, family, documents))


def _is_json(text: str) -> bool:
    """Return whether Kubernetes tries to read a text as JSON (apimachinery's ``GuessJSONStream``)."""
    return text.lstrip(" \t\r\n").startswith("{")


def recognise_rule_file(path: str, text: str) -> Recognised:
    """Return a file that a configuration of Prometheus names as a rule file, whatever it is called or contains."""
    if markers := conflict_markers(path, text):
        return Recognised(problems=markers)
    try:
        parsed = parse(text, path, several_merges=True)
    except Invalid as error:
        return _unread(path, text, error, named=True)
    return _read_as("prometheus", path, text, parsed, ())


def conflict_markers(path: str, text: str) -> tuple[Problem, ...]:
    """Return a problem for each unresolved conflict of git in a text."""
    if "<<<<<<<" not in text and ">>>>>>>" not in text:
        return ()
    lines, line, at = [], 1, 0
    for one in _MARKER.finditer(text):
        line, at = line + text.count("\n", at, one.start()), one.start()
        lines.append((line, one.group()[0]))
    starts = [line for line, sign in lines if sign == "<"]
    ends = [line for line, sign in lines if sign == ">"]
    if not (starts or ends) or not (len(lines) > 1 or re.search(r"^={7}\r?$", text, re.MULTILINE)):
        return ()
    hint = "resolve the conflict, and remove the lines that start with <<<<<<<, ||||||| , ======= and >>>>>>>"
    return tuple(
        Problem(path, line, 1, "unresolved merge conflict", hint, "GIT001")
        for line in starts[:_MAX_MARKERS] or ends[:1]
    )


def in_chart_templates(path: str, exists: Callable[[str], bool]) -> bool:
    """Return whether a file is in ``templates/`` of a Helm chart (https://helm.sh/docs/topics/charts/)."""
    parts = path.split("/")[:-1]
    return any(
        part == "templates" and exists("/".join([*parts[:number], "Chart.yaml"])) for number, part in enumerate(parts)
    )


def _is_other_json(path: str, text: str) -> bool:
    """Return whether a text is JSON of no family, by the keys that each family has at the top.

    Repositories have large schemas and data in JSON, which the parser of JSON reads 50 times as fast as that of YAML.
    """
    if not path.endswith(".json") or has_directive(text) or _seems_known(path, text):
        return False
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return False
    keys = data.keys() if isinstance(data, dict) else frozenset()
    return not any(signs <= keys for signs in _JSON_KEYS)


def _unread(path: str, text: str, error: Invalid, *, named: bool) -> Recognised:
    """Return what a text that is not valid YAML is: a template of YAML, or broken, or of no known type."""
    broken = _SURELY_YAML.search(path) and not isinstance(error, TooLarge)
    if not named and not broken and not _seems_known(path, text):
        return Recognised(reason="cannot be read and has an unknown type")
    line = error.problems[0].line
    if is_unrendered(text, line):
        return Recognised(reason=UNRENDERED, is_template=True)
    hint = quoting_hint(text, line)
    return Recognised(problems=tuple(replace(one, hint=hint or one.hint) for one in _of_rules(error)))


def _without_quotes(path: str, nodes: Sequence[Node]) -> tuple[Problem, ...]:
    message = "a template of a notification is not in quotes: YAML reads {{ }} as a map"
    return tuple(Problem(path, one.line, one.column, message, QUOTE, "YAML001") for one in nodes[:_MAX_MARKERS])


def _of_rules(error: Invalid) -> tuple[Problem, ...]:
    """Return the problems of a text with the rules that report them."""
    code = {True: "YAML002", False: "YAML001"}
    return tuple(replace(one, rule=one.rule or code[one.code == "duplicate-key"]) for one in error.problems)


def _seems_known(path: str, text: str) -> bool:
    by_place = _WORKFLOW.search(path) or _ACTION.search(path) or is_kustomization_name(path)
    return bool(by_place or len({one.strip("\"': ") for one in _OBJECT.findall(text)}) == 2)


def _family(path: str, documents: tuple[Node, ...]) -> Family | None:
    if is_kustomization_name(path):
        is_of_flux = any(text_at(one, "apiVersion").startswith(f"{KUSTOMIZE_GROUP}/") for one in documents)
        return "kubernetes" if is_of_flux else "kustomization"
    maps = [one for one in documents if one.shape == "map"]
    for document in maps:
        api, name = get(document, "apiVersion"), get(document, "kind")
        if api is not None and name is not None and api.shape == name.shape == "scalar" and api.text and name.text:
            return _GROUPS.get(api.text.partition("/")[0], "kubernetes")
    if not maps:
        return "workflow" if _WORKFLOW.search(path) else None
    first = maps[0]
    if _WORKFLOW.search(path) or _is_workflow(first):
        return "workflow"
    if text_at(first, "runs", "using") or (_ACTION.search(path) and get(first, "runs")):
        return "action"
    if posixpath.basename(path) == SPEC_NAME and text_at(first, "template"):
        return None  # outside of a root, where the template is not known
    family = family_of(first) or ("prometheus" if _is_prometheus(first) else None)
    return None if family == "values" and path.endswith(".json") else family


def _is_prometheus(node: Node) -> bool:
    """Return whether a document is a rule file or the configuration of Prometheus."""
    keys = {key.text for key, _ in node.pairs}
    if keys == {"groups"}:
        return any(get(one, "rules") is not None and get(one, "name") is not None for one in items_at(node, "groups"))
    return "scrape_configs" in keys and bool({"global", "rule_files", "alerting"} & keys)


def _is_workflow(node: Node) -> bool:
    jobs = get(node, "jobs")
    if get(node, "on") is None or jobs is None or jobs.shape != "map":
        return False
    return any(get(job, "runs-on") or get(job, "uses") or get(job, "steps") for _, job in jobs.pairs)
