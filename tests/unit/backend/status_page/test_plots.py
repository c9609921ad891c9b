"""Portable. Marks, axes and bars: where things stand, and that the series differ without colour."""

from backend.status_page.plots.axes import (
    BOTTOM,
    HEIGHT,
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    legend,
    svg,
    time_axis,
    x_axis,
)
from backend.status_page.plots.bars import Bar, Row, bars
from backend.status_page.plots.marks import HTTP, LISTENERS, WEBSOCKET, band, bar, curve, marker, whisker
from backend.status_page.plots.tables import table
from tests.support.fake_drawing import looking, rows, texts, walk


def test_a_curve_goes_through_its_places() -> None:
    path = curve([(0, 10), (2.04, 7.96)], HTTP)
    assert path.attributes == {"d": "M0 10L2 8", "class": "curve http"}


def test_a_band_goes_there_above_and_back_below() -> None:
    assert band([(0, 1), (9, 2)], [(0, 5), (9, 6)]).attributes["d"] == "M0 1L9 2L9 6L0 5Z"


def test_each_series_has_a_sign_of_its_own() -> None:
    assert [marker(10, 10, series).tag for series in (HTTP, WEBSOCKET, LISTENERS)] == [
        "circle",
        "rect",
        "path",
    ]


def test_a_whisker_has_two_ends_and_a_middle() -> None:
    nodes = whisker(30, 10, 50, 80, HTTP)
    assert [each.attributes["x1"] for each in looking(nodes, "end")] == ["10", "80"]
    assert looking(nodes, "marker")[0].attributes["cx"] == "50"


def test_a_bar_of_no_length_is_not_drawn() -> None:
    assert bar(0, 0, 0, 10, HTTP).tag == "g"
    assert bar(0, 0, 3, 10, HTTP).attributes["width"] == "3"


def test_bars_have_lengths_in_proportion_and_their_numbers() -> None:
    groups = [
        Row(name, [Bar(HTTP, value, str(value)), Bar(WEBSOCKET, 0, "none")])
        for name, value in (("a", 10.0), ("b", 5.0))
    ]
    drawn = [bars(groups)]
    lengths = [float(each.attributes["width"]) for each in looking(drawn, "bar")]
    assert lengths[0] == 2 * lengths[1]
    assert texts(drawn) == ["HTTP", "WebSocket", "a", "10.0", "none", "b", "5.0", "none"]


def test_all_stands_inside_the_drawing() -> None:
    _, ticks = time_axis(600, ("10 min ago", "5", "now"))
    nodes = x_axis(ticks, "unit") + legend([HTTP, WEBSOCKET, LISTENERS])
    for each in walk(nodes):
        for name, value in each.attributes.items():
            if name in ("x", "x1", "x2"):
                assert 0 <= float(value) <= WIDTH
            if name in ("y", "y1", "y2"):
                assert 0 <= float(value) <= HEIGHT
    assert 0 < LEFT < RIGHT < WIDTH
    assert 0 < TOP < BOTTOM < HEIGHT


def test_time_runs_from_the_left_to_now() -> None:
    scale, ticks = time_axis(600, ("10 min ago", "5", "now"))
    assert [x for x, _ in ticks] == [LEFT, (LEFT + RIGHT) / 2, RIGHT]
    assert scale.at(-600) == LEFT
    assert scale.at(0) == RIGHT


def test_a_drawing_is_hidden_from_readers_whom_its_label_tells() -> None:
    assert svg(100, []).attributes["aria-hidden"] == "true"


def test_a_table_names_its_columns_and_rows() -> None:
    made = table("A caption", ["Way", "Count"], [["HTTP", "3"]])
    assert [each.tag for each in made.children] == ["caption", "thead", "tbody"]
    scopes = [each.attributes["scope"] for each in walk([made]) if each.tag == "th"]
    assert scopes == ["col", "col", "row"]
    assert rows([made]) == [["Way", "Count"], ["HTTP", "3"]]


def test_markup_in_a_text_stays_a_text() -> None:
    """A node's texts are put into the page as texts: they are kept here as they came."""
    evil = "<img src=x onerror=alert(1)>&"
    assert evil in texts([bars([Row(evil, [Bar(HTTP, 1, "1")])])])
    assert rows([table("", ["Code"], [[evil]])])[1] == [evil]
