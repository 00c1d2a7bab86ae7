import csv
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from annotator.db import Project
from annotator.db.engines import Database
from annotator.services import ballots as counted
from annotator.services import codebooks, consensus, exports
from annotator.services.ballots import Ballot
from annotator.services.visibility import visible_annotations
from studies import SECOND_CODEBOOK, Study, make_study

SENTENCES = tuple(f"Sentence {number}." for number in range(12))


@pytest.fixture
def study(database: Database) -> Study:
    return make_study(database, sentences=SENTENCES, places=6)


def vote(study: Study, unit: int, *answers: dict[str, Any]) -> None:
    for name, given in zip("ABCDEF", answers, strict=False):
        study.record(study.seat(name), unit=study.units[unit], answers=given)


def ballots(study: Study) -> dict[str, Ballot]:
    with study.database.reading() as session:
        return consensus.read_ballots(session, study.project_id, visible_annotations(None, phase="open"))


def topics(*topics: str) -> list[dict[str, Any]]:
    return [{"topic": topic} for topic in topics]


def read_table(study: Study, path: Path) -> list[dict[str, str]]:
    exports.export_data_set(study.database, "Study", format_name="csv", path=path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def crowd(study: Study) -> None:
    """Let five people label all sentences; the fifth says what the others say wrongly throughout."""
    for unit in range(len(SENTENCES)):
        right, wrong = ("war", "trade") if unit % 2 else ("trade", "war")
        vote(study, unit, *topics(right, right, right, right, wrong))


def test_votes_are_those_of_annotators_and_imported_raters(study: Study):
    vote(study, 0, *topics("war", "trade"))
    for kind, topic in (("import", "war"), ("training", "other"), ("adjudication", "other")):
        study.record(study.seat("X", kind=kind), unit=study.units[0], answers={"topic": topic})
    ballot = ballots(study)["topic"]
    assert [labels for _, _, labels in ballot.votes] == [{"war"}, {"trade"}, {"war"}]


def test_a_stance_is_a_vote_per_target_and_two_sides_at_once_are_none(study: Study):
    russia, ukraine = study.targets[:2]
    against = {"target": russia, "holder": {"kind": "author"}, "label": "against"}
    favor = {"target": russia, "holder": {"kind": "speaker"}, "label": "favor"}
    vote(
        study,
        0,
        {"stance": [against], "targets_offered": [russia, ukraine]},
        {"stance": [against, favor], "targets_offered": [russia]},
        {"stance": [], "targets_offered": [russia]},
    )
    ballot = ballots(study)["stance"]
    votes = [(list(ballot.items)[item][1], set(labels)) for item, _, labels in ballot.votes]
    numbers = {target: number for number, target in enumerate(sorted({target for target, _ in votes}))}
    assert sorted((numbers[target], *labels) for target, labels in votes) == [
        (0, "against"),
        (0, "not-at-issue"),
        (1, "not-at-issue"),
    ]


def test_the_majority_has_its_share_and_a_tie_no_label(study: Study):
    vote(study, 0, *topics("war", "war", "trade"))
    vote(study, 1, *topics("war", "trade"))
    vote(study, 2, {"frames": ["moral", "economic"]}, {"frames": ["economic", "moral"]}, {"frames": []})
    found = [(one.labels, round(one.confidence, 2)) for one in counted.majority(ballots(study)["topic"]).values()]
    assert found == [(("war",), 0.67), (None, 0.5)]
    (whole,) = counted.majority(ballots(study)["frames"]).values()
    assert (whole.labels, round(whole.confidence, 2)) == (("economic", "moral"), 0.67)


def test_soft_labels_are_shares_of_annotators(study: Study):
    vote(study, 0, *topics("war", "war", "trade", "war"))
    vote(study, 1, {"frames": ["economic", "moral"]}, {"frames": ["economic"]}, {"frames": []}, {"frames": []})
    found = ballots(study)
    assert list(counted.soft_labels(found["topic"]).values()) == [{"war": 0.75, "trade": 0.25}]
    assert list(counted.soft_labels(found["frames"]).values()) == [{"economic": 0.5, "moral": 0.25}]


def test_the_estimate_is_offered_where_it_helps(study: Study):
    vote(study, 0, *topics("war", "war", "war", "trade", "trade"))
    assert not ballots(study)["topic"].is_enough
    crowd(study)
    assert ballots(study)["topic"].is_enough
    assert not ballots(study)["frames"].is_enough


def test_the_estimate_learns_from_who_is_always_wrong(study: Study):
    crowd(study)
    ballot = ballots(study)["topic"]
    found = list(counted.dawid_skene(ballot).answers.values())
    assert [one.labels for one in found] == [("war",) if unit % 2 else ("trade",) for unit in range(len(SENTENCES))]
    most = list(counted.majority(ballot).values())
    assert all(one.confidence > 0.95 > other.confidence == 0.8 for one, other in zip(found, most, strict=True))


def test_each_of_several_labels_is_estimated_by_itself(study: Study):
    for unit in range(len(SENTENCES)):
        both, one = {"frames": ["economic", "moral"]}, {"frames": ["economic"] if unit % 2 else []}
        vote(study, unit, *([both] * 3 + [one] * 2 if unit < 6 else [one] * 5))
    found = list(counted.dawid_skene(ballots(study)["frames"]).answers.values())
    assert found[0].labels == ("economic", "moral")
    assert found[11].labels == ("economic",)
    assert found[10].labels == ()
    assert all(0 < one.confidence <= 1 for one in found)


def test_no_votes_are_no_consensus(study: Study):
    ballot = ballots(study)["topic"]
    assert counted.majority(ballot) == counted.soft_labels(ballot) == counted.dawid_skene(ballot).answers == {}


def test_the_table_has_majority_share_and_estimate_beside_each_other(study: Study, tmp_path: Path):
    crowd(study)
    row = read_table(study, tmp_path / "table.csv")[0]
    assert (row["consensus"], row["consensus_share"], row["dawid_skene"]) == ("trade", "0.8", "trade")
    assert float(row["dawid_skene_probability"]) > 0.95


def test_the_table_has_the_share_of_those_who_gave_a_label(study: Study, tmp_path: Path):
    vote(study, 0, *topics("war", "trade", "war", "war"))
    vote(study, 1, {"frames": ["economic", "moral"]}, {"frames": ["economic"]})
    rows = [row for row in read_table(study, tmp_path / "table.csv") if row["label"]]
    shares = {(row["question"], row["label"], row["label_share"]) for row in rows}
    assert shares == {
        ("topic", "war", "0.75"),
        ("topic", "trade", "0.25"),
        ("frames", "economic", "1.0"),
        ("frames", "moral", "0.5"),
    }


@pytest.mark.parametrize(("voters", "may_be"), [(4, False), (5, True)])
def test_answers_are_only_read_where_some_unit_has_votes_enough(study: Study, voters: int, may_be: bool):
    vote(study, 0, *topics(*["war"] * voters))
    study.record(study.seat("X", kind="adjudication"), unit=study.units[0])
    with study.database.reading() as session:
        assert consensus.may_be_enough(session, study.project_id) == may_be


def test_the_table_has_no_estimate_from_a_few_votes(study: Study, tmp_path: Path):
    vote(study, 0, *topics("war", "war", "trade"))
    row = read_table(study, tmp_path / "table.csv")[0]
    assert (row["consensus"], row["consensus_share"]) == ("war", "0.6667")
    assert (row["dawid_skene"], row["dawid_skene_probability"]) == ("", "")


def test_votes_under_an_earlier_codebook_are_those_they_count_as(study: Study, tmp_path: Path):
    """War was renamed and other retired: five say trade under the old names, five war under both, one other."""
    crowd(study)
    with study.database.transaction() as session:
        codebooks.publish_codebook(session, session.get_one(Project, study.project_id), SECOND_CODEBOOK)
    study.record(study.seat("F"), unit=study.units[1], codebook=2, answers={"topic": "trade"})
    study.record(study.seat("G"), unit=study.units[0], codebook=1, answers={"topic": "other"})
    ballot = ballots(study)["topic"]
    assert ballot.question.label("war").name == "armed conflict"
    assert Counter(next(iter(labels)) for _, _, labels in ballot.votes) == {"war": 30, "trade": 31}
    rows = {row["unit"]: row for row in read_table(study, tmp_path / "table.csv")}
    for unit, name in ((0, "trade"), (1, "armed conflict")):
        row = rows[study.units[unit]]
        assert (row["consensus"], row["dawid_skene"]) == (name, name)


def test_only_votes_that_may_be_seen_are_read(study: Study):
    vote(study, 0, *topics("war", "trade", "war"))
    seat = study.seat("B")
    with study.database.reading() as session:
        own = consensus.read_ballots(session, study.project_id, visible_annotations(seat, phase="blind"))
    assert list(own["topic"].annotators) == [seat.annotator_id]


def test_each_annotator_has_an_estimated_accuracy(study: Study):
    crowd(study)
    found = counted.dawid_skene(ballots(study)["topic"])
    right = {code: found.accuracy[study.seat(code).annotator_id] for code in "ABCDE"}
    assert all(right[code] > 0.9 for code in "ABCD")
    assert right["E"] < 0.2
