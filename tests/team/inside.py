"""Runs scaffold in the process of the tests, for months of many short commands: a fork costs more than such a command.

What functions remember is forgotten before each run, as a process of its own would not have it; but not what follows
from the texts of templates and schemas alone, and from scaffold's own files. The process of a repository's templates,
which gets their texts anew from each run, is used again.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import os
import pkgutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, TextIO

import generator
from generator import cli, foreign
from generator.foreign.process import Process

from ..conftest import Repo

# Modules whose functions remember nothing of a repository but texts.
PURE = {f"generator.{name}" for name in ("assets", "behaviour", "render", "schema")}
_SPARE: list[Process] = []


class _Reused(Process):
    """A process of templates that waits for the next run, unless it has failed."""

    def end(self) -> None:
        if self._popen.poll() is None and not self.failed:
            _SPARE.append(self)
        else:
            super().end()

    def ask(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        self.failed = True
        answer = super().ask(request)
        self.failed = False
        return answer

    failed = False


class InsideRepo(Repo):
    """A repository that scaffold is run in by this process."""

    def streams(self, arguments: Sequence[str], cwd: Path, env: Mapping[str, str]) -> tuple[int, bytes, bytes]:
        for one in _caches():
            one.cache_clear()
        with _surroundings(cwd, env) as (out, err):
            try:
                code = cli.run(arguments)
            except SystemExit as error:
                code = error.code if isinstance(error.code, int) else 1
            for one in (out, err):
                one.flush()
                one.seek(0)
            return code, out.buffer.read(), err.buffer.read()


@contextlib.contextmanager
def _surroundings(cwd: Path, env: Mapping[str, str]) -> Iterator[tuple[TextIO, TextIO]]:
    """Let this process have the environment, the working directory and the streams of a command."""
    kept = dict(os.environ), Path.cwd(), sys.stdin, sys.stdout, sys.stderr, sys.unraisablehook
    started = foreign.Process
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err, Path(os.devnull).open() as nothing:
        try:
            os.chdir(cwd)
            os.environ.clear()
            os.environ.update(env)
            sys.stdin, sys.stdout, sys.stderr = nothing, out, err
            foreign.Process = lambda: _SPARE.pop() if _SPARE else _Reused()  # type: ignore[misc, assignment]
            yield out, err
        finally:
            foreign.Process = started  # type: ignore[misc]
            before, place, sys.stdin, sys.stdout, sys.stderr, sys.unraisablehook = kept
            os.environ.clear()
            os.environ.update(before)
            os.chdir(place)


@functools.cache
def _caches() -> list[Any]:
    """Return the functions whose memory is forgotten."""
    for module in pkgutil.walk_packages(generator.__path__, "generator."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
    found = [one for one in gc.get_objects() if isinstance(one, functools._lru_cache_wrapper)]
    return [one for one in found if f"{one.__module__}.".startswith("generator.") and one.__module__ not in PURE]
