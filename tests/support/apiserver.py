"""What the API server of Kubernetes says of objects, by its own code: ``tests/oracles/kubernetes``, no cluster needed.

One process answers many requests; it is started by the first question and ends with this one. The same source is
linked with each of the newest minor versions; most tests ask the oldest of them.
"""

from __future__ import annotations

import atexit
import json
import subprocess
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

_BIN = Path(__file__).parents[1] / "oracles" / "bin"
PROGRAMS = {"1.35": _BIN / "kubernetes", "1.36": _BIN / "kubernetes-1.36", "1.37": _BIN / "kubernetes-1.37"}
OLDEST, *_, NEWEST = PROGRAMS
PROGRAM = PROGRAMS[OLDEST]
ABSENT = "the Kubernetes oracle is not built: make oracles (needs Go 1.26 or newer)"
SECONDS = 60.0


class OracleError(Exception):
    """The oracle did not answer, or could not read the request; nothing is known of the objects."""


@dataclass(frozen=True)
class Verdict:
    """What is said of one object: ``ok``, ``refused`` with the server's errors, or ``unknown`` for its kind.

    ``failed`` has the checks of the Pod Security Standards that a Pod fails, by level, if the question was for them.
    """

    api_version: str
    object_kind: str
    name: str
    verdict: str
    errors: tuple[str, ...]
    failed: Mapping[str, list[str]] = field(default_factory=dict)


class ApiServer:
    """The oracle's process. Not for use by two threads at once."""

    def __init__(self, program: Path = PROGRAM, seconds: float = SECONDS, crds: Iterable[Path] = ()) -> None:
        """Start the process. ``crds`` are files with CustomResourceDefinitions that every request knows."""
        self._seconds = seconds
        self._asked = 0
        self._process = subprocess.Popen(
            [program, *crds], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=1 << 16
        )

    def ask(self, text: str, crds: Iterable[str] = (), pod_security: str = "") -> list[Verdict]:
        """Return what is said of each object of a YAML text; lists are told item by item.

        ``crds`` are texts with the CustomResourceDefinitions that custom resources are checked by; those in the text
        itself are known too. ``pod_security`` is the version of the standards, ``latest`` or ``v1.35``, that Pods are
        checked by. Raises OracleError where there is no answer.
        """
        self._asked += 1
        asked = {"id": self._asked, "yaml": text, "crds": list(crds), "podSecurity": pod_security}
        return [
            Verdict(
                one["apiVersion"], one["kind"], one["name"], one["verdict"], tuple(one["errors"]), one.get("failed", {})
            )
            for one in self._exchange(asked)
        ]

    def stored(self, text: str) -> list[dict[str, Any] | None]:
        """Return each object of a YAML text with the server's defaults; None for one that is refused or unknown."""
        self._asked += 1
        told = self._exchange({"id": self._asked, "yaml": text, "crds": [], "defaulted": True})
        return [one.get("object") for one in told]

    def _exchange(self, request: dict[str, Any]) -> list[dict[str, Any]]:
        entrance, exit_ = self._process.stdin, self._process.stdout
        assert entrance is not None
        assert exit_ is not None
        patience = threading.Timer(self._seconds, self._process.kill)
        patience.start()
        try:
            entrance.write(json.dumps(request).encode() + b"\n")
            entrance.flush()
            line = exit_.readline()
        except BrokenPipeError:
            line = b""
        finally:
            patience.cancel()
        if not line.endswith(b"\n"):
            self._process.kill()
            raise OracleError(f"the oracle ended, or did not answer within {self._seconds:g} seconds")
        answer: dict[str, Any] = json.loads(line)
        if answer.get("error") or answer["id"] != request["id"]:
            raise OracleError(answer.get("error") or "the answer is to another question")
        documents: list[dict[str, Any]] = answer["documents"]
        return documents

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()


@cache
def api_server(version: str = OLDEST) -> ApiServer:
    """Return the one oracle of this process for a minor version. Raises OracleError where it is not built."""
    if not PROGRAMS[version].is_file():
        raise OracleError(ABSENT)
    made = ApiServer(PROGRAMS[version])
    atexit.register(made.close)
    return made


def faults(text: str, crds: Iterable[str] = ()) -> list[str]:
    """Return what keeps a text from being valid objects, unknown kinds too; nothing where all of it is valid."""
    told = api_server().ask(text, crds)
    found = [f"{one.object_kind} {one.name}: {fault}" for one in told for fault in one.errors]
    found += [f"{one.api_version} {one.object_kind}: unknown" for one in told if one.verdict == "unknown"]
    return found or ([] if told else ["no object"])
