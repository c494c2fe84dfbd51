"""Read the files of a folder at a commit of another repository, without a checkout.

The repository is fetched into a bare one in a temporary folder: no hooks, filters, submodules or attributes apply, and
nothing of it is executed. Size, number of files and time are bounded. The user's own settings for ssh, proxies and
credentials hold, as for ``git fetch``; nothing is asked.
"""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from . import git_bounded
from .errors import Invalid, invalid
from .git_address import GitAddress
from .git_bounded import SMALL_OUTPUT, BoundedGit, TooMuch
from .nearest import suggestion
from .tree import decode

_MAX_REFS_BYTES = 8 * 1024 * 1024
_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_SHORT = re.compile(r"[0-9a-f]{7,63}")


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
        found = _Repository(BoundedGit(Path(folder), address, time.monotonic() + git_bounded.FETCH_SECONDS))
        refs = found.refs()
        pin = pin.lower() if _SHA.fullmatch(pin.lower()) else pin
        tag, ref = _ref_of(pin, refs)
        found.create(sha256=any(len(one) == 64 for one in refs.values()))
        if ref:
            found.fetch(f"+{ref}:refs/found/pin", shallow=True)
            commit = found.resolve("refs/found/pin", pin)
            if _SHA.fullmatch(pin) and pin not in {commit, found.resolve("refs/found/pin", pin, "")}:
                message = f"{address.shown} served {commit} instead of {pin}"
                raise invalid("COMMIT", message, "try again: the branch may have moved meanwhile")
        else:
            found.fetch("+refs/heads/*:refs/found/heads/*", "+refs/tags/*:refs/found/tags/*")
            commit = found.resolve(pin, pin)
            if not found.git.run("for-each-ref", "--count=1", "--contains", commit, "refs/found", limit=SMALL_OUTPUT):
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
    """A bare repository in a temporary folder, which git runs in."""

    git: BoundedGit

    def refs(self) -> Mapping[str, str]:
        """Return the refs of the server, with the commits of annotated tags as ``TAG^{}``. Raises Invalid."""
        listed = decode(self.git.run("ls-remote", "--quiet", "--", self.git.address.url, limit=_MAX_REFS_BYTES))
        pairs = (line.partition("\t") for line in listed.splitlines())
        return {ref: sha for sha, tab, ref in pairs if tab and _SHA.fullmatch(sha)}

    def create(self, *, sha256: bool) -> None:
        """Create the empty repository."""
        hashes = ("--object-format=sha256",) if sha256 else ()
        self.git.run("init", "--quiet", "--bare", "--template=", *hashes, ".", limit=SMALL_OUTPUT)

    def fetch(self, *refs: str, shallow: bool = False) -> None:
        """Fetch refs; only their commits, if the server can do that."""
        options = ("--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head")
        whole = ("fetch", *options, "--", self.git.address.url, *refs)
        if shallow:
            try:
                self.git.run("fetch", "--depth=1", *whole[1:], limit=git_bounded.MAX_REPOSITORY_BYTES)
                return
            except TooMuch:
                raise
            except Invalid:  # such as git's dumb protocol, which cannot: if there is another reason, it is told below
                pass
        self.git.run(*whole, limit=git_bounded.MAX_REPOSITORY_BYTES)

    def resolve(self, name: str, pin: str, of: str = "^{commit}") -> str:
        """Return the full SHA of the commit that a name means, or of the name's own object. Raises Invalid."""
        try:
            found = self.git.run("rev-parse", "--verify", "--quiet", f"{name}{of}", limit=SMALL_OUTPUT)
        except Invalid:
            found = b""
        sha = decode(found).strip()
        if not _SHA.fullmatch(sha):
            message = (
                f"{pin} is no commit in the history of a branch or tag of {self.git.address.shown}, or fits several"
            )
            raise invalid("COMMIT", message, "write a full SHA or a tag")
        return sha

    def entries(self, commit: str, path: str) -> list[RemoteEntry]:
        """Return the files below a folder of a commit. Raises Invalid."""
        try:
            listed = self.git.run("ls-tree", "-r", "-z", "-l", f"{commit}:{path}", limit=SMALL_OUTPUT)
        except TooMuch:
            raise invalid(
                "--path", "the folder has too many files for a template", "name the template's folder"
            ) from None
        except Invalid:
            raise invalid("--path", f"{path} is not a folder of {self.git.address.shown} at {commit}") from None
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
        data = self.git.run("cat-file", "--batch", limit=limit, given=asked)
        found, at = [], 0
        for one in entries:
            head, _, _ = data[at : at + 200].partition(b"\n")
            if head != f"{one.blob} blob {one.size}".encode():
                raise invalid("URL", f"{self.git.address.shown} does not have all files of the commit", "try again")
            start = at + len(head) + 1
            found.append(data[start : start + one.size])
            at = start + one.size + 1
        return found

    def folders_with(self, commit: str, name: str) -> list[str]:
        """Return the folders with a file of this name; none if the commit has too many files to list."""
        try:
            listed = self.git.run("ls-tree", "-r", "-z", "--name-only", commit, limit=SMALL_OUTPUT)
        except Invalid:
            return []
        paths = decode(listed).split("\0")
        return sorted(one.rpartition("/")[0] for one in paths if one.rpartition("/")[2] == name)
