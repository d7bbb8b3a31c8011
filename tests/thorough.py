"""How many examples a property is tried with: all of them by ``make test-all``, else fewer."""

from __future__ import annotations

import os

__all__ = ["tries"]

THOROUGH = os.environ.get("AURALIS_THOROUGH") == "1"
FEWEST = 10


def tries(count: int) -> int:
    """Return `count`, or a third of it where time is short, 10 at least.

    Parameters
    ----------
    count : int
        Examples that a thorough run tries.
    """
    return count if THOROUGH else max(min(count, FEWEST), count // 3)
