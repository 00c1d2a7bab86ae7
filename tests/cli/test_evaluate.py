import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from annotator.cli.evaluate import Columns, evaluate, read_examples


def table(path: Path, rows: list[dict[str, object]]) -> str:
    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    else:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    return str(path)


def rows(n: int) -> list[dict[str, object]]:
    verbs = ("praised", "attacked")
    return [
        {"text": f"Anna{i} {verbs[i % 2]} the plan", "doc": f"d{i // 2}", "label": ("favor", "against")[i % 2],
         "target": "plan", "frame": ("economic|legal", "", "legal")[i % 3], "start": 0, "end": 4}
        for i in range(n)
    ]  # fmt: skip


def run(*arguments: str) -> Result:
    return CliRunner().invoke(evaluate, [*arguments, "--text-column", "text"])


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_official_split_prints_json_and_nothing_else(tmp_path: Path, suffix: str) -> None:
    train, test = table(tmp_path / f"train.{suffix}", rows(40)), table(tmp_path / f"test.{suffix}", rows(20))
    options = ["--question-type", "stance", "--label-column", "label", "--target-column", "target", "--json"]
    result = run("--train", train, "--test", test, *options)
    found = json.loads(result.stdout)
    assert result.exit_code == 0
    assert found["macro_f1"] == found["f_avg"] == 1.0
    assert found["peak_mb"] is None or found["peak_mb"] > 10
    assert (found["n_train"], found["n_test"]) == (40, 20)


def test_folds_by_group_are_told_in_words(tmp_path: Path) -> None:
    train = table(tmp_path / "train.csv", rows(40))
    options = ["--question-type", "choice", "--label-column", "label", "--group-column", "doc", "--folds", "4"]
    result = run("--train", train, *options)
    assert result.exit_code == 0
    assert "Trained on 30 units, tested on 40." in result.stdout
    assert "100% Trained on" in result.stderr


def test_several_labels_come_from_one_cell_and_from_two_columns(tmp_path: Path) -> None:
    given = [{"text": f"tax {i % 3} court", "a": "x|y" if i % 3 else "", "b": ["", "z", "x"][i % 3]} for i in range(60)]
    train = table(tmp_path / "t.csv", given)
    result = run("--train", train, "--question-type", "choices", "--label-column", "a", "--label-column", "b", "--json")
    assert {name: part["n"] for name, part in json.loads(result.stdout)["per_label"].items()} == {
        "x": 40, "y": 40, "z": 20,
    }  # fmt: skip


def test_mentions_are_read(tmp_path: Path) -> None:
    train = table(tmp_path / "train.csv", rows(60))
    options = ["--question-type", "stance", "--label-column", "label", "--target-column", "target", "--json"]
    result = run("--train", train, *options, "--start-column", "start", "--end-column", "end")
    assert json.loads(result.stdout)["accuracy"] == 1.0


def harmed(tmp_path: Path, case: str) -> list[str]:
    file, given = tmp_path / "t.csv", rows(20)
    table(file, given)
    if case == "missing file":
        file.unlink()
    elif case == "empty file":
        file.write_bytes(b"")
    elif case == "one class":
        table(file, [row | {"label": "favor"} for row in given])
    elif case == "short row":
        file.write_text("text,label\na,b\nc\n")
    elif case == "open quote":
        file.write_text('text,label\n"a,b\n')
    elif case == "not text":
        file.write_bytes(b"text,label\n\xff\xfe,b\n")
    elif case == "no labels":
        table(file, [row | {"label": ""} for row in given])
    return ["--train", str(file), "--label-column", "nothing" if case == "missing column" else "label"]


@pytest.mark.parametrize(
    ("case", "says"),
    [
        ("missing file", "cannot be read"), ("empty file", "no rows"), ("missing column", "no column nothing"),
        ("one class", "the same label"), ("short row", "line 3"), ("open quote", "is not CSV"),
        ("not text", "not UTF-8"), ("no labels", "no labels"),
    ],
)  # fmt: skip
def test_mistake_is_told_in_one_sentence(tmp_path: Path, case: str, says: str) -> None:
    result = run(*harmed(tmp_path, case), "--question-type", "choice")
    assert result.exit_code == 1
    assert says in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_mention_outside_the_text_is_named_with_its_line(tmp_path: Path) -> None:
    train = table(tmp_path / "t.csv", [*rows(20), rows(1)[0] | {"end": 900}])
    options = ["--question-type", "stance", "--label-column", "label", "--target-column", "target"]
    result = run("--train", train, *options, "--start-column", "start", "--end-column", "end")
    assert result.exit_code == 1
    assert "line 22: the mention 0-900 lies outside the text" in result.stderr


@pytest.mark.parametrize("cell", ["['bad', 'Worse']", '["bad", "Worse"]', "bad|Worse", ["bad", "Worse"]])
def test_marked_words_are_found_as_whole_words_wherever_they_stand(cell: object, tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    table(path, [{"text": "Bad badge, worse bad", "label": "x", "marked": cell}])
    columns = Columns("text", ("label",), None, None, None, "marked", None)
    assert set(read_examples(path, "choice", columns)[0].highlights or ()) == {(0, 3), (11, 16), (17, 20)}
