"""Write ``schemas/time-zones.json``: the names of time zones of the package tzdata.

``python -m tests.project.time_zone_names`` after an update of the package, which has the IANA database.
"""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

PATH = Path(__file__).resolve().parents[2] / "schemas" / "time-zones.json"
_ABOUT = (
    "The names of time zones by their first part, '' for those of one part: the IANA database and its links, which "
    "Go's time/tzdata has too. Written by python -m tests.project.time_zone_names."
)


def whole() -> str:
    """Return the content of the file, an area on each line."""
    areas: dict[str, list[str]] = {}
    for name in sorted(files("tzdata").joinpath("zones").read_text("utf-8").split()):
        area, _, rest = name.partition("/")
        areas.setdefault(area if rest else "", []).append(rest or area)
    lines = ",\n".join(f"    {json.dumps(area)}: {json.dumps(found)}" for area, found in sorted(areas.items()))
    return f'{{\n  "about": {json.dumps(_ABOUT)},\n  "areas": {{\n{lines}\n  }}\n}}\n'


if __name__ == "__main__":
    PATH.write_text(whole(), "utf-8")
