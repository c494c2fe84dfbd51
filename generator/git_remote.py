"""Read the files of a folder at a commit of another repository, without a checkout.

The repository is fetched into a bare one in a temporary folder: no hooks, filters, submodules or attributes apply, and
nothing of it is executed. Size, number of files and time are bounded. The user's own settings for ssh, proxies and
credentials hold, as for ``git fetch``; nothing is asked.
"""

from __future__ import annotations

import os
import re
import resource
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from . import disk
from .errors import Invalid, invalid
from .git_address import GitAddress
from .nearest import suggestion
from .tree import decode

MAX_REPOSITORY_BYTES = 256 * 1024 * 1024
FETCH_SECONDS = 120.0
_MAX_REPOSITORY_FILES = 50_000
_MAX_REFS_BYTES = 8 * 1024 * 1024
_MAX_LIST_BYTES = 1024 * 1024
_LOOK_SECONDS = 0.1
_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_SHORT = re.compile(r"[0-9a-f]{7,63}")
_SETTINGS = (
    "core.askPass=",
    "core.bigFileThreshold=1m",  # larger files are never held in memory
    "core.hooksPath=/dev/null",
    "fetch.unpackLimit=1",  # one pack, whose size the system limits
    "gc.auto=0",
    "http.followRedirects=initial",  # also: no alternates of a server
    "maintenance.auto=false",
    "pack.threads=1",
    "protocol.allow=never",
    "submodule.recurse=false",
    "transfer.unpackLimit=1",
)
# Of the variables of git, those that say how to reach a server; others select a repository or its files.
_KEPT = re.compile(r"GIT_(?:SSH|SSL_|PROXY|CONFIG_(?:GLOBAL|SYSTEM|NOSYSTEM|COUNT|KEY_|VALUE_)|HTTP_)")


@dataclass(frozen=True)
class RemoteEntry:
    """A file of a folder at a commit: its path there, git's mode as text, and its size; the content has an id."""

    path: str
    mode: str
    size: int
    blob: str


@dataclass(frozen=True)
class FetchedCommit:
    """A commit of a fetched repository: its full SHA, and the tag that named it, ``""`` if none did."""

    commit: str
    tag: str
    repository: _Repository

    def entries(self, path: str) -> list[RemoteEntry]:
        """Return the files of a folder, ``""`` for the top. Raises Invalid if there is none, or too many files."""
        return self.repository.entries(self.commit, path)

    def contents(self, entries: Sequence[RemoteEntry]) -> list[bytes]:
        """Return the contents of files, without any conversion. Their sizes must be bounded. Raises Invalid."""
        return self.repository.contents(entries)

    def folders_with(self, name: str) -> list[str]:
        """Return the folders that have a file with this name."""
        return self.repository.folders_with(self.commit, name)


@contextmanager
def fetched(address: GitAddress, pin: str) -> Iterator[FetchedCommit]:
    """Fetch the commit that a SHA or tag names; the result is usable until the context ends.

    Raises Invalid, at ``URL`` or ``COMMIT``, if git fails, for a limit, for a branch, and for a commit that is unknown
    or not in the history of a branch or tag: a server may have commits of other people's copies.
    """
    with tempfile.TemporaryDirectory(prefix="scaffold-") as folder:
        found = _Repository(Path(folder), address, time.monotonic() + FETCH_SECONDS)
        refs = found.refs()
        tag, ref = _ref_of(pin, refs)
        found.create(sha256=any(len(one) == 64 for one in refs.values()))
        if ref:
            found.fetch(f"+{ref}:refs/found/pin", shallow=True)
            commit = found.resolve("refs/found/pin", pin)
        else:
            found.fetch("+refs/heads/*:refs/found/heads/*", "+refs/tags/*:refs/found/tags/*")
            commit = found.resolve(pin, pin)
            if not found.run("for-each-ref", "--count=1", "--contains", commit, "refs/found", limit=_MAX_LIST_BYTES):
                message = f"{pin} is not in the history of a branch or tag of {address.shown}"
                raise invalid("COMMIT", message, "name a commit that was merged, or a tag")
        yield FetchedCommit(commit, tag, found)


def _ref_of(pin: str, refs: Mapping[str, str]) -> tuple[str, str]:
    """Return the tag that a pin names, and the ref to fetch alone; both may be ``""``. Raises Invalid for a branch."""
    if _SHA.fullmatch(pin):
        usual = (one for one, sha in refs.items() if sha == pin and one.startswith(("refs/heads/", "refs/tags/")))
        return "", next((one.removesuffix("^{}") for one in usual), "")
    tag = pin if pin.startswith("refs/tags/") else f"refs/tags/{pin}"
    if tag in refs:
        return tag.removeprefix("refs/tags/"), tag
    head = next((one for one in (pin, f"refs/heads/{pin}") if one in refs), "")
    if head:
        what = "a branch, which moves" if head.startswith("refs/heads/") else "a name that moves"
        raise invalid("COMMIT", f"{pin} is {what}", f"pin the commit that it is at: @{refs[head]}")
    if _SHORT.fullmatch(pin):
        return "", ""
    tags = {one.removeprefix("refs/tags/") for one in refs if one.startswith("refs/tags/") and not one.endswith("^{}")}
    hint = suggestion(pin, tags, "tags") if tags else "write a full SHA"
    raise invalid("COMMIT", f"{pin} is neither a tag nor a SHA", hint)


@dataclass(frozen=True)
class _Repository:
    """A bare repository in a temporary folder, and the address that it is fetched from."""

    folder: Path
    address: GitAddress
    end: float

    def refs(self) -> Mapping[str, str]:
        """Return the refs of the server, with the commits of annotated tags as ``TAG^{}``. Raises Invalid."""
        listed = decode(self.run("ls-remote", "--quiet", "--", self.address.url, limit=_MAX_REFS_BYTES))
        pairs = (line.partition("\t") for line in listed.splitlines())
        return {ref: sha for sha, tab, ref in pairs if tab and _SHA.fullmatch(sha)}

    def create(self, *, sha256: bool) -> None:
        """Create the empty repository."""
        kind = ("--object-format=sha256",) if sha256 else ()
        self.run("init", "--quiet", "--bare", "--template=", *kind, ".", limit=_MAX_LIST_BYTES)

    def fetch(self, *refs: str, shallow: bool = False) -> None:
        """Fetch refs; only their commits, if the server can do that."""
        options = ("--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head")
        whole = ("fetch", *options, "--", self.address.url, *refs)
        if shallow:
            try:
                self.run("fetch", "--depth=1", *whole[1:], limit=MAX_REPOSITORY_BYTES)
                return
            except _TooMuch:
                raise
            except Invalid:  # such as git's dumb protocol, which cannot: if there is another reason, it is told below
                pass
        self.run(*whole, limit=MAX_REPOSITORY_BYTES)

    def resolve(self, name: str, pin: str) -> str:
        """Return the full SHA of the commit that a name means. Raises Invalid."""
        try:
            found = self.run("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}", limit=_MAX_LIST_BYTES)
        except Invalid:
            found = b""
        sha = decode(found).strip()
        if not _SHA.fullmatch(sha):
            message = f"{pin} is no commit in the history of a branch or tag of {self.address.shown}, or fits several"
            raise invalid("COMMIT", message, "write a full SHA or a tag")
        return sha

    def entries(self, commit: str, path: str) -> list[RemoteEntry]:
        """Return the files below a folder of a commit. Raises Invalid."""
        try:
            listed = self.run("ls-tree", "-r", "-z", "-l", f"{commit}:{path}", limit=_MAX_LIST_BYTES)
        except _TooMuch:
            raise invalid(
                "--path", "the folder has too many files for a template", "name the template's folder"
            ) from None
        except Invalid:
            raise invalid("--path", f"{path} is not a folder of {self.address.shown} at {commit}") from None
        found = []
        for line in decode(listed).split("\0"):
            head, tab, name = line.partition("\t")
            mode, _, blob, size = (head.split() + [""] * 4)[:4]
            if tab:
                found.append(RemoteEntry(name, mode, int(size) if size.isdecimal() else 0, blob))
        return found

    def contents(self, entries: Sequence[RemoteEntry]) -> list[bytes]:
        """Return the contents of blobs. Raises Invalid if one is missing."""
        asked = "".join(f"{one.blob}\n" for one in entries).encode()
        limit = sum(one.size for one in entries) + 200 * (len(entries) + 1)
        data = self.run("cat-file", "--batch", limit=limit, given=asked)
        found, at = [], 0
        for one in entries:
            head, _, _ = data[at : at + 200].partition(b"\n")
            if head != f"{one.blob} blob {one.size}".encode():
                raise invalid("URL", f"{self.address.shown} does not have all files of the commit", "try again")
            start = at + len(head) + 1
            found.append(data[start : start + one.size])
            at = start + one.size + 1
        return found

    def folders_with(self, commit: str, name: str) -> list[str]:
        """Return the folders with a file of this name; none if the commit has too many files to list."""
        try:
            listed = self.run("ls-tree", "-r", "-z", "--name-only", commit, limit=_MAX_LIST_BYTES)
        except Invalid:
            return []
        paths = decode(listed).split("\0")
        return sorted(one.rpartition("/")[0] for one in paths if one.rpartition("/")[2] == name)

    def run(self, *arguments: str, limit: int, given: bytes = b"") -> bytes:
        """Return git's output of at most ``limit`` bytes. Raises Invalid if git fails, or for a limit."""
        with tempfile.TemporaryDirectory(dir=self.folder, prefix="run-") as place:
            data, told, asked = (Path(place, one) for one in ("out", "err", "in"))
            asked.write_bytes(given)
            with asked.open("rb") as source, data.open("wb") as output, told.open("wb") as errors:
                code = self._ended(arguments, limit, (source.fileno(), output.fileno(), errors.fileno()))
            if code != 0 and _largest(self.folder) >= max(limit, _MAX_LIST_BYTES):
                raise _TooMuch(self.address, arguments[0])
            if code == 0:
                return disk.read_file(data, limit) or b""
            lines = decode(disk.head(told, _MAX_LIST_BYTES) or b"").strip().splitlines()
        raise self._failed(arguments[0], lines)

    def _ended(self, arguments: Sequence[str], limit: int, streams: tuple[int, int, int]) -> int:
        """Run git to its end within the limits, and return its exit code. Raises Invalid."""
        command = ["git", *(part for one in self._settings() for part in ("-c", one)), *arguments]
        try:
            with _file_limit(max(limit, _MAX_LIST_BYTES)):
                process = subprocess.Popen(
                    command, cwd=self.folder, env=self._environment(), start_new_session=True,
                    stdin=streams[0], stdout=streams[1], stderr=streams[2],
                )  # fmt: skip
        except OSError as error:
            raise invalid("git", f"cannot be run: {error.strerror or error}", "install git") from None
        try:
            while True:
                with suppress(subprocess.TimeoutExpired):
                    return process.wait(_LOOK_SECONDS)
                if time.monotonic() > self.end:
                    message = f"{self.address.shown} could not be fetched in {FETCH_SECONDS:.0f} s"
                    raise invalid("URL", message, "try again, or name a smaller repository")
                if _is_large(self.folder):
                    raise _TooMuch(self.address, arguments[0])
        finally:
            with suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _settings(self) -> Iterator[str]:
        yield from _SETTINGS
        yield from (f"protocol.{one}.allow=always" for one in self._transports)

    @property
    def _transports(self) -> Sequence[str]:
        """The transports to use: the user's settings may replace https by ssh, and the other way round."""
        either = ("https", "ssh")
        return either if self.address.transport in either else (self.address.transport,)

    def _environment(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("GIT_") or _KEPT.match(key)}
        more = {
            "GIT_ALLOW_PROTOCOL": ":".join(self._transports),
            "GIT_ASKPASS": "false",
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_DIR": str(self.folder),
            "GIT_TERMINAL_PROMPT": "0",
            "LC_ALL": "C",
            "SSH_ASKPASS": "false",
        }
        if "GIT_SSH" not in kept:
            more["GIT_SSH_COMMAND"] = kept.get("GIT_SSH_COMMAND", "ssh -oBatchMode=yes")
        return kept | more

    def _failed(self, command: str, lines: Sequence[str]) -> Invalid:
        why = next((one for one in lines if one.startswith("fatal: ")), lines[-1] if lines else "")
        why = why.removeprefix("fatal: ").replace(self.address.url, self.address.shown)[:500]
        hint = "check the address, your access to it, and the network"
        return invalid("URL", f"{self.address.shown}: git {command} failed: {why or 'it gave no reason'}", hint)


class _TooMuch(Invalid):
    """More output or files than allowed."""

    def __init__(self, address: GitAddress, command: str) -> None:
        size = f"{MAX_REPOSITORY_BYTES // 2**20} MiB"
        message = f"{address.shown} is too large for git {command}: more than {size} or {_MAX_REPOSITORY_FILES} files"
        hint = "name a tag, or a repository with templates only"
        super().__init__(invalid("URL", message, hint).problems)


@contextmanager
def _file_limit(size: int) -> Iterator[None]:
    """Limit the size of each file that a process started meanwhile may write."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    bound = size if hard == resource.RLIM_INFINITY else min(size, hard)
    resource.setrlimit(resource.RLIMIT_FSIZE, (bound, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def _sizes(folder: Path) -> Iterator[int]:
    """Yield the sizes of the files below a folder; files may vanish meanwhile."""
    for _, _, names, number in os.fwalk(folder):
        for name in names:
            with suppress(OSError):
                yield os.stat(name, dir_fd=number, follow_symlinks=False).st_size


def _is_large(folder: Path) -> bool:
    """Tell whether a folder exceeds the limits for a fetched repository."""
    size = 0
    for count, one in enumerate(_sizes(folder), 1):
        size += one
        if size > MAX_REPOSITORY_BYTES or count > _MAX_REPOSITORY_FILES:
            return True
    return False


def _largest(folder: Path) -> int:
    return max(_sizes(folder), default=0)
