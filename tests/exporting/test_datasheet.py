from annotator.exporting.datasheet import datasheet, plain

FACTS = {
    "project": "Two *harbours*",
    "documents": 1234,
    "units": 20_000,
    "labelled_units": 700,
    "gold_units": 5,
    "labels": {"stance": {"against": 3, "favor": 12, "neither": 3}},
    "annotators": {"C-7F3K": 700},
    "codebooks": [1, 3],
    "outlets": {"The | Times": 2},
    "dates": ("2022-08", "2022-09-01"),
    "split": (0.8, 0.1, 0.1),
    "seed": 7,
    "with_text": False,
}


def test_headings_follow_one_another():
    headings = [line for line in datasheet(FACTS).splitlines() if line.startswith("#")]
    assert headings == [
        "# Data set: Two \\*harbours\\*",
        "## Motivation",
        "## Composition",
        "## Collection",
        "## Labelling",
        "## Splits",
        "## Distribution",
    ]


def test_facts_are_filled_in():
    text = datasheet(FACTS)
    assert "- Units: 20,000, labelled: 700, with a gold label: 5" in text
    assert "2022-08 to 2022-09-01" in text
    assert "| favor | 12 |\n| against | 3 |\n| neither | 3 |" in text
    assert "Codebook versions: 1, 3." in text
    assert "gold labels stand here as they count under the newest version" in text
    assert "drawn 80/10/10 by a hash of each document's group with seed 7." in text
    assert "The texts are left out" in text


def test_what_is_not_known_is_said_to_be_not_recorded():
    text = datasheet({})
    assert "Licence of the texts: not recorded." in text
    assert "- Units: not recorded" in text
    assert "No splits were drawn" in text


def test_names_cannot_break_the_table_or_bring_in_markup():
    assert "| The \\| Times | 2 |" in datasheet(FACTS)
    assert plain("<b>\n# x") == "\\<b\\> \\# x"


def test_order_of_counting_does_not_matter():
    again = {**FACTS, "labels": {"stance": {"neither": 3, "favor": 12, "against": 3}}}
    assert datasheet(again) == datasheet(FACTS)
