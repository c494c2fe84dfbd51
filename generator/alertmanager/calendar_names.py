"""The names of days and months in time intervals: days count from Sunday, 0, and months from January, 1.

https://prometheus.io/docs/alerting/latest/configuration/#time_interval
"""

from __future__ import annotations

DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
