"""What a service of a Compose file runs: command, user, folder, number of pods and resources.

Format: https://github.com/compose-spec/compose-spec, Services and Deploy.
"""

from __future__ import annotations

import shlex
from typing import Any

from ....assets import schema_text
from ....quantity import quantity
from ....schema import defaults
from ....yaml import Node, get, key_of, pairs_at
from .compose_amounts import cpus, memory, seconds
from .compose_file import ComposeService
from .compose_taking import ComposeTaking
from .compose_variables import kept_literal
from .secret_signs import has_secret

_MAX_USER, _MAX_PODS = 2_147_483_647, 1000


def take_command(one: ComposeService, taking: ComposeTaking) -> None:
    """Take entrypoint and command over, as command and args of the container."""
    for key, field in (("entrypoint", "command"), ("command", "args")):
        node = one.get(key)
        if node is None:
            continue
        words = _words(node, key, taking)
        if words == []:
            taking.left_out(node, key, "it is empty, and a container cannot clear that of its image")
        elif words is not None and has_secret(" ".join(words)):
            taking.left_out(node, key, f"it has what looks like a secret; write container.{field} with $(VARIABLE)")
        elif words is not None:
            taking.take(("container", field), [kept_literal(each) for each in words], node)


def take_identity(one: ComposeService, taking: ComposeTaking) -> None:
    """Take user, working folder, the root file system and the time to stop over."""
    user = one.get("user")
    text = taking.text(user)
    if user is not None and text is not None:
        _take_user(user, text, taking)
    folder = one.get("working_dir")
    if folder is not None and (path := taking.text(folder)) is not None:
        taking.take(("container", "workingDir"), path, folder)
    for key in ("read_only", "stdin_open", "tty"):
        node = one.get(key)
        if node is not None and node.shape == "scalar" and taking.truth(node) is None:
            taking.left_out(node, key, "it is neither true nor false")
    root = one.get("read_only")
    if root is not None and (is_read_only := taking.truth(root)) is not None:
        taking.take(("container", "securityContext"), {"readOnlyRootFilesystem": is_read_only}, root)
    for key in ("tty", "stdin_open"):
        node = one.get(key)
        if node is not None and taking.truth(node):
            taking.take(("container", "tty" if key == "tty" else "stdin"), True, node)
    grace = one.get("stop_grace_period")
    if grace is not None and (period := taking.text(grace)) is not None:
        if (time := seconds(period)) is None:
            taking.left_out(grace, "stop_grace_period", f"{period} is not a time")
        else:
            taking.take(("pod", "spec", "terminationGracePeriodSeconds"), time, grace)


def pod_count(one: ComposeService, taking: ComposeTaking) -> int:
    """Return the number of pods, taken over if the file says it."""
    found = 1
    for node in (one.get("scale"), get(one.get("deploy"), "replicas")):
        if node is None or node.tag == "null":
            continue
        count = taking.number(node)
        if count is None or count > _MAX_PODS:
            taking.left_out(node, "replicas", f"it is no number up to {_MAX_PODS}")
            continue
        found = count
        if any(each.where == ("replicas",) for each in taking.values):
            taking.left_out(one.get("scale") or node, "scale", "deploy.replicas says it")
        taking.values[:] = [each for each in taking.values if each.where != ("replicas",)]
        taking.take(("replicas",), count, node)
    return found


def take_resources(one: ComposeService, taking: ComposeTaking) -> None:
    """Take the limits and reservations of CPU and memory over; a request that is above its limit is left out."""
    for what, convert in (("cpu", cpus), ("memory", memory)):
        limit, request = (_amount(one, side, what, convert, taking) for side in ("limits", "reservations"))
        usual = defaults(schema_text("service"))["resources"]
        if limit and request and _above(request[1], limit[1]):
            taking.left_out(request[0], f"the reservation of {what}", f"{request[1]} is above the limit {limit[1]}")
            request = limit
        elif limit and not request and _above(usual["requests"][what], limit[1]):
            request = limit
        if request:
            taking.take(("resources", "requests", what), request[1], request[0])
        if limit:
            taking.take(("resources", "limits", what), limit[1], limit[0])
        elif request and _above(request[1], usual["limits"].get(what) or request[1]):
            taking.take(("resources", "limits", what), None, request[0])


def _amount(one: ComposeService, side: str, what: str, convert: Any, taking: ComposeTaking) -> tuple[Node, str] | None:
    short = {"cpu": "cpus", "memory": "memory"}[what]
    older = {
        ("limits", "cpu"): "cpus",
        ("limits", "memory"): "mem_limit",
        ("reservations", "memory"): "mem_reservation",
    }
    old = one.get(older.get((side, what), ""))
    node = get(one.get("deploy"), "resources", side, short) or old
    if old is not None and node is not old:
        taking.left_out(old, older[side, what], "deploy.resources says it")
    text = taking.text(node)
    if node is None or text is None:
        return None
    if text == "0":
        return None  # no limit
    amount = convert(text)
    if amount is None:
        taking.left_out(node, f"{side} of {what}", f"{text} is not an amount")
    return (node, amount) if amount else None


def _above(low: str, high: str) -> bool:
    return (quantity(low) or 0) > (quantity(high) or 0)


def tell_deploy(one: ComposeService, taking: ComposeTaking) -> None:
    """Tell what is left out of the keys of ``deploy``."""
    deploy = one.get("deploy")
    for key, value in deploy.pairs if deploy is not None else ():
        if key.text not in {"replicas", "resources"} and not key.text.startswith("x-"):
            reason = "pods are spread over nodes as the cluster decides" if key.text == "placement" else ""
            if key.text == "mode" and value.text == "replicated":
                continue
            taking.left_out(key, f"deploy.{key.text}", reason or "a Deployment has its own way")
    for side in ("limits", "reservations"):
        for key, _ in pairs_at(deploy, "resources", side):
            if key.text not in {"cpus", "memory"}:
                taking.left_out(key, f"{side} of {key.text}", "write it in container.resources if nodes have it")


def take_build(one: ComposeService, taking: ComposeTaking) -> None:
    """Take the folder with the Dockerfile over, relative to the file."""
    node = one.get("build")
    if node is None:
        return
    context = taking.text(node if node.shape == "scalar" else get(node, "context"))
    others = [key for key, value in node.pairs if key.text in {"dockerfile", "dockerfile_inline"}
              and value.text not in {"Dockerfile", "./Dockerfile"}]  # fmt: skip
    remote = context is not None and ("://" in context or context.startswith(("git@", "github.com/")))
    if others or remote:
        what = f"build.{others[0].text}" if others else "build"
        taking.left_out(others[0] if others else node, what, "only a folder with a Dockerfile is built")
        for key in (one for one, _ in node.pairs if one not in others[:1] and not one.text.startswith("x-")):
            taking.left_out(key, f"build.{key.text}", "nothing is built")
        return
    for key, _ in node.pairs:
        if key.text not in {"context", "dockerfile", "dockerfile_inline"} and not key.text.startswith("x-"):
            taking.left_out(key, f"build.{key.text}", "the image is built without it")
    if context is not None or node.shape == "map":
        taking.take(("build",), context or ".", key_of(node, "context") or node)


def _words(node: Node, key: str, taking: ComposeTaking) -> list[str] | None:
    """Return the words of a command, None if there is no saying; text is split as Compose does, not run by a shell."""
    if node.shape == "list":
        words = [taking.text(item) for item in node.items]
        return [each for each in words if each is not None] if None not in words else None
    text = taking.text(node)
    try:
        return None if text is None else shlex.split(text)
    except ValueError:
        taking.left_out(node, key, "its quotes are not closed")
        return None


def _take_user(node: Node, text: str, taking: ComposeTaking) -> None:
    user, _, group = text.partition(":")
    numbers = [int(each) if each.isascii() and each.isdecimal() and len(each) < 11 else None for each in (user, group)]
    if numbers[0] is None or numbers[0] > _MAX_USER:
        reason = "a pod has the number of a user; write user: …"
        reason = reason if numbers[0] is None and not user.isdecimal() else f"the numbers of users end at {_MAX_USER}"
        taking.left_out(node, f"the user {text}", reason)
        return
    if numbers[0] == 0:
        taking.left_out(node, "the user 0", "pods run as another user than root; see pod_security")
        return
    taking.take(("user",), numbers[0], node)
    if group and group != user:
        if numbers[1] is None or numbers[1] > _MAX_USER:
            taking.left_out(node, f"the group {group}", "a pod has the number of a group")
        else:
            taking.take(("pod", "spec", "securityContext", "runAsGroup"), numbers[1], node)
