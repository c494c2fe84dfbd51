"""No automation: an image keeps the tag that the spec names."""

from ...automation import Backend

BACKEND = Backend(summary="nobody; the tag in the spec is deployed", moves_tags=False)
