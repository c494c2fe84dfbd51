"""The tags of an image in its registry, by the API of the OCI distribution specification.

What loads HTTP is imported when it is used. docs/dev/registry.md says why it is built as it is.
"""

from __future__ import annotations

from collections.abc import Callable

from ..errors import invalid
from ..images.candidates import Candidate
from ..images.references import Reference
from .bounds import OPTION, Deadline, RegistryLimits, in_parallel

__all__ = ["RegistryLimits", "list_candidates"]


def list_candidates(
    reference: Reference,
    *,
    with_times: bool | Callable[[str], bool],
    limits: RegistryLimits = RegistryLimits(),  # noqa: B008 - frozen
) -> list[Candidate]:
    """Return the tags of an image, sorted, with the build times of those that need one.

    ``with_times`` is True or False for all tags, or says which tags need a time: each costs up to three requests. The
    tag and digest of ``reference`` do not matter. Credentials are those of ``docker login``.

    Raises Invalid, at ``--registry``: what the registry refuses, what is wrong with an answer, and what costs more than
    ``limits``; at Docker's configuration if that is broken.
    """
    from .address import address_of  # noqa: PLC0415 - start-up time is a feature
    from .build_times import build_time  # noqa: PLC0415
    from .client import RegistryClient  # noqa: PLC0415
    from .tag_pages import list_tags  # noqa: PLC0415

    registry = address_of(reference)
    deadline = Deadline(limits.seconds, registry.host)
    client = RegistryClient(registry, limits, deadline)
    (tags,) = in_parallel(list_tags, [client], 1, deadline)
    needed = [one for one in tags if with_times is True or (callable(with_times) and with_times(one))]
    if len(needed) > limits.times:
        message = f"the build times of {len(needed)} tags of {registry.name} are needed, more than {limits.times}"
        raise invalid(OPTION, message, "use a policy that fewer tags match, or list the tags in a file (--from FILE)")
    times = in_parallel(lambda tag: build_time(client, tag), needed, limits.parallel, deadline)
    created = dict(zip(needed, times, strict=True))
    return [Candidate(tag, created.get(tag)) for tag in tags]
