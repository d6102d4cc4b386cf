"""Counters and gauges as Prometheus text.

Law: numbers with fixed names and few labels; no node id, name or address becomes a label a stranger can multiply.
Source: OPERATIONS "Real parts"; Prometheus text exposition format 0.0.4.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple


class Metric(NamedTuple):
    """``kind`` is gauge or counter; ``values`` by the value of ``label``, or under the empty text without one."""

    name: str
    kind: str
    help: str
    values: Mapping[str, float]
    label: str = ""


def gauge(name: str, says: str, value: float) -> Metric:
    """A metric of one value."""
    return Metric(name, "gauge", says, {"": value})


def counters(name: str, says: str, label: str, values: Mapping[str, float]) -> Metric:
    """A counter by one label."""
    return Metric(name, "counter", says, values, label)


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _lines(metric: Metric) -> Iterable[str]:
    name = f"barnraise_{metric.name}"
    yield f"# HELP {name} {metric.help}"
    yield f"# TYPE {name} {metric.kind}"
    for key, value in metric.values.items():
        label = f'{{{metric.label}="{_escaped(key)}"}}' if metric.label else ""
        yield f"{name}{label} {value}"


def render(metrics: Iterable[Metric]) -> str:
    """The text a scraper reads."""
    return "\n".join(line for metric in metrics for line in _lines(metric)) + "\n"
