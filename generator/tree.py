"""Trees of text files, and the checks of their paths.

A tree maps a relative path, with ``/``, to text. Bytes that are not UTF-8 are kept as surrogate escapes, so that
reading and writing any file preserves its bytes. A path that begins with ``/`` is relative to the root of the
repository, any other path to the unit.
"""

from __future__ import annotations

import posixpath
import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache

Tree = Mapping[str, str]

MAX_FILE_BYTES = 4 * 1024 * 1024
MAX_LOCK_BYTES = 16 * 1024 * 1024
SPEC_NAME = "scaffold.yaml"
LOCK_NAME = "scaffold.lock"
DOT_DIR = ".scaffold"
WORKFLOWS = ".github/workflows"
CI = ".github"  # the unit of the repository's own workflows
OWNER_LINE = "# Made from "
_KEPT = 4096  # the paths of the units that are planned next; the memory for 100,000 units is bounded
_OWN_NAMES = frozenset({SPEC_NAME, LOCK_NAME})
SHARED = frozenset({".gitattributes", ".gitignore"})  # owned by no unit, like .scaffold/
_CI_WORKFLOW = re.compile(r"scaffold-[^/]*\Z")  # the workflows of the unit CI
# Folded: the git folder, its short name on NTFS, and NTFS streams after a colon. Source: git, path.c, is_ntfs_dotgit.
_GIT_FOLDER = re.compile(r"(?:\.git|git~[0-9]+)[. ]*(?::|\Z)")
# Unicode's property Default_Ignorable_Code_Point; HFS+ ignores some of these (git, utf8.c, next_hfs_char).
# Source: https://www.unicode.org/Public/UCD/latest/ucd/DerivedCoreProperties.txt
_IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


def decode(data: bytes) -> str:
    """Return the bytes of a file as text; bytes that are not UTF-8 survive ``encode``."""
    return data.decode("utf-8", "surrogateescape")


def encode(text: str) -> bytes:
    """Return the text of a file as the bytes it was read from."""
    return text.encode("utf-8", "surrogateescape")


@lru_cache(maxsize=_KEPT)
def path_fault(path: str) -> str:
    """Return why ``path`` must not name a file of the repository, or ``""``.

    Refuses absolute paths, ``.`` and ``..``, empty parts, control characters, backslashes, the .git folder in every
    spelling that a file system treats as the same, and names that file systems do not preserve.
    """
    if not path or path.startswith("/") or "\\" in path:
        return "is not a relative path with forward slashes"
    if not path.isprintable() and any(unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} for char in path):
        return "contains a control character"
    if len(path.encode("utf-8", "surrogateescape")) > 1024:
        return "is longer than 1024 bytes"
    for part in path.split("/"):
        if part in {"", ".", ".."}:
            return "has a part that is empty, '.' or '..'"
        if len(part.encode("utf-8", "surrogateescape")) > 255:
            return "has a part longer than 255 bytes"
        plain = folded(part)
        if _GIT_FOLDER.match(plain):
            return "leads into the .git folder"
        if part[-1] in ". " or ":" in part:
            return "has a part that not every system can store"
        if plain == DOT_DIR and part != DOT_DIR:
            return f"has a part that some systems treat as {DOT_DIR}"
        if not plain:
            return "has a part without a visible character"
    return ""


@lru_cache(maxsize=_KEPT)
def folded(path: str) -> str:
    """Return a key that is equal for all spellings of a path that some file system treats as the same.

    It ignores case, composed, full-width and other compatible letters, invisible characters, and trailing dots and
    blanks of a part. Two paths of a repository must have different keys. Source: Unicode Standard
    3.13 D147 (compatibility caseless matching of identifiers), which covers HFS+, APFS, NTFS, ext4's casefold and ZFS:
    https://www.unicode.org/versions/latest/core-spec/chapter-3/
    """
    if path.isascii():
        lower = path.lower()
        plain = path if lower == path else lower  # the same text, so that many of them take less memory
    else:
        plain = path
        for _ in range(2):  # folding may produce characters to ignore or fold again
            kept = "".join(char for char in plain if not _is_ignorable(char))
            plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", kept).casefold())
    if ". " in plain or "./" in plain or " /" in plain or plain[-1:] in {".", " "}:
        return "/".join(part if part in {".", ".."} else part.rstrip(". ") for part in plain.split("/"))
    return plain


def _is_ignorable(char: str) -> bool:
    """Tell whether a character is invisible, so that a file system may ignore it in names."""
    return bool(_IGNORABLE.match(char)) or unicodedata.category(char) == "Cf"


def unit_fault(unit: str) -> str:
    """Return why ``unit``, ``"."`` for the root, must not be the folder of a unit, or ``""``."""
    if unit == ".":
        return ""
    return path_fault(unit) or (f"is {DOT_DIR} or inside it" if _in_dot_dir(unit) else "")


def file_fault(unit: str, path: str) -> str:
    """Return why the unit ``unit`` must not own a file at ``path`` in its folder, or ``""``."""
    if fault := path_fault(path):
        return fault
    if unit == "." and _in_dot_dir(path):
        return f"is in {DOT_DIR}, where no unit has files"
    if folded(path).rpartition("/")[2] in _OWN_NAMES:
        return "is the name of a spec or lock"
    if fault := shared_fault(unit, join(unit, path)):
        return fault
    return "is longer than 1024 bytes" if len(join(unit, path).encode("utf-8", "surrogateescape")) > 1024 else ""


def file_in_file(paths: Iterable[str]) -> tuple[str, str] | None:
    """Return two files of a unit of which one would have to be the folder of the other; specs and locks are files."""
    files = {folded(one): one for one in (SPEC_NAME, LOCK_NAME, *paths)}
    for plain, path in files.items():
        parts = plain.split("/")
        above = ("/".join(parts[:end]) for end in range(1, len(parts)))
        if twin := next((files[one] for one in above if one in files), None):
            return twin, path
    return None


def shared_fault(unit: str, path: str) -> str:
    """Return why a unit must not own a path outside its folder, which others share, or ``""``."""
    plain = folded(path)
    if plain in SHARED:
        return "is a file shared by all units"
    folder, _, name = plain.rpartition("/")
    if folder != WORKFLOWS and not plain.startswith(f"{WORKFLOWS}/"):
        return ""
    own = unit == CI and folder == WORKFLOWS and _CI_WORKFLOW.match(name)
    return "" if own else "is a workflow that does not belong to this unit"


def _in_dot_dir(path: str) -> bool:
    return folded(path.partition("/")[0]) == DOT_DIR


def is_storable(text: str) -> bool:
    """Tell whether a text survives being written to a file and read again."""
    try:
        return decode(encode(text)) == text
    except UnicodeEncodeError:
        return False


def join(unit: str, path: str) -> str:
    """Return the path relative to the root of ``path`` in the tree of ``unit`` (``"."`` is the root)."""
    if path.startswith("/"):
        return path[1:]
    return path if unit in {"", "."} else f"{unit}/{path}"


def leads_out(path: str) -> bool:
    """Tell whether a path relative to the root, which may have ``..``, is outside the repository."""
    return posixpath.normpath(path).split("/")[0] == ".."


def owner_of(workflow: str) -> str:
    """Return the spec that a workflow's first line names as its owner, or ``""``.

    The rest of the line after ``# Made from``, which may have blanks, or one word of it.
    """
    line = workflow.removeprefix("\ufeff").partition("\n")[0].rstrip("\r")
    whole = [line.removeprefix(OWNER_LINE)] if line.startswith(OWNER_LINE) else []
    named = (one for one in (*whole, *line.split()) if one.rpartition("/")[2] == SPEC_NAME)
    return next((one for one in named if not path_fault(one)), "")


def owner_folder(workflow: str) -> str:
    """Return the folder of the unit that a workflow's first line names as its owner, or ``""``."""
    owner = owner_of(workflow)
    return owner.rpartition("/")[0] or ("." if owner else "")


def workflow_of(unit: str) -> str:
    """Return the only path outside its folder that a unit may own, as a path of its tree."""
    return f"/{WORKFLOWS}/{unit.replace('/', '-')}.yaml"
