"""x."""

EXAMPLES = ()


def run_new() -> int:
    """X."""
    return 0
