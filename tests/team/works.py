"""What people of a team do in a repository, each a function that returns what it did, or nothing if it could not."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Callable
from typing import Any

import yaml

from ..support import apptemplate, segments
from .clone import CONFIG, SPEC, Clone, LostError
from .ledger import LINES, Ledger, workflow_of
from .resolving import with_keys

Work = Callable[[Clone, random.Random], str]
HOT = ("services-unit04", "apps-unit01", "apps-unit03")  # units that most of the work is about

VALUES = """\
# Written by hand: WORD says why.
prometheusOperator:
  enabled: true
alertmanager:
  config:
    route:
      receiver: slack # the default of WORD
      routes:
        # Databases first.
        - receiver: dba
          matchers:
            - team="db"
          continue: false
    receivers:
      - name: slack
        slack_configs:
          - channel: "#WORD"
            api_url: http://slack.example.org/
      - name: dba
        webhook_configs:
          - url: http://dba.example.org/WORD
"""

MANIFESTS = {
    "deploy/deployment.yaml": """\
# Written by hand: {word} says why.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  namespace: shops
spec:
  replicas: 3 # {word} peaks
  selector:
    matchLabels:
      app: {name}
  template:
    metadata:
      labels:
        app: {name}
        owner: {word}
    spec:
      containers:
        - name: web
          image: ghcr.io/example/{name}:master-12
          ports:
            - containerPort: 8081
          env:
            # Where {word} runs.
            - name: REGION
              value: {word}
          resources:
            limits:
              memory: 300Mi
""",
    "deploy/service.yaml": """\
apiVersion: v1
kind: Service
metadata:
  name: {name}
  namespace: shops
spec:
  selector:
    app: {name}
  ports:
    - port: 80 # {word} too
      targetPort: 8081
""",
}


def first_unit(number: int) -> tuple[str, str]:
    """Return folder and spec of one of the units that are there from the beginning."""
    name = f"unit{number:02}"
    if number % 2:
        return f"apps/{name}", f"template: app\nname: {name}\n"
    more = "e2e: false\n" if number % 4 else "workflow: true\n" if number % 8 else ""
    return f"services/{name}", f"template: service\nname: {name}\nimage: ghcr.io/example/{name}\ntag: master-1\n{more}"


def units(who: Clone) -> list[str]:
    """Return the folders of the units of a clone."""
    return sorted(place for place in who.ledger.places.values() if place != ".github")


def some_unit(who: Clone, dice: random.Random) -> str:
    """Return the folder of a unit, mostly of those that everybody works on."""
    places = who.ledger.places
    hot = [places[unit] for unit in HOT if unit in places]
    return dice.choice(hot if hot and dice.random() < 0.8 else units(who))


def generated_files(who: Clone, place: str, *endings: str) -> list[str]:
    return [path for path in sorted(who.generated(place)) if path.endswith(endings) and who.read(path) is not None]


# --- Developers -------------------------------------------------------------------------------------------------------


def change_spec(who: Clone, dice: random.Random) -> str:
    """Change some values of a spec."""
    place = some_unit(who, dice)
    path = f"{place}/{SPEC}"
    values = yaml.safe_load(who.read(path) or "")
    service = values["template"] == "service"
    if values["template"] not in {"service", "app"}:
        return ""
    key = dice.choice(["replicas", "port", "user", "env", "memory"] if service else ["size", "mode", "level"])
    if key == "env":
        values["env"] = {**values.get("env", {}), dice.choice("ABC"): str(dice.randrange(99))}
    elif key == "memory":
        values["resources"] = {"limits": {"memory": f"{dice.randint(128, 999)}Mi"}}
    elif key in {"mode", "level"}:
        values[key] = dice.choice(["one", "two", "three", "four"])
    else:
        values[key] = dice.randint(*{"replicas": (2, 9), "size": (2, 9)}.get(key, (8000, 20000)))
    text = with_keys(who.read(path) or "", values)
    if dice.random() < 0.3:
        text += f"# mine{dice.randrange(10**7)} says why\n"
    who.edit(path, text)
    return f"sets {key} of {place}"


def edit_files(who: Clone, dice: random.Random) -> str:
    """Edit values, keys, items and comments of generated files."""
    told = []
    for _ in range(dice.randint(1, 3)):
        place = some_unit(who, dice)
        files = generated_files(who, place, ".yaml")
        if not files:
            continue
        path = dice.choice(files)
        text = who.read(path) or ""
        made = next(segments.changes(text, segments.entries(text), segments.Writer(dice, "mine", 0.5)), None)
        if made and who.edit(path, segments.apply(text, [made])):
            told.append(f"{made.sort} in {path}")
    return f"edits {', '.join(told)}" if told else ""


def new_unit(who: Clone, dice: random.Random) -> str:
    """Make a unit, with a name that others may choose too."""
    name = f"new{dice.randrange(4)}"
    app = dice.random() < 0.5
    place = f"{'apps' if app else 'services'}/{name}"
    unit = place.replace("/", "-")
    if unit in who.ledger.places or place in units(who) or who.root.joinpath(place).exists():
        return ""
    if app:
        who.repo.write(f"{place}/{SPEC}", f"template: app\nname: {name}\nsize: {dice.randint(1, 9)}\n")
    else:
        replicas = str(dice.randint(1, 9))
        options = ["--no-e2e"] if dice.random() < 0.5 else ["--workflow"]
        who.repo.ok(
            "new-service", name, "--image", f"ghcr.io/example/{name}:master-1", "--replicas", replicas, *options
        )
    who.ledger.places[unit] = place
    return f"makes {place}"


def rename(who: Clone, dice: random.Random) -> str:
    """Move a unit to another folder: with the command, with git, or without telling anybody."""
    place = some_unit(who, dice)
    unit = next(one for one, there in who.ledger.places.items() if there == place)
    new = f"teams/{dice.choice(['blue', 'red'])}/{place.rpartition('/')[2]}"
    if new == place or (who.root / new).exists():
        return ""
    way = dice.choice(["scaffold mv", "git mv", "mv"])
    (who.root / new).parent.mkdir(parents=True, exist_ok=True)
    if way == "scaffold mv":
        done = who.repo.run("mv", place, new)
        if done.code == 1 and not (who.root / new).exists():
            return ""  # the unit has a conflict
        if done.code:
            raise LostError(f"scaffold mv {place} {new} ends with {done.code}: {done.text}")
    elif way == "git mv":
        who.git("mv", place, new)
    else:
        (who.root / place).rename(who.root / new)
    who.ledger.places[unit] = new
    if way != "scaffold mv":
        who.ledger.left[workflow_of(place)] = unit
    who.tally[f"renamed: {way}"] += 1
    return f"moves {place} to {new} with {way}"


def remove(who: Clone, dice: random.Random) -> str:
    """Remove a unit: with the command, with git, or without telling anybody."""
    place = some_unit(who, dice)
    unit = next(one for one, there in who.ledger.places.items() if there == place)
    if len(units(who)) < 25:
        return ""
    way = dice.choice(["git rm", "scaffold rm", "rm"])
    if way == "scaffold rm":
        done = who.repo.run("rm", place)
        if done.code == 1:  # edited files stay, or go
            way += dice.choice([" --ours", " --theirs"])
            done = who.repo.run("rm", place, way.split()[-1])
        if done.code:
            raise LostError(f"{way} {place} ends with {done.code}: {done.text}")
    elif way == "git rm":
        who.git("rm", "-r", "--quiet", "--force", place)
    else:
        shutil.rmtree(who.root / place)
    who.tally[f"removed: {way.partition(' --')[0]}"] += 1
    who.ledger.take_unit(Ledger(), unit)
    return f"removes {place} with {way}"


def adopt_values(who: Clone, dice: random.Random) -> str:
    """Let an alerting unit take over values of Alertmanager that were written by hand."""
    name = f"alerts{dice.randrange(3)}"
    place, unit = f"alerting/{name}", f"alerting-{name}"
    if unit in who.ledger.places or (who.root / place).exists():
        return ""
    text = VALUES.replace("WORD", f"mine{dice.randrange(10**7)}")
    who.repo.write(f"{place}/values.yaml", text)
    receiver = dice.choice(["webhook:hook", "pagerduty:duty"])
    severity = f"page=slack,{receiver.partition(':')[2]}"
    values = f"{place}/values.yaml"
    who.repo.ok(
        "alerting", name, "--dir", place, "--values-file", values,
        "--receiver", receiver, "--receiver", "slack:slack", "--severity", severity,
    )  # fmt: skip
    who.ledger.places[unit] = place
    file = f"{unit}/values.yaml"
    who.ledger.log.note(f"{file}{LINES}", "", text)
    who.ledger.log.kept[file] = {""}  # what was there before is in no lock
    return f"adopts {values}, with {receiver}"


def adopt_manifests(who: Clone, dice: random.Random) -> str:
    """Adopt the manifests of a service that were written by hand; none of them may change."""
    name = f"shop{dice.randrange(3)}"
    place, unit = f"services/{name}", f"services-{name}"
    if unit in who.ledger.places or (who.root / place).exists():
        return ""
    word = f"mine{dice.randrange(10**7)}"
    texts = {f"{place}/{path}": text.format(name=name, word=word) for path, text in MANIFESTS.items()}
    for path, text in texts.items():
        who.repo.write(path, text)
    who.repo.ok("adopt", place)
    who.ledger.places[unit] = place
    for path, generated in who.generated(place).items():
        if who.read(path) != texts.get(path):
            raise LostError(f"adopt changes {path}")
        who.ledger.log.note(f"{unit}/{path.removeprefix(f'{place}/')}", generated, texts[path])
    return f"adopts the manifests in {place}"


# --- The platform team ------------------------------------------------------------------------------------------------


def change_template(who: Clone, dice: random.Random) -> str:
    """Change a file of the template, and raise its version."""
    path = dice.choice([*apptemplate.SOURCES])
    source, version = f"{apptemplate.INNER}/{path}", f"{apptemplate.TEMPLATE}/version"
    who.repo.write(source, apptemplate.changed_source(path, who.read(source) or "", dice))
    number = int(who.read(version) or 0) + 1
    who.repo.write(version, f"{number}\n")
    return f"changes {path} of the template, version {number}"


def change_default(who: Clone, dice: random.Random) -> str:
    """Change a default of all units of a template."""
    config = yaml.safe_load(who.read(CONFIG) or "")
    defaults = config.get("defaults") or {}
    key, value = dice.choice(
        [
            ("service.replicas", dice.randint(1, 5)),
            ("service.port", dice.randint(8000, 9000)),
            ("service.env", {name: str(dice.randint(0, 99)) for name in dice.sample(["A", "B", "D"], 2)}),
            ("service.health_path", f"/healthz{dice.randint(0, 9)}"),
            ("app.size", dice.randint(1, 9)),
            ("app.mode", dice.choice(["five", "six"])),
        ]
    )
    template, _, field = key.partition(".")
    defaults = {**defaults, template: {**defaults.get(template, {}), field: value}}
    who.repo.write(CONFIG, with_config(who.read(CONFIG) or "", {"defaults": defaults}))
    return f"sets the default {key} to {value}"


def hold(who: Clone, dice: random.Random) -> str:
    """Hold some units, or hold none any more."""
    config = yaml.safe_load(who.read(CONFIG) or "")
    held = None if config.get("hold") else {"app": [f"apps/unit{dice.randrange(4)}*"]}
    who.repo.write(CONFIG, with_config(who.read(CONFIG) or "", {"hold": held}))
    return f"holds {held}"


def with_config(text: str, values: dict[str, Any]) -> str:
    """Return the text of the config with other values; None removes a key."""
    config = yaml.safe_load(text) | values
    return with_keys(text, {key: value for key, value in config.items() if value is not None})


# --- Bots -------------------------------------------------------------------------------------------------------------


def flux(who: Clone, dice: random.Random) -> str:
    """Flux moves the tags of some images."""
    found = [
        path for path in who.files() if path.endswith(("app.yaml", "deployment.yaml")) and who.ledger.name_of(path)
    ]
    moved = dice.sample(found, min(len(found), 3))
    for path in moved:
        who.edit(path, apptemplate.with_newer_tag(who.read(path) or "", dice))
    return f"moves tags in {', '.join(moved)}"


def dependabot(who: Clone, dice: random.Random) -> str:
    """Dependabot moves an action with the version in its comment, or a pin of a Makefile."""
    pinned = re.compile(r".*/ci/e2e\.yaml|.*/unit\d*[13579]/Makefile")
    found = [path for path in who.files() if pinned.fullmatch(path) and who.ledger.name_of(path)]
    moved = dice.sample(found, min(len(found), 3))
    for path in moved:
        who.edit(path, apptemplate.with_newer_pin(path, who.read(path) or "", dice))
    return f"moves pins in {', '.join(moved)}"


DEVELOPER: dict[Work, int] = {
    change_spec: 6,
    edit_files: 8,
    new_unit: 2,
    rename: 4,
    remove: 2,
    adopt_values: 2,
    adopt_manifests: 2,
}
PLATFORM: dict[Work, int] = {change_template: 4, change_default: 2, hold: 1, edit_files: 2}
