"""Flux v2: objects say which tags of a repository are taken, and comments on images which object moves them.

Source: fluxcd/image-reflector-controller 1.2.4, fluxcd/image-automation-controller 1.2.4.
"""

from __future__ import annotations

from ...automation import Backend
from .flux2_policies import flux2_faults, flux2_select, flux2_takes, flux2_usual

BACKEND = Backend(
    summary="Flux v2, by policies and comments on images",
    takes=flux2_takes,
    faults=flux2_faults,
    usual=flux2_usual,
    select=flux2_select,
)
