"""Processes that run scaffold: forks of a process that has imported its modules, and has rendered and checked a unit.

Imports, and compiling templates and schemas, take most of a short command, and the tests run thousands of them. What
is kept of that in memory depends on the installation alone. A fork has its own memory, streams and working directory,
and ends as an interpreter does. What is decided when an interpreter starts is not for forks: a run with other variables
that are read then is a new process. scaffold reads its own when it needs them.

Processes of a repository's templates are forks too (``template_forks``), of one that is started as they are.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import pkgutil
import select
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

SECONDS = 120
_ROOT = Path(__file__).resolve().parents[2]
_CHUNK = 1 << 16
_PROGRAM = """\
import json, os, socket, sys
arguments, cwd = [os.fsencode(one).hex() for one in sys.argv[1:]], os.fsencode(os.getcwd()).hex()
request = {{"arguments": arguments, "cwd": cwd, "env": dict(os.environ)}}
with socket.socket(socket.AF_UNIX) as link:
    link.connect({!r})
    socket.send_fds(link, [b"<"], [1, 2])
    link.sendall(json.dumps(request).encode() + b"\\n")
    sys.exit(int(link.makefile().read()))
"""
_SPECS = (
    "template: service\nname: shop\nimage: example/shop\ntag: v1.0.0\nreplicas: 2\n",
    "template: alerting\nname: alerting\n",
    "template: e2e\nname: kubectl-shop\n",
    "template: ci\nname: ci\n",
)
_READ_AT_START = ("PYTHON", "LC_", "LANG", "LD_", "TZ", "MALLOC_", "GLIBC_")
real_templates = False  # whether runs start processes of templates, for tests of how that is done
_ANEW = "import os, sys; os.execv(sys.executable, [sys.executable, '-m', 'generator', *sys.argv[1:]])"


def run_scaffold(arguments: Sequence[str], cwd: Path, env: Mapping[str, str]) -> tuple[int, bytes, bytes]:
    """Run scaffold without a terminal; return its exit code, output and errors. Raises TimeoutExpired."""
    if sys.platform == "linux" and _read_at_start(env) == _read_at_start(_environment()):
        return _forked(arguments, cwd, env)
    command = [sys.executable, "-m", "generator", *arguments]
    done = subprocess.run(
        command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=SECONDS
    )
    return done.returncode, done.stdout, done.stderr


def plain_environment() -> dict[str, str]:
    """Return the environment of this process without what CI, git, a user's terminal and pytest add."""
    added = ("GITHUB_", "GIT_", "NO_COLOR", "PYTEST_CURRENT_TEST")
    return {k: v for k, v in os.environ.items() if not k.startswith(added)}


def _read_at_start(env: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that an interpreter, or the C library, reads when it starts."""
    return {key: value for key, value in env.items() if key.startswith(_READ_AT_START)}


def _forked(arguments: Sequence[str], cwd: Path, env: Mapping[str, str]) -> tuple[int, bytes, bytes]:
    out, its_out = os.pipe()
    err, its_err = os.pipe()
    with socket.socket(socket.AF_UNIX) as link, os.fdopen(out, "rb") as output, os.fdopen(err, "rb") as errors:
        link.connect(_server())
        request = {
            "arguments": [os.fsencode(one).hex() for one in arguments],
            "cwd": os.fsencode(cwd.absolute()).hex(),
            "env": dict(env),
            "real_templates": real_templates,
        }
        socket.send_fds(link, [b"<"], [its_out, its_err])
        link.sendall(json.dumps(request).encode() + b"\n")
        os.close(its_out)
        os.close(its_err)
        streams = {one.fileno(): bytearray() for one in (output, errors, link)}
        with selectors.DefaultSelector() as selector:
            for one in streams:
                selector.register(one, selectors.EVENT_READ)
            end = time.monotonic() + SECONDS
            while selector.get_map():
                ready = selector.select(end - time.monotonic())
                if not ready:
                    raise subprocess.TimeoutExpired(list(arguments), SECONDS)  # the fork is killed when the link closes
                for key, _ in ready:
                    data = os.read(key.fd, _CHUNK)
                    streams[key.fd] += data
                    if not data:
                        selector.unregister(key.fd)
        return int(streams[link.fileno()]), bytes(streams[output.fileno()]), bytes(streams[errors.fileno()])


@cache
def _environment() -> dict[str, str]:
    """Return the environment that the process that forks is started in: that of the first run of this process."""
    return plain_environment()


@cache
def _server() -> str:
    """Start the process that forks, and return the address of its socket. It ends with this process."""
    address = str(Path(tempfile.mkdtemp(prefix="forks-")) / "socket")
    life, _held = os.pipe()  # open until this process ends
    server = subprocess.Popen(
        [sys.executable, "-P", str(Path(__file__)), address, str(life)],
        cwd="/", env=_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, pass_fds=[life],
    )  # fmt: skip
    os.close(life)
    assert server.stdout is not None
    assert server.stdout.readline() == b"ready\n"
    server.stdout.close()
    return address


@cache
def command() -> str:
    """Return a folder with a program ``scaffold`` that asks for a fork, for git and the commands that people type."""
    folder = Path(tempfile.mkdtemp(prefix="scaffold-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    program = folder / "scaffold"
    asks = _PROGRAM.format(_server()) if sys.platform == "linux" else _ANEW
    program.write_text(f"#!{sys.executable} -SI\n{asks}")
    program.chmod(0o755)
    return str(folder)


def compile_texts() -> None:
    """Render a unit of each common template in memory, and check its files: that compiles templates and schemas."""
    from generator import config, render, rules, spec  # noqa: PLC0415 - the server sets its path first
    from generator.template import load_template  # noqa: PLC0415

    settings = config.parse_config("")
    for text in _SPECS:
        read = spec.parse_spec(text, "scaffold.yaml")
        template = load_template(read.template, None, "scaffold.yaml")
        behaviour = template.behaviour
        faults = behaviour.all_faults("unit")
        values = spec.values(read, settings, template.schema, faults, nullable=behaviour.nullable)
        tree = render.render(template, values, "scaffold.yaml", "unit").tree
        files = [one for path in tree if (one := rules.recognise(path, tree[path], tree.__contains__).file)]
        rules.check(files, rules.Scope(tuple(files), settings, tree.__contains__, tree.get))


def serve(address: str, life: int) -> dict[str, Any]:
    """Fork for each request until ``life`` ends; return in a fork, with the request."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen(64)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # no zombies
    gc.collect()
    gc.freeze()
    os.write(1, b"ready\n")
    os.dup2(0, 1)
    while True:
        ready, _, _ = select.select([listener.fileno(), life], [], [])
        if life in ready:
            shutil.rmtree(Path(address).parent, ignore_errors=True)
            os._exit(0)
        link, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            os.close(life)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            return _served(link)
        link.close()


def _served(link: socket.socket) -> dict[str, Any]:
    """Fork once more; return in that process, and send its exit code from this one. Kill it if nobody waits."""
    _, streams, _, _ = socket.recv_fds(link, 1, 3)
    with link.makefile("rb") as file:
        request = json.loads(file.readline())
    pid = os.fork()
    if pid == 0:
        link.close()
        _become(request, streams)
        return request
    for one in streams:
        os.close(one)
    watch = os.pidfd_open(pid)
    ready, _, _ = select.select([watch, link.fileno()], [], [])
    if watch not in ready:
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    link.sendall(str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


def _become(request: Mapping[str, Any], streams: Sequence[int]) -> None:
    """Take over the last of the standard streams, the working directory and the environment of a request."""
    for number, one in enumerate(streams, 3 - len(streams)):
        os.dup2(one, number)
        os.close(one)
    os.chdir(bytes.fromhex(request["cwd"]))
    if "env" in request:
        os.environ.clear()
        os.environ.update(request["env"])


def _be_scaffold(request: Mapping[str, Any]) -> None:
    """Have the arguments and the paths of modules of ``python -m generator``."""
    import generator  # noqa: PLC0415 - the server sets its path first

    arguments = [os.fsdecode(bytes.fromhex(one)) for one in request["arguments"]]
    sys.argv = [str(Path(generator.__file__).with_name("__main__.py")), *arguments]
    sys.path[:0] = [str(Path.cwd())]


def leave(code: object) -> None:
    """End a fork as the interpreter would, but for the modules: to take them apart, it copies all of their memory.

    Return where the interpreter has more to do: wait for threads, or say what cannot be written.
    """
    if not isinstance(code, int) or threading.active_count() > 1:
        return
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        return
    os._exit(code & 0xFF)


if __name__ == "__main__":
    sys.path[:0] = [str(_ROOT)] * (not any(Path(one) == _ROOT for one in sys.path))
    import generator

    for module in pkgutil.walk_packages(generator.__path__, "generator."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    from generator.__main__ import main
    from tests.support import template_forks

    compile_texts()
    templates = template_forks.Loaded()
    assert len(list(Path("/proc/self/task").iterdir())) == 1, "a fork has only one of the threads"
    request = serve(sys.argv[1], int(sys.argv[2]))
    if not request.get("real_templates"):
        template_forks.use(templates)
    _be_scaffold(request)
    try:
        main()
        leave(0)
    except SystemExit as ended:
        leave(ended.code)
        raise
