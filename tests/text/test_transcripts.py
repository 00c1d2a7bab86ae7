"""Speakers, turns and notes of transcripts."""
# ruff: noqa: RUF001  (other scripts)

import pytest

from annotator.text.parsing import parse


def said(text, **options):
    """Return (speaker, note, sentences) of each turn."""
    parsed = parse(text, **options)
    return [
        (
            None if turn.speaker is None else parsed.speakers[turn.speaker].name,
            turn.note,
            [text[s.start : s.end] for s in parsed.sentences if s.turn == index],
        )
        for index, turn in enumerate(parsed.turns)
    ]


def names(text):
    return [name for name, _, _ in said(text)]


def only(label):
    """Return the speaker of a label in capitals."""
    (speaker,) = parse(f"{label}: Well. Yes.", kind="transcript").speakers
    return speaker


REPORT = """The leader of Freedonia is abroad. Nora Field reports.

NORA FIELD, BYLINE: Here Ali Veli, an analyst, waits.

PRESIDENT RUFUS T FIREFLY: (Through interpreter) We start now. Soon.

FIELD: He left.

VELI: I agree.

Nora Field, XYZ News, Freedonia.
"""


def test_a_report_is_understood():
    assert said(REPORT) == [
        (None, None, ["The leader of Freedonia is abroad.", "Nora Field reports."]),
        ("Nora Field", None, ["Here Ali Veli, an analyst, waits."]),
        ("Rufus T Firefly", "Through interpreter", ["We start now.", "Soon."]),
        ("Nora Field", None, ["He left."]),
        ("Ali Veli", None, ["I agree."]),
        (None, None, ["Nora Field, XYZ News, Freedonia."]),
    ]


def test_speakers_keep_what_labels_say_of_them():
    field, firefly, veli = parse(REPORT).speakers
    assert (field.aliases, field.byline, field.role) == (("NORA FIELD", "FIELD"), True, None)
    assert (firefly.aliases, firefly.role) == (("RUFUS T FIREFLY",), "President")
    assert veli.aliases == ("VELI",)
    assert parse(REPORT).turns[1].label == "NORA FIELD, BYLINE"


@pytest.mark.parametrize("line_break", ["\r\n", "\r", "\n"])
def test_line_breaks_of_every_system_are_understood(line_break):
    text = REPORT.replace("\n", line_break)
    assert said(text) == said(REPORT)


def test_paragraphs_need_no_blank_line():
    assert names(REPORT.replace("\n\n", "\n")) == names(REPORT)


def test_invisible_marks_and_indents_are_no_part_of_label_or_sentence():
    text = "\ufeff  HOLT:\tGood evening.\n\n\u00a0\u200bTRUMP:\u00a0Hello.\u200b\n"
    assert said(text) == [("Holt", None, ["Good evening."]), ("Trump", None, ["Hello."])]


@pytest.mark.parametrize(
    ("label", "name", "role"),
    [
        ("SEN. MARIA LOPEZ, (D-NM)", "Maria Lopez", "Sen., D-NM"),
        ("JOHN SMITH, FORMER GENERAL", "John Smith", "Former General"),
        ("HOST", "Host", "Host"),
        ("UNIDENTIFIED WOMAN #1", "Unidentified Woman #1", None),
        ("J. R. SMITH", "J. R. Smith", None),
        ("KERIM A", "Kerim A", None),
        ("KERIM HAS", "Kerim Has", None),
        ("CONOR O'BRIEN", "Conor O'Brien", None),
        ("RONALD McDONALD", "Ronald McDonald", None),
        ("URSULA VON DER LEYEN", "Ursula von der Leyen", None),
        ("JEAN-LUC MÉLENCHON, MP", "Jean-Luc Mélenchon", "MP"),
        ("FOREIGN MINISTER SERGEI LAVROV", "Sergei Lavrov", "Foreign Minister"),
        ("SECRETARY OF STATE JOHN KERRY", "John Kerry", "Secretary of State"),
        ("MARTIN LUTHER KING", "Martin Luther King", None),
        ("ROBERT KENNEDY, JR.", "Robert Kennedy Jr.", None),
        ("JFK", "JFK", None),
        ("VAN JONES, CNN HOST", "Van Jones", "CNN Host"),
        ("ABDEL FATTAH AL-SISI", "Abdel Fattah al-Sisi", None),
        ("ПРЕЗИДЕНТ ВЛАДИМИР ПУТИН", "Владимир Путин", "Президент"),
        ("ΑΛΕΞΗΣ ΤΣΙΠΡΑΣ", "Αλεξης Τσιπρας", None),
        ("İLHAM ƏLİYEV", "İlham Əliyev", None),
    ],
)
def test_name_and_role_are_read_from_a_label(label, name, role):
    assert (only(label).name, only(label).role) == (name, role)


def test_spelling_of_a_name_is_taken_from_the_text():
    text = "RON DESANTIS: I am Ron DeSantis.\n\nROY MACKAY: I am Roy MacKay."
    assert names(text) == ["Ron DeSantis", "Roy MacKay"]


def test_surname_is_linked_to_the_full_name_seen_before():
    assert names("HOST: Kerim Has is here.\n\nHAS: Yes.\n\nHOST: Analyst Kerim Has left.")[1] == "Kerim Has"
    assert names("HOST: Ms. Has is here.\n\nHAS: Yes. I am Kerim Has.")[1] == "Has"


def test_surname_after_a_title_is_linked():
    assert names("SECRETARY ANN LEE: Yes.\n\nMS. LEE: No.\n\nLEE: So.") == ["Ann Lee"] * 3


def test_surname_of_two_people_is_linked_to_neither():
    text = "ANN LEE: Yes.\n\nLEE: So.\n\nBEN LEE: No.\n\nLEE: Who?"
    assert names(text) == ["Ann Lee", "Ann Lee", "Ben Lee", "Lee"]
    assert names("HOST: Ann Lee and Ben Lee are here.\n\nLEE: Who?")[1] == "Lee"


def test_title_tells_two_people_of_one_surname_apart():
    text = "SENATOR ANN LEE: Yes.\n\nMAYOR BEN LEE: No.\n\nMAYOR LEE: Hm."
    assert names(text) == ["Ann Lee", "Ben Lee", "Ben Lee"]


def test_labels_in_mixed_case_are_read_where_they_are_the_pattern():
    text = "Lester Holt: Good evening.\n\nTrump: Hello.\nRemember: remember to vote.\n\nHolt: Thanks."
    assert names(text) == ["Lester Holt", "Trump", "Lester Holt"]


@pytest.mark.parametrize(
    ("first", "second", "colon"),
    [("المذيع", "أحمد علي", ":"), ("主持人", "张伟", "："), ("मोदी", "राहुल गांधी", ":"), ("გიორგი", "ნინო", ":")],
)
def test_labels_in_scripts_without_capitals_are_read(first, second, colon):
    text = "\n\n".join(f"{name}{colon} 1 2." for name in (first, second, first))
    assert names(text) == [first, second, first]


def test_questions_and_answers_are_turns():
    assert names("Q: How so?\nA: I said: go at 10:30.\nQ: Why?") == ["Q", "A", "Q"]


@pytest.mark.parametrize(
    "line",
    [
        "NOTE: This is a text.",
        "BREAKING: Something.",
        "UPDATE: More of it.",
        "He said: we go.",
        "THE MINISTER SAID: WE GO.",
        "https://example.org is a page.",
        "10:30 is a time.",
        "READ MORE: Another text.",
        "COVID-19: what to know",
    ],
)
def test_a_line_with_a_colon_is_not_always_a_label(line):
    assert parse(f"{line}\n\n{line}\n\nIt ended there.").kind == "article"
    assert names(f"ANN LEE: Yes.\n\n{line}\n\nBEN LEE: No.") == ["Ann Lee", "Ben Lee"]


def test_sound_notes_are_no_sentences():
    text = (
        "(SOUNDBITE OF MUSIC)\n\nANN LEE: Hello. (LAUGHTER) Well (applause) said.\n\n[APPLAUSE]\n\nGo on.\n\nLEE: Yes."
    )
    assert said(text)[0] == (
        "Ann Lee",
        "SOUNDBITE OF MUSIC; LAUGHTER; APPLAUSE",
        ["Hello.", "Well (applause) said.", "Go on."],
    )


def test_a_recording_announced_belongs_to_the_turn_it_plays():
    text = "ANN LEE: Listen.\n\n(SOUNDBITE OF ARCHIVED RECORDING)\n\nBEN ROY: Go.\n\nLEE: Yes."
    assert [note for _, note, _ in said(text)] == [None, "SOUNDBITE OF ARCHIVED RECORDING", None]


def test_a_turn_that_is_only_a_note_stays_a_turn():
    parsed = parse("AUDIENCE: (APPLAUSE)\n\nANN LEE: Yes.")
    assert (parsed.turns[0].note, parsed.turns[0].start, parsed.turns[0].end) == ("APPLAUSE", 10, 20)


def test_note_within_the_label_is_a_note():
    assert said("LEE (through interpreter): Go.\n\nROY: No.")[0] == ("Lee", "through interpreter", ["Go."])


def test_labels_in_bold_are_read():
    text = "**HOLT:** Hi there.\n\n**TRUMP**: Yes.\n\n**HOLT:** Bye."
    assert said(text) == [("Holt", None, ["Hi there."]), ("Trump", None, ["Yes."]), ("Holt", None, ["Bye."])]


def test_a_title_in_mixed_case_may_stand_before_a_name_in_capitals():
    assert names("Sen. MARIA LOPEZ: Yes.\n\nMr. ROY: No.\n\nLOPEZ: Oh.") == ["Maria Lopez", "Roy", "Maria Lopez"]


def test_two_datelines_in_mixed_case_make_no_transcript():
    assert parse("Moscow: It said so.\n\nThen it left.\n\nKyiv: The answer came.").kind == "article"


def test_time_codes_are_left_out():
    text = "[00:01:02] LEE: Go.\n\n>> ROY: No.\n\nLEE: (00:15) Yes."
    assert said(text) == [("Lee", None, ["Go."]), ("Roy", None, ["No."]), ("Lee", None, ["Yes."])]


@pytest.mark.parametrize(
    "line", ["Nora Field reporting from Oslo.", "For XYZ News, I'm Nora Field in Oslo.", "Ida Berg, XYZ News, Oslo."]
)
def test_a_sign_off_is_nobodys_turn(line):
    assert names(f"NORA FIELD, BYLINE: Here.\n\nBEN ROY: No.\n\n{line}\n\nHOST: So.") == [
        "Nora Field", "Ben Roy", None, "Host",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "line", ["Nora Field, who was there, left in May.", "Paris, London, Berlin.", "Ida Berg, an analyst, agrees."]
)
def test_a_last_paragraph_that_tells_something_is_no_sign_off(line):
    assert names(f"NORA FIELD: Here.\n\nBEN ROY: No.\n\n{line}") == ["Nora Field", "Ben Roy"]


def test_an_imprint_is_nobodys_turn():
    text = "ANN LEE: Yes.\n\nBEN ROY: No.\n\nCopyright © 2022 XYZ. All rights reserved."
    assert names(text) == ["Ann Lee", "Ben Roy", None]


def test_only_a_label_is_a_turn_without_sentence():
    for text in ("ANN LEE, BYLINE:", "PRESIDENT LEE:", "HOST:"):
        parsed = parse(text)
        assert (len(parsed.turns), parsed.sentences) == (1, ())


@pytest.mark.parametrize("dateline", ["NEW DELHI", "ISLAMABAD", "WASHINGTON, D.C.", "LONDON (Reuters)"])
def test_a_dateline_makes_no_transcript(dateline):
    text = f"{dateline}: The leaders met. They spoke.\n\nThen they left."
    assert parse(text).kind == "article"
