"""Figures of the live door for the operator, at `/metrics`."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

CONNECTIONS = Gauge("folkmoot_connections", "Live connections of this process.")
DELIVERIES = Counter("folkmoot_deliveries", "Frames written to clients by the fan-out.")
ENTRIES = Counter("folkmoot_entries_sent", "Journal entries that went to a feed.")
DROPPED = Counter(
    "folkmoot_lines_dropped", "Connections cut because they read too slowly."
)
COMMANDS = Counter("folkmoot_commands", "Commands by what became of them.", ["answer"])
COMMAND_SECONDS = Histogram(
    "folkmoot_command_seconds",
    "From reading a command to its answer after the commit.",
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
)
FANOUT_SECONDS = Histogram(
    "folkmoot_fanout_seconds",
    "From hearing of an entry to having written it to every client.",
    buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1),
)
