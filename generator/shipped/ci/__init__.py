"""The workflows of a repository: drift, end-to-end tests, Flux's sync tags."""

from __future__ import annotations

from ...behaviour import Behaviour

BEHAVIOUR = Behaviour()
