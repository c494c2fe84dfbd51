"""Runs the real command line in a forked child with limits: thousands of runs a minute, each as in a new process."""

from __future__ import annotations

import importlib
import os
import pkgutil
import re
import resource
import signal
import sys
import tempfile
import traceback
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ..support import template_forks

CPU_SECONDS = 5.0
WALL_SECONDS = 60.0
MOST_BYTES = 400 * 2**20  # beside what is inherited: the product, loaded, about 60 MiB
_RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f\x80-\x9f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class Ended:
    """How a run ended: its exit code, or why it was stopped, and what it printed."""

    code: int
    stopped: str
    out: str
    err: str
    peak: int  # bytes of memory beside those that it had when it began (on Linux; else all)

    @property
    def fault(self) -> str:
        """What no input may cause, or ``""``."""
        if self.stopped:
            return self.stopped
        if self.code not in {0, 1, 2}:
            return f"exit {self.code}"
        if "Traceback" in self.err or "has a bug" in self.err:
            return "a traceback"
        if _RAW.search(self.out) or _RAW.search(self.err):
            return "a raw control character"
        return f"{self.peak >> 20} MiB" if self.peak > MOST_BYTES else ""


def load() -> None:
    """Import all of the product, so that no child has to."""
    import generator  # noqa: PLC0415

    for one in pkgutil.walk_packages(generator.__path__, "generator."):
        if not one.name.endswith("__main__"):
            importlib.import_module(one.name)
    _templates()
    for name in (
        "cookiecutter.environment",
        "jinja2.sandbox",
        "jsonschema",
        "jsonschema_rs",
        "referencing",
        "packaging.specifiers",
    ):
        importlib.import_module(name)


@cache
def _templates() -> template_forks.Loaded:
    return template_forks.Loaded()


def run(root: Path, *arguments: str) -> Ended:
    """Run scaffold below ``root``. ``load`` was called before."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        told, tells = os.pipe()
        child = os.fork()
        if child == 0:
            os.write(tells, str(_memory(1)).encode())
            _in_child(root, arguments, out.fileno(), err.fileno())
        _, status, usage = os.wait4(child, 0)
        # A process of a test run has what its tests left: hundreds of MiB after some thousand.
        inherited = int(os.read(told, 20))
        os.close(told)
        os.close(tells)
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode("utf-8", "replace"))
    number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    stopped = {0: "", signal.SIGPROF: f"ran for {CPU_SECONDS:.0f} s", signal.SIGALRM: "waits"}.get(
        number, f"signal {number}"
    )
    code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else -1
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return Ended(code, stopped, texts[0], texts[1], max(0, peak - inherited))


def _memory(field: int) -> int:
    """Return the bytes of this process' address space (0) or of its resident memory (1); 0 where /proc is not there."""
    if sys.platform != "linux":
        return 0
    return int(Path("/proc/self/statm").read_text().split()[field]) * resource.getpagesize()


def _in_child(root: Path, arguments: tuple[str, ...], out: int, err: int) -> None:
    code = 70
    try:
        for name, timer, seconds in (
            (signal.SIGPROF, signal.ITIMER_PROF, CPU_SECONDS),
            (signal.SIGALRM, signal.ITIMER_REAL, WALL_SECONDS),
        ):
            signal.signal(name, signal.SIG_DFL)
            signal.setitimer(timer, seconds)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        if now := _memory(0):
            resource.setrlimit(resource.RLIMIT_AS, (now + 1000 * 2**20, resource.RLIM_INFINITY))
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(out, 1)
        os.dup2(err, 2)
        sys.stdin, sys.stdout, sys.stderr = (os.fdopen(number, mode) for number, mode in ((0, "r"), (1, "w"), (2, "w")))
        for name in [one for one in os.environ if one.startswith(("GITHUB_", "GIT_"))]:
            del os.environ[name]
        os.chdir(root)
        sys.argv = ["scaffold", *arguments]
        template_forks.use(_templates())
        from generator.cli.app import run_command  # noqa: PLC0415

        code = run_command(list(arguments))
        sys.stdout.flush()
        sys.stderr.flush()
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 1
    except BaseException:
        os.write(2, traceback.format_exc().encode("utf-8", "backslashreplace"))
    finally:
        os._exit(code)
