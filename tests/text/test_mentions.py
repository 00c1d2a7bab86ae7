"""Mentions of targets."""
# ruff: noqa: RUF001  (other scripts)

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.text.mentions import Mention, MentionFinder


def found(aliases, text):
    return [text[mention.start : mention.end] for mention in MentionFinder([("key", aliases)]).find(text)]


@pytest.mark.parametrize(
    ("alias", "text", "expected"),
    [
        ("US", "The US told us. US-led, not USA or us.", ["US", "US"]),
        ("the West", "The West and the West’s allies, not the west.", ["The West", "the West"]),
        ("refugees", "Refugees, refugees and REFUGEES.", ["Refugees", "refugees", "REFUGEES"]),
        ("Erdogan", "Erdogan's and Erdogan’s, not Erdogans.", ["Erdogan", "Erdogan"]),
        ("O'Brien", "O’Brien or O'Brien", ["O’Brien", "O'Brien"]),
        ("New York", "New\u00a0York, New\n  York", ["New\u00a0York", "New\n  York"]),
        ("U.S.", "The U.S. and the U.S.’s, not UXSX.", ["U.S.", "U.S."]),
        ("Russia", "RUSSIA TELLS US", ["RUSSIA"]),
        ("Russia", "Now RUSSIA tells", []),
        ("Путин", "Путин, но не Путину", ["Путин"]),
        ("روسيا", "روسيا وروسيا لروسيا", ["روسيا"] * 3),
        ("روسيا", "بيروسيا", []),
        ("俄罗斯", "他说俄罗斯的", ["俄罗斯"]),
        ("ロシア", "ロシア人", ["ロシア"]),
        ("러시아", "러시아가 왔다", ["러시아"]),
        ("मोदी", "मोदी ने", ["मोदी"]),
        ("मोद", "मोदी ने", []),
        ("Cafe", "Cafe\u0301 Cafe", ["Cafe"]),
        ("Erdoğan", "Erdog\u0306an", ["Erdog\u0306an"]),
        ("a+b (c)", "A+B (C), aab c", ["A+B (C)"]),
        ("NATO", "_NATO_ (NATO) #NATO", ["NATO"] * 3),
    ],
)
def test_aliases_are_found_as_whole_words(alias, text, expected):
    assert found([alias], text) == expected


def test_the_longest_alias_counts_and_names_its_key():
    finder = MentionFinder([(1, ["York", "Russia"]), (2, ["New York", "New York Times"]), (3, ["York"])])
    text = "New York Times in New York, York and Russia."
    assert [(text[m.start : m.end], m.key) for m in finder.find(text)] == [
        ("New York Times", 2), ("New York", 2), ("York", 1), ("Russia", 1),
    ]  # fmt: skip


def test_capitals_count_within_a_headline_only():
    assert found(["Turkey"], "TURKEY GOES ON\n\nThe TURKEY was cold. Turkey.") == ["TURKEY", "Turkey"]


def test_nothing_is_found_without_aliases():
    assert MentionFinder([]).find("Anything") == []
    assert MentionFinder([("key", ["", " "])]).find("Any thing") == []


aliases = st.lists(st.text(st.sampled_from("AabBс.*+('罗م ी"), min_size=1, max_size=5), min_size=1, max_size=6)


@given(aliases, st.text(st.sampled_from("AabBс.*+('罗م ी,\n"), max_size=40))
def test_mentions_are_ordered_disjoint_and_say_an_alias(aliases, text):
    position = 0
    spoken = {" ".join(alias.replace("’", "'").lower().split()) for alias in aliases}
    for mention in MentionFinder([("key", aliases)]).find(text):
        assert position <= mention.start < mention.end
        position = mention.end
        assert " ".join(text[mention.start : mention.end].lower().split()) in spoken


@given(st.lists(st.sampled_from(["Ana", "Ana Roy", "Roy", "the Sea", "sea"]), min_size=1, unique=True))
def test_every_alias_is_found_between_other_words(chosen):
    finder = MentionFinder([(alias, [alias]) for alias in chosen])
    for alias in chosen:
        assert finder.find(f"so {alias}, ok") == [Mention(3, 3 + len(alias), alias)]


def test_hundreds_of_aliases_do_no_harm_to_each_other():
    finder = MentionFinder([(number, [f"Name{number}"]) for number in range(600)])
    assert [mention.key for mention in finder.find(" ".join(f"Name{number}" for number in range(600)))] == list(
        range(600)
    )


@pytest.mark.parametrize("order", [1, -1])
def test_the_longest_alias_is_found_though_it_ends_in_another_script(order):
    finder = MentionFinder([("short", ["Apple"]), ("long", ["Apple 公司"])][::order])
    assert finder.find("Apple 公司 rose") == [Mention(0, 8, "long")]
    assert finder.find("Apple rose") == [Mention(0, 5, "short")]
