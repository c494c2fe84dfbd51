"""How long it is at most between two runs of a schedule."""

from __future__ import annotations

import pytest

from generator.shipped.service.schedule_gaps import longest_gap

MINUTE, HOUR, DAY = 60, 3600, 86400
GAPS = [
    ("* * * * *", MINUTE),
    ("*/15 * * * *", 15 * MINUTE),
    ("*/25 * * * *", 25 * MINUTE),  # at 0, 25, 50 and 0 again
    ("5/10 * * * *", 10 * MINUTE),
    ("1,,2 * * * *", 59 * MINUTE),
    ("+5 * * * *", HOUR),
    ("@hourly", HOUR),
    ("0 3 * * *", DAY),
    ("@midnight", DAY),
    ("0 3,9 * * *", 18 * HOUR),
    ("0 3 * * mon-fri", 3 * DAY),
    ("0 3 * * 1-5", 3 * DAY),
    ("*/15 6-20 * * MON-FRI", 2 * DAY + 9 * HOUR + 15 * MINUTE),
    ("0 0 * * sun", 7 * DAY),
    ("@weekly", 7 * DAY),
    ("0 0 1,15 * *", 17 * DAY),
    ("@monthly", 31 * DAY),
    ("0 0 31 * *", 61 * DAY),  # April, June, September and November have none
    ("0 0 1 1 *", 366 * DAY),
    ("@yearly", 366 * DAY),
    ("0 0 29 feb *", 1461 * DAY),
    ("0 0 30 2 *", None),
    # Both days are restricted, so that one of them is enough.
    ("0 0 13 * 5", 7 * DAY),
    ("0 0 */2 * 1", 2 * DAY),
    ("0 0 1-31 * 1", DAY),
    # A star, also one with a range or the step 1, restricts nothing.
    ("0 0 * * 5", 7 * DAY),
    ("0 0 ? * 5", 7 * DAY),
    ("0 0 */1 * 5", 7 * DAY),
    ("0 0 *-3 * 5", 7 * DAY),
    ("@every 1h30m", 90 * MINUTE),
    ("@every 0.5h", 30 * MINUTE),
    ("@every 10ms", 1),
]


@pytest.mark.parametrize(("schedule", "gap"), GAPS)
def test_the_longest_time_between_two_runs(schedule: str, gap: int | None) -> None:
    assert longest_gap(schedule) == gap
