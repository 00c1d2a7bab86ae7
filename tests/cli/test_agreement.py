import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from annotator.cli import main

BABE = Path(__file__).parents[3] / "shared" / "data" / "babe"
RAW = ("--id-column", "item", "--annotator-column", "coder")
ROWS = (
    "item,coder,label,opinion",
    "a,one,biased,opinion", "a,two,biased,mixed", "b,one,non_biased,factual", "b,two,non_biased,factual",
    "c,one,biased,opinion", "c,two,non_biased,opinion", "c,two,biased,mixed", "d,one,biased,",
)  # fmt: skip


@pytest.fixture
def run(tmp_path: Path):
    """Run a command in a home folder that has the project "Bias"."""

    def run_command(*arguments: object) -> Result:
        return CliRunner().invoke(main, ["--home", str(tmp_path / "home"), *map(str, arguments)])

    assert run_command("project", "create", "Bias", "--codebook", "sentence-bias").exit_code == 0
    return run_command


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "raw.csv"
    path.write_text("\n".join(ROWS), encoding="utf-8")
    return path


def report(run, *options: str) -> dict:
    result = run("agreement", "--project", "Bias", "--json", *options)
    assert result.exit_code == 0, result.output
    return {question["name"]: question for question in json.loads(result.stdout)["questions"]}


def import_both(run, file: Path) -> None:
    labels = ("--label-column", "label", "--question", "bias", "--label-column", "opinion", "--question", "opinion")
    result = run("import", "--project", "Bias", *RAW, *labels, file)
    assert result.exit_code == 0, result.output


@pytest.mark.skipif(not BABE.is_dir(), reason="the shared data is not beside this clone")
@pytest.mark.parametrize(("name", "label", "opinion"), [("sg1", 0.3877, 0.4465), ("sg2", 0.3990, 0.6056)])
def test_the_published_agreement_of_babe_is_found(run, name, label, opinion):
    import_both(run, BABE / f"{name}_raw.csv")
    found = report(run)
    assert round(found["bias"]["alpha"]["value"], 4) == label
    assert round(found["opinion"]["alpha"]["value"], 4) == opinion
    assert (found["bias"]["level"], found["opinion"]["level"]) == ("nominal", "ordinal")
    assert found["bias"]["annotators"] == 8


def test_of_two_rows_of_a_unit_and_annotator_the_later_counts(run, table):
    import_both(run, table)
    found = report(run)
    assert found["bias"]["percent"]["value"] == 1
    assert found["bias"]["units"] == 3


def test_one_question_can_be_asked_for(run, table):
    import_both(run, table)
    assert list(report(run, "--question", "opinion")) == ["opinion"]
    result = run("agreement", "--project", "Bias", "--question", "colour")
    assert result.exit_code == 1
    assert result.stderr.startswith("There is no question “colour”; the questions are bias, kind, opinion, words.")


def test_what_is_undefined_is_null_with_a_reason(run, table):
    import_both(run, table)
    kind = report(run)["kind"]
    assert kind["alpha"] == {
        "value": None, "low": None, "high": None, "reason": "No unit has an answer to this from two annotators.",
    }  # fmt: skip


def test_the_report_can_be_read_by_people(run, table):
    import_both(run, table)
    written = run("agreement", "--project", "Bias").stdout
    assert "bias (choice, nominal): 3 units in 3 documents, 2 annotators" in written
    assert "Krippendorff’s alpha 1.0000" in written
    assert "kind (choices, nominal): 0 units" in written


def test_questions_must_be_one_for_all_or_one_for_each_column(run, table):
    result = run("import", "--project", "Bias", *RAW, "--label-column", "label", "--question", "bias", "--question",
                 "opinion", table)  # fmt: skip
    assert result.exit_code == 1
    assert result.stderr == (
        "There are 2 questions for 1 column of labels; give one --question for all, or one after the other for each "
        "--label-column.\n"
    )


def test_labels_for_units_that_are_there_come_in_by_their_ids_alone(run, table, tmp_path):
    texts = tmp_path / "final.csv"
    texts.write_text("item,text\na,The mayor rammed it through.\nb,It rains.\n", encoding="utf-8")
    assert run("import", "--project", "Bias", "--id-column", "item", "--text-column", "text", texts).exit_code == 0
    for column, name in (("label", "bias"), ("opinion", "opinion")):
        result = run("import", "--project", "Bias", *RAW, "--label-column", column, "--question", name, table)
        assert result.exit_code == 0, result.output
    # The first of the two brought the units that were not there, the second none.
    assert result.stdout == "raw.csv: 0 documents, 0 sentences, 6 annotations\n"
    found = report(run)
    assert (found["bias"]["units"], found["opinion"]["units"]) == (3, 3)
    assert run("doctor").exit_code == 0


def test_a_text_for_a_unit_that_is_there_is_refused(run, table, tmp_path):
    import_both(run, table)
    again = tmp_path / "again.csv"
    again.write_text("item,text,coder,label\na,Another text.,one,biased\n", encoding="utf-8")
    options = ("--text-column", "text", "--label-column", "label", "--question", "bias")
    result = run("import", "--project", "Bias", *RAW, *options, again)
    assert result.exit_code == 1
    assert "the unit “a” is already in the project" in result.stderr
