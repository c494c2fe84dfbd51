"""No automation: an image keeps the tag of the spec."""

from ...backend import Backend
from .plain_policies import plain_faults, plain_takes

BACKEND = Backend(
    summary="no automation: the tag in the spec is deployed",
    tags_in="",
    takes=plain_takes,
    faults=plain_faults,
)
