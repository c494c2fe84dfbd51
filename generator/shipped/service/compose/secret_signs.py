"""Which variables and texts look like secrets: rather one too many, since a spec is read by everyone."""

from __future__ import annotations

import re
from itertools import pairwise

_WITHIN = re.compile(r"PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|CREDENTIAL|APIKEY|PRIVATE_?KEY|CONN(?:ECTION)?_?STR")
_WORDS = frozenset({"DSN", "JWT", "KEYS", "PASS", "PAT", "PWD", "SALT"})
_LAST = frozenset({"AUTH", "CERT", "COOKIE", "PIN", "SEED"})  # secrets only as the last word: not AUTH_ENABLED
_ENDS = ("KEY", "PASS", "PSW", "PWD")
_CHOICES = frozenset({"", "true", "false", "yes", "no", "on", "off"})
_SPLIT = re.compile(r"[^A-Za-z0-9]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_PLACES = ("FILE", "PATH", "DIR")
_IN_TEXT = re.compile(
    r"://[^/?#\s@:]{0,200}:[^/?#\s@$][^/?#\s@]{0,200}@"  # credentials in an address
    r"|-----BEGIN"
    r"|hooks\.slack\.com/|discord(?:app)?\.com/api/webhooks/"
    r"|\b(?:gh[pousr]_|github_pat_|glpat-|xox[abeoprs]-|[sr]k_live_|[sr]k_test_|sk-|hf_|npm_|pypi-|dckr_pat_)"
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{16}|\bAIza[A-Za-z0-9_-]{20}|\beyJ[A-Za-z0-9_-]{10}"
    r"|\$(?:1|2[abxy]?|5|6|7|y|gy|apr1|argon2[di]{1,2}|scrypt|pbkdf2[a-z0-9-]{0,12})\$"  # hashes of passwords
    r"|django-insecure-"
    r"|\b(?:Basic|Bearer) +[A-Za-z0-9+/._~=-]{6}"
)
_WORD = (
    r"(?:passw(?:or)?d|passphrase|pwd|requirepass|masterauth|secret|token|api[-_]?key|access[-_]?key|account[-_]?key"
    r"|credentials?|sig)"
)
# A word for a secret and what assigns it: password=…, "token": …; options: --requirepass …, those of clients of
# databases, and of curl. A variable of the shell is none.
_ASSIGNED = re.compile(
    rf"(?i){_WORD}[\"']?[ ]?[=:][ ]?[\"']?[^\s$\"']"
    rf"|(?:^|\s)--?[a-z-]{{0,20}}{_WORD}[ ]+[\"']?[^\s$\"'-]"
    r"|\b(?:mysql|mysqladmin|mysqldump|mariadb|mariadb-admin)\b[^\n]{0,200}\s-p[\"']?[^\s$\"']"
    r"|\bredis-cli\b[^\n]{0,200}\s(?:-a|--pass)[ ]+[\"']?[^\s$\"']"
    r"|\s(?:-u|--user)[ ]+[^\s:$]{1,100}:[^\s$]"
)
_RANDOM = re.compile(r"[A-Za-z0-9+/_=-]{24,}")


def is_secret_name(name: str) -> bool:
    """Tell whether a variable's name says that it has a secret: DB_PASSWORD, apiKey, GITHUB_TOKEN."""
    if _WITHIN.search(name.upper()):
        return True
    words = [one.upper() for part in _SPLIT.split(name) for one in _CAMEL.split(part)]
    if "PUBLIC" in words or name == "PWD":
        return False
    return any(one in _WORDS or one.endswith(_ENDS) for one in words) or words[-1] in _LAST


def is_no_secret(name: str, value: str) -> bool:
    """Tell whether the value of a variable named like a secret is none: a choice such as yes, or a secret's path, as in
    DB_PASSWORD_FILE=/run/secrets/db.
    """
    if value.lower() in _CHOICES:
        return True
    return name.upper().endswith(_PLACES) and value.startswith("/") and not has_secret(value)


def has_secret(text: str) -> bool:
    """Tell whether a text has what looks like a secret: credentials in an address, a known token, random characters."""
    bounded = text[:100_000]
    return bool(_IN_TEXT.search(bounded) or _ASSIGNED.search(bounded)) or any(
        _is_random(one.group()) for one in _RANDOM.finditer(bounded)
    )


def _is_random(word: str) -> bool:
    """Tell whether a long word has letters and digits in disorder; paths, names and UUIDs have divided words."""
    digits = sum(one.isdigit() for one in word)
    letters = sum(one.isalpha() for one in word)
    divided = sum(one in "/_-" for one in word)
    changes = sum(a.isdigit() != b.isdigit() for a, b in pairwise(word))
    return digits >= 4 and letters >= 4 and divided <= len(word) // 12 and changes >= 6
