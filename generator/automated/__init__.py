"""What image automation updates in manifests, and which tag it would deploy.

One module for each mechanism yields the images that it updates (``AutomatedImage``), from files that nobody needs to
have generated.
"""

from .automated_image import AutomatedImage, TagChoice, choose_tag
from .detection import automated_images, ignored_settings
from .manifests import Manifests, read_manifests

__all__ = [
    "AutomatedImage",
    "Manifests",
    "TagChoice",
    "automated_images",
    "choose_tag",
    "ignored_settings",
    "read_manifests",
]
