"""No automation: an image keeps the tag of the spec."""

from ...backend import Backend

BACKEND = Backend(summary="no automation: the tag in the spec is deployed", tags_in="")
