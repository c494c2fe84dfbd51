"""Alertmanager's configuration: what Alertmanager loads and then misunderstands, and what it or the operator refuses.

A rule here is words: `catalog` and `refused` have them, `engine` does the work for all of them at once.
"""

from __future__ import annotations

from .catalog import RULES as _MISBEHAVES
from .refused import RULES as _REFUSED

RULES = (*_MISBEHAVES, *_REFUSED)
