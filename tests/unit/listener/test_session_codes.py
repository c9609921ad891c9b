"""Portable: codes as people type them, and the nearest of those found before."""

from listener.session_codes import mistakes, nearest, tidy
from tests.support.fake_http import lost, problem
from tests.support.listener_harness import CODE, ListenerHarness

OTHERS = ["silent-river-808", "brave-otter-101"]


def test_spaces_capitals_dashes_and_digits_of_other_scripts_are_forgiven() -> None:
    for typed in (
        "golden-eagle-427",
        "  Golden Eagle 427 ",
        "GOLDEN\u2013EAGLE\u2013427",
        "golden_eagle427",
        "golden, eagle, 427.",
        "golden eagle ٤٢٧",
        "golden eagle ४२७",
        "golden eagle \uff14\uff12\uff17",
        "https://talks.example/listener/?s=golden-eagle-427",
        "https://talks.example/listener/?s=golden-eagle-427&lang=ar",
        "https://talks.example/listener/?lang=ar&s=golden-eagle-427",
        "https://talks.example/listener/?lang=ar&S=Golden-Eagle-427&creation=http#top",
        "golden eagle 427?",
    ):
        assert tidy(typed) == CODE, typed


def test_a_code_is_found_anywhere_in_what_was_pasted() -> None:
    for typed in (
        "Code: golden-eagle-427",
        "Your code is golden-eagle-427.",
        "The code for tonight is golden eagle 427!",
        "golden-eagle-427 (room 12, 7:30 pm)",
        "19:30 Hall 2: golden-eagle-427",
        "Listen live: https://talks.example/listener/?s=golden-eagle-427 see you at 8",
        "https://talks.example/a/very/long/path/listener/?utm_source=chat&s=golden-eagle-427&utm_medium=x#top",
        "https://big-hall-101.example/listener/?s=golden-eagle-427",
        "https://safe.example/?url=https%3A%2F%2Ftalks.example%2Flistener%2F%3Fs%3Dgolden-eagle-427&data=05",
        "https://safe.example/?u=https%253A%252F%252Ftalks.example%252F%253Fs%253Dgolden-eagle-427",
        "https://talks.example/listener/?s=Golden%20Eagle%20427",
        "https://talks.example/listener/?s=golden+eagle+427",
        "<https://talks.example/listener/?s=golden-eagle-427>",
        "golden-eagle-\n427",
        "\u201cgolden\u2011eagle\u2011427\u201d",
        "\u200egolden\u200b-eagle-\u2060427\ufeff",
        "gol\u00adden-ea\u00adgle-427",
        "\uff27\uff4f\uff4c\uff44\uff45\uff4e\uff0dEagle\uff0d\uff14\uff12\uff17",
        "golden eagle 4\ufe0f\u20e32\ufe0f\u20e37\ufe0f\u20e3",
        "golden eagle 4 2 7",
        "golden-eagle 4-2-7",
        "427 golden eagle",
        "C\u00f3digo: golden-eagle-427",
        "\u4ee3\u7801\uff1agolden-eagle-427\u3002",
        "golden eagle ๔๒๗",
    ):
        assert tidy(typed) == CODE, typed


def test_spoken_digits_count_in_the_languages_of_the_pages() -> None:
    for spoken in (
        "four two seven",
        "four-two-seven.",
        "vier zwei sieben",
        "vier zwo sieben",
        "cuatro dos siete",
        "quatre deux sept",
        "quatro dois sete",
        "أربعة اثنان سبعة",
        "चार दो सात",
        "四二七",
        "四 二 七",
        "four 2 seven",
    ):
        assert tidy("Golden Eagle " + spoken) == CODE, spoken
    assert tidy("golden eagle three f\u00fcnf tr\u00eas") == "golden-eagle-353"
    assert tidy("golden eagle oh z\u00e9ro z\u00e8ro") == "golden-eagle-000"
    assert tidy("golden eagle fu\u0308nf cinq cinco") == "golden-eagle-555"
    assert tidy("two golden eagle 427 one more") == CODE


def test_characters_taken_for_others_are_set_right() -> None:
    for typed, code in (
        ("g0lden-eagle-427", CODE),
        ("go1den eag1e 427", CODE),
        ("golden-eagle-4O7", "golden-eagle-407"),
        ("Golden Eagle l0I", "golden-eagle-101"),
        ("golden-eagle-4Z7", CODE),
        ("https://talks.example/listener/?s=g0lden-eagle-427", CODE),
        ("5 pm, hall 2: golden eagle 427", CODE),
        ("golden eagle 4 27", CODE),
        ("golden-eagle-42 7", CODE),
        ("golden eagle 4 2 7 8 pm", CODE),
    ):
        assert tidy(typed) == code, typed


def test_words_before_the_digits_and_other_spellings_are_seen_through() -> None:
    for typed in (
        "golden eagle No. 427",
        "golden eagle number 427",
        "golden, eagle and 427",
        "golden_eagle_427",
        "golden\u30fceagle\u2043427",
        "> > golden-\n> > eagle-427",
        "golden&ndash;eagle&#45;427",
        "golden&shy;-eagle-427",
        "golden&nbsp;eagle&nbsp;427",
        "golden-eagle=2D427",
        "https://talks.example/listener/?s=3Dgolden-ea=\ngle-427",
        "https://urldefense.example/v2/url?u=https-3A__talks.example_listener_-3Fs-3Dgolden-2Deagle-2D427&d=Dw",
        "https://talks.example/listener/?utm_content=big-hall-101&amp;s=golden-eagle-427&amp;utm_term=a-b-999",
        "\U0001d5f4\U0001d5fc\U0001d5f9\U0001d5f1\U0001d5f2\U0001d5fb-eagle-\U0001d7f0\U0001d7ee\U0001d7f3",
        "golden eagle \u0bea\u0be8\u0bed",
    ):
        assert tidy(typed) == CODE, typed


def test_what_holds_no_code_stays_recognisable() -> None:
    for typed, words in (
        ("golden-eagle-4271", "golden-eagle-4271"),
        ("golden eagle 42", "golden-eagle-42"),
        ("100% golden", "100-golden"),
        ("see you at 8", "see-you-at-8"),
    ):
        assert tidy(typed) == words, typed


def test_nothing_typed_is_nothing() -> None:
    for typed in ("", "  ", " - ", "\u066b", "؟"):
        assert tidy(typed) == "", typed


def test_mistakes_are_counted_one_by_one() -> None:
    for one, other, count in (
        ("eagle", "eagle", 0),
        ("goldn", "golden", 1),
        ("eagel", "eagle", 1),
        ("goldneagel427", "goldeneagle427", 2),
        ("ca", "abc", 3),
        ("", "abc", 3),
        ("abc", "", 3),
        ("kitten", "sitting", 3),
    ):
        assert (mistakes(one, other), mistakes(other, one)) == (count, count), one


def test_the_code_that_was_meant_is_found_among_those_seen() -> None:
    seen = OTHERS + [CODE]
    for typed in ("goldn eagel 427", "golden eagle 42", "olden eagle 472", "goldeneagle427", "golden eagle"):
        assert nearest(tidy(typed), seen) == CODE, typed


def test_a_code_unlike_all_seen_suggests_nothing() -> None:
    for typed in ("", "gold", "quick-zebra-555", "golden-tiger-999", "427"):
        assert nearest(typed, OTHERS + [CODE]) == "", typed
    assert nearest("goldn-eagel-427", []) == ""


def test_two_that_are_as_near_suggest_nothing_and_a_code_never_suggests_itself() -> None:
    assert nearest("golden-eagle-426", ["golden-eagle-425", CODE]) == ""
    assert nearest(CODE, [CODE]) == ""


def stage_that_saw(*codes: str) -> ListenerHarness:
    stage = ListenerHarness()
    for code in codes:
        stage.preferences.recent_sessions.add(code)
    return stage


def offered(stage: ListenerHarness) -> str:
    return stage.page.texts["suggestion"] if stage.page.visible["suggestion"] else ""


async def type_code(stage: ListenerHarness, typed: str) -> None:
    stage.page.set_value("session-code", typed)
    await stage.do("join-form", "submit")


async def test_the_page_suggests_the_code_that_was_seen_and_one_tap_takes_it() -> None:
    stage = stage_that_saw(OTHERS[0], OTHERS[1], CODE)
    await stage.app.open("")
    await type_code(stage, "goldn eagel 42")
    assert stage.api.asked == [], "what is no code is not worth a question"
    assert offered(stage) == "Did you mean golden\u2011eagle\u2011427?"
    await stage.do("suggestion")
    assert (stage.api.asked, stage.state, stage.page.values["session-code"]) == ([CODE], "ready", CODE)
    assert offered(stage) == ""
    assert stage.page.visible["listen"]


async def test_a_code_unknown_to_the_server_asks_it_once_and_nothing_else() -> None:
    stage = stage_that_saw(CODE)
    stage.api.failure = problem(404, "SESSION_NOT_FOUND")
    await type_code(stage, "goldn eagel 427")
    assert stage.api.asked == ["goldn-eagel-427"], "nothing but what was typed"
    assert (stage.state, offered(stage)) == ("not-found", "Did you mean golden\u2011eagle\u2011427?")
    await type_code(stage, "quick-zebra-555")
    assert offered(stage) == ""


async def test_a_code_without_dashes_that_was_seen_here_just_opens() -> None:
    stage = stage_that_saw(OTHERS[0], OTHERS[1], CODE)
    await type_code(stage, "Goldeneagle427")
    assert (stage.api.asked, stage.state) == ([CODE], "ready")


async def test_a_talk_that_was_found_is_told_with_its_tidy_code_and_no_other_is() -> None:
    stage = stage_that_saw(CODE)
    await stage.app.open("")
    await type_code(stage, "goldn eagel 42")
    assert stage.window.written == []
    await stage.do("suggestion")
    await type_code(stage, " Silent River 808 ")
    assert stage.window.written == [("s", CODE), ("s", OTHERS[0])]
    stage.api.failure = problem(404, "SESSION_NOT_FOUND")
    await type_code(stage, "quick-zebra-555")
    stage.api.failure, stage.api.status = None, "ended"
    await type_code(stage, OTHERS[1])
    assert stage.window.written == [("s", CODE), ("s", OTHERS[0])]


async def test_a_server_out_of_reach_is_no_reason_to_doubt_the_code() -> None:
    stage = stage_that_saw(CODE)
    stage.api.failure = lost()
    await type_code(stage, "golden-eagel-427")
    await stage.clock.advance(10)
    assert (stage.api.asked[-1], stage.page.visible["notice"]) == ("golden-eagel-427", True)
    assert offered(stage) == ""
