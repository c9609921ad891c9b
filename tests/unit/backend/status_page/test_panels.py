"""Portable. Each part of the page: what it draws, what it says, and the exact numbers in its table."""

import json
from typing import Any

from backend.status_page.panels import counts, latency, success
from backend.status_page.panels.panel import Panel
from backend.status_page.records import RANGES, Status, decode_status
from backend.status_page.view import PANELS
from tests.support.fake_drawing import looking, rows, texts, walk
from tests.support.portable import raises
from tests.support.status_data import busy, connects, empty, interval, outcomes, tripped


def status(data: Any) -> Status:
    return decode_status(json.dumps(data))


def table(panel: Panel) -> "dict[str, list[str]]":
    """The cells of each row by its name."""
    return {row[0]: row[1:] for row in rows([panel.table])[1:]}


def test_every_part_draws_every_range() -> None:
    for wanted in RANGES:
        for _, _, make in PANELS:
            panel = make(status(busy(wanted)))
            drawn = walk(panel.plot)
            assert [each for each in drawn if each.tag == "svg"], panel.label
            assert not looking(panel.plot, "empty")
            assert panel.label.endswith(".")
            assert "None" not in panel.label
            for each in drawn:
                assert not [value for value in each.attributes.values() if "nan" in value or "inf" in value]


def test_every_part_says_when_and_why_there_is_nothing() -> None:
    for _, _, make in PANELS:
        panel = make(status(empty()))
        assert texts(panel.plot) == [panel.label]
        assert panel.label.startswith("Nothing yet: ")
        assert panel.table.tag == "table"


def test_success_rates_have_their_intervals() -> None:
    panel = success.success(status(busy("24h")))
    assert "HTTP 98.6 % (211 of 214), 95 % interval 95.2 % to 99.8 %." in panel.label
    assert table(panel)["HTTP, start"] == ["211", "3", "5", "98.6 %", "95.2 % to 99.8 %"]
    assert table(panel)["HTTP, created (server)"][0] == "213"
    assert table(panel)["Listeners, listen"][:3] == ["8,120", "61", "340"]
    assert len(looking(panel.plot, "marker")) == 2


def test_a_way_without_starts_has_no_whisker() -> None:
    data = busy("10m")
    data["modes"]["http"] = empty()["modes"]["http"]
    panel = success.success(status(data))
    assert len(looking(panel.plot, "marker")) == 1
    assert "HTTP nothing yet." in panel.label


def test_the_difference_is_a_band_around_a_line_with_zero_marked() -> None:
    panel = success.difference(status(busy("24h")))
    assert len(looking(panel.plot, "band")) == 1
    assert len(looking(panel.plot, "zero")) == 1
    assert len(rows([panel.table])) == 1 + 94  # the first two steps knew no difference
    assert "Now +0.4, 95 % interval \u22122.3 to +3.1 percentage points." in panel.label


def test_a_single_difference_can_be_seen() -> None:
    data = busy("10m")
    data["overTime"] = data["overTime"][-1:]
    [drawn] = looking(success.difference(status(data)).plot, "band")
    places = drawn.attributes["d"][1:-1].split("L")
    assert float(places[0].split(" ")[0]) < float(places[1].split(" ")[0])


def test_failed_starts_are_summed_to_few_levels_and_all_told() -> None:
    data = busy("24h")
    failed = sum(step["websocket"]["failed"] for step in data["overTime"])
    panel = success.failures(status(data))
    assert "WebSocket " + str(failed) in panel.label
    assert len(rows([panel.table])) == 97
    assert looking(panel.plot, "curve")[-1].attributes["d"].count("L") == 47  # two ends of each of 24 levels


def test_latency_has_three_charts_and_percentiles() -> None:
    panel = latency.latency(status(busy()))
    assert len(looking(panel.plot, "chart")) == 3
    assert table(panel)["HTTP, until created, as felt"] == ["214", "120 ms", "251 ms", "379 ms"]
    assert table(panel)["WebSocket, in the server"][0] == "1,912"
    assert "Until live, as felt: HTTP half within 620 ms, 95 % within 1.12 s" in panel.label


def test_signs_stand_on_the_curve_where_it_crosses_their_share() -> None:
    places = [(10.0, 100.0), (10.0, 90.0), (20.0, 50.0), (30.0, 0.0)]
    assert [latency.crossing(places, y) for y in (100, 95, 70, 50, 25)] == [10, 10, 15, 20, 25]
    assert latency.crossing([(10.0, 100.0), (20.0, 40.0)], 0) == 20


def test_connections_are_told_with_and_without_an_id() -> None:
    panel = latency.connects(status(busy()))
    assert table(panel)["Listeners, with id"][:3] == ["9,004", "88", "99.0 %"]
    assert table(panel)["HTTP, without id"][:3] == ["0", "0", "\u2013"]
    assert len(looking(panel.plot, "chart")) == 2


def test_a_chart_without_figures_is_left_out() -> None:
    data = busy()
    for each in (data["modes"]["http"], data["modes"]["websocket"], data["listeners"]):
        each["connects"]["without"] = connects(0, 0, 1)
    assert len(looking(latency.connects(status(data)).plot, "chart")) == 1


def test_retries_are_shares_of_calls() -> None:
    panel = counts.retries(status(busy()))
    assert table(panel)["HTTP"] == ["196", "14", "3", "1", "8.4 %"]
    assert "Listeners 1.9 %" in panel.label


def test_errors_are_ordered_and_the_rest_is_in_the_table() -> None:
    data = busy()
    data["modes"]["http"]["errors"] = {"CODE_" + str(number): number for number in range(1, 9)}
    data["modes"]["websocket"]["errors"] = {"<b>": 100}
    panel = counts.errors(status(data))
    names = texts(looking(panel.plot, "name"))
    assert names == ["<b>", "CODE_8", "CODE_7", "CODE_6", "CODE_5", "CODE_4"]
    assert panel.label.endswith(" 3 more are in the table.")
    assert len(table(panel)) == 9


def test_disconnections_are_per_hour_of_what_the_server_knows() -> None:
    data = busy("24h")
    assert table(counts.disconnections(status(data)))["left"] == ["180", "1,620", "7.5", "67.5"]
    data["uptimeS"] = 30 * 60
    for step in data["overTime"][:-8]:  # nothing before the last two hours
        step["http"] = step["websocket"] = outcomes(0, 0)
    assert table(counts.disconnections(status(data)))["left"] == ["180", "1,620", "90.0", "810"]
    data["uptimeS"] = 2.5  # a rate of an instant would say nothing
    data["overTime"] = []
    assert table(counts.disconnections(status(data)))["left"][2:] == ["10,800", "97,200"]


def test_users_stand_beside_the_setting() -> None:
    panel = counts.users(status(busy()))
    assert table(panel) == {
        "HTTP": ["31", "10.6 %", "10 %"],
        "WebSocket": ["262", "89.4 %", "90 %"],
    }
    assert len(looking(panel.plot, "zero")) == 1
    off = counts.users(status(tripped()))
    assert table(off)["HTTP"][2] == "0 %"
    data = busy()
    data["rollout"]["percent"] = None
    assert not looking(counts.users(status(data)).plot, "zero")


def test_an_answer_of_another_shape_is_refused() -> None:
    missing, wrong = busy(), busy()
    del missing["verdict"]
    wrong["modes"]["http"]["retries"] = [1, 2]
    unknown = busy()
    unknown["range"] = "1y"
    answers: list[Any] = [missing, wrong, unknown, [], None]
    for data in answers:
        raises(ValueError, decode_status, json.dumps(data))
    raises(ValueError, decode_status, "<html>")


def test_what_is_unknown_may_be_null() -> None:
    data = busy()
    data["memoryBytes"] = data["rollout"]["http"] = data["rollout"]["since"] = None
    data["verdict"]["difference"] = interval(-0.1, 0, 0.1)
    data["modes"]["http"]["actions"]["start"] = outcomes(0, 0)
    assert status(data).memory_bytes is None
    assert status(data).rollout.http is None
