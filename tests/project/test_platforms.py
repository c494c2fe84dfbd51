"""What a platform may lack: here Linux is made to lack it, so that what stands in is tried where the tests run."""

from __future__ import annotations

import subprocess
import sys

from generator.foreign.limits import MEMORY_EXIT, MEMORY_MIB

UNBOUNDED = """
import resource
wanted = resource.setrlimit
resource.setrlimit = lambda what, limits: None if what == resource.RLIMIT_AS else wanted(what, limits)
from generator.foreign.limits import hold
hold()
print("held", flush=True)
kept = []
for number in range(COUNT):
    kept.append(bytearray(1 << 20))
"""


def unbounded(mebibytes: int) -> tuple[int, str]:
    """Take memory in a held process, on a system that accepts the limit of memory and does nothing, as macOS does."""
    command = [sys.executable, "-c", UNBOUNDED.replace("COUNT", str(mebibytes))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout


def test_memory_is_bounded_where_the_system_does_not() -> None:
    code, out = unbounded(20 * MEMORY_MIB)
    assert (code, out) == (MEMORY_EXIT, "held\n")


def test_memory_that_is_allowed_is_given() -> None:
    assert unbounded(MEMORY_MIB // 4) == (0, "held\n")
