"""The table of edits.

An edit takes the object, dice for the place and dice for what is new there, changes the object in place and says
whether it found a place. Two sides with the same dice for the place meet there.
"""

from __future__ import annotations

from .fields import another, inside, member, optional
from .lists import add, mounted, remove, rename, reorder
from .places import Edit
from .together import config_key, failures, label, service_type, sidecar, sub_path

_FIELDS = (another, member, inside, optional, label, service_type, config_key, sub_path, failures, sidecar)
_LISTS = (add, remove, reorder, rename, mounted)
EDITS: dict[str, Edit] = {one.__name__: one for one in (*_FIELDS, *_LISTS)}
OFTEN = {"another": 4, "member": 6, "inside": 3, "add": 3, "remove": 2, "optional": 2, "config_key": 2}
