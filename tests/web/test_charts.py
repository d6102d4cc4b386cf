"""Pictures of figures keep to their numbers."""

from __future__ import annotations

from web.charts import ABOVE, BROAD, NARROW, STREAMS, WIDTH, bars, flows


def test_the_longest_bar_fills_the_chart_and_what_is_suppressed_has_none() -> None:
    chart = bars([("a", 20), ("b", 5), ("c", None), ("d", 0)])
    assert [bar.width for bar in chart.rows] == [WIDTH, WIDTH / 4, 0, 0]
    assert chart.height > chart.rows[-1].y + chart.thick
    assert bars([("a", None)]).rows[0].width == 0
    assert bars([]).rows == ()


def test_streams_join_their_places_and_are_as_broad_as_they_carry() -> None:
    chart = flows([("CA-BC", "CA-NS", 10), ("CA-BC", "CA-QC", 5), ("CA-AB", "CA-NS", None)])
    assert [place.name for place in chart.sources] == ["CA-AB", "CA-BC"]
    assert [place.name for place in chart.targets] == ["CA-NS", "CA-QC"]
    assert [stream.broad for stream in chart.streams] == [BROAD, (NARROW + BROAD) / 2, NARROW]
    at, to = ({place.name: place.y + ABOVE for place in side} for side in (chart.sources, chart.targets))
    for stream in chart.streams:
        assert f" {at[stream.source]}C" in stream.path and stream.path.endswith(f" {to[stream.target]}")


def test_only_the_broadest_streams_are_drawn() -> None:
    chart = flows((f"S{number}", "T", number) for number in range(40))
    assert len(chart.streams) == STREAMS
    assert chart.streams[0].source == "S39"
    assert flows([]).streams == ()
