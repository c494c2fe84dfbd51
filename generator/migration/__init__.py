"""Migrate annotations of image automation to the resources that replace them, in manifests and in the specs of units.

Flux v1's annotations become image policies and markers of Flux v2; those of Argo CD Image Updater become an
ImageUpdater. What cannot be migrated is left as it is, with the reason. Plans changes, and writes nothing.
"""

from .migrating import MigrationRequest, migrate
from .plan_of_migration import FileEdit, Migration

__all__ = ["FileEdit", "Migration", "MigrationRequest", "migrate"]
