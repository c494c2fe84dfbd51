"""Runs scaffold with one fault each, in forks of one process that has loaded it: thousands of runs are cheap that way.

Started with faults.c preloaded. Every line of stdin is a job in JSON; the answer is a line with the exit code, or
"hang". The fault is in the C library that Python calls. Of scaffold only the
start of the process of templates is replaced, by a fork: the calls about the repository stay the same.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import os
import pkgutil
import signal
import sys
import time
import traceback
from typing import Any

import generator

from ..support import template_forks
from ..support.forks import compile_texts

SECONDS = 20


def child(library: Any, job: dict[str, Any], templates: template_forks.Loaded) -> int:
    os.chdir(job["root"])
    null = os.open(os.devnull, os.O_RDONLY)
    how = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    out, err = (os.open(job[one], how, 0o600) for one in ("out", "err"))
    for number, source in enumerate((null, out, err)):
        os.dup2(source, number)
    if job.get("log"):
        library.fault_log(os.open(job["log"], how, 0o600))
    template_forks.use(templates)
    library.fault_without(job["without"].encode())
    library.fault_arm(job["folders"].encode(), job["function"].encode(), job["number"], job["errno"], job["mode"])
    run = importlib.import_module("generator.cli").run
    try:
        return run(job["arguments"])
    except BaseException:
        library.fault_arm(b"", b"", 0, 0, 0)
        traceback.print_exc()
        return 99


def main() -> None:
    library = ctypes.CDLL(sys.argv[1])
    library.fault_arm.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_long, ctypes.c_int, ctypes.c_int]
    for module in pkgutil.walk_packages(generator.__path__, "generator."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    compile_texts()
    templates = template_forks.Loaded()
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        job = json.loads(line)
        pid = os.fork()
        if pid == 0:
            os.setpgid(0, 0)
            os._exit(child(library, job, templates) & 0xFF)
        end = time.monotonic() + SECONDS
        while True:
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                print(os.waitstatus_to_exitcode(status), flush=True)
                break
            if time.monotonic() > end:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
                print("hang", flush=True)
                break
            time.sleep(0.002)


if __name__ == "__main__":
    main()
