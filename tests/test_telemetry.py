"""Lines and figures that an operator reads."""

from __future__ import annotations

import io
import logging
import re
from typing import TYPE_CHECKING

import pytest
from prometheus_client import CollectorRegistry, Counter

from folkmoot.settings import LogSettings
from folkmoot.telemetry import render_metrics, set_up_logging

if TYPE_CHECKING:
    from collections.abc import Iterator

LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (\w+) (\S+) (.*)")


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield io.StringIO()
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)


def test_line_names_level_logger_and_ids(stream: io.StringIO) -> None:
    set_up_logging(LogSettings(), stream=stream)
    logging.getLogger("folkmoot.media").info("meeting=%s room=%s on air", "m_1", "r_2")
    match = LINE.fullmatch(stream.getvalue().rstrip("\n"))
    assert match is not None
    assert match.groups() == ("INFO", "folkmoot.media", "meeting=m_1 room=r_2 on air")


def test_line_stays_one_whatever_the_message_holds(stream: io.StringIO) -> None:
    set_up_logging(LogSettings(), stream=stream)
    logging.getLogger("x").warning("name=%s", "a\nERROR\r\x1b[2J\u2028ümlaut\t.")
    assert stream.getvalue().endswith("name=a\\nERROR\\r\\x1b[2J\\u2028ümlaut\t.\n")
    assert len(stream.getvalue().splitlines()) == 1


def test_traceback_is_indented_under_its_line(stream: io.StringIO) -> None:
    set_up_logging(LogSettings(), stream=stream)
    try:
        raise ValueError("first\nsecond")
    except ValueError:
        logging.getLogger("x").exception("task=%s failed", "recorder")
    first, *rest = stream.getvalue().splitlines()
    assert LINE.fullmatch(first)
    assert rest
    assert [line for line in rest if not line.startswith("    ")] == []


def test_setting_up_twice_does_not_double_lines(stream: io.StringIO) -> None:
    set_up_logging(LogSettings(level="DEBUG"), stream=stream)
    set_up_logging(LogSettings(level="WARNING"), stream=stream)
    logging.getLogger("x").info("quiet")
    logging.getLogger("x").warning("once")
    assert stream.getvalue().count("\n") == 1


def test_requests_are_told_only_when_debugging(stream: io.StringIO) -> None:
    set_up_logging(LogSettings(), stream=stream)
    logging.getLogger("aiohttp.access").info("GET /")
    assert stream.getvalue() == ""
    set_up_logging(LogSettings(level="DEBUG"), stream=stream)
    logging.getLogger("aiohttp.access").info("GET /")
    assert "GET /" in stream.getvalue()


def test_metrics_are_what_prometheus_reads() -> None:
    registry = CollectorRegistry()
    Counter("folkmoot_commands", "Commands.", registry=registry).inc(3)
    body, content_type = render_metrics(registry)
    assert b"folkmoot_commands_total 3.0\n" in body
    assert content_type.startswith("text/plain")
