"""What is known of a sentence is told to nobody whom it may still train or check."""

import pytest
from sqlalchemy import select, true, update

from annotator.db import Annotation, Membership, Project, Round, Unit, User
from annotator.db.engines import Database
from annotator.services import (
    adjudication,
    checks,
    codebooks,
    gold_examples,
    managing_rounds,
    trainings,
    unsettled,
    visibility,
)
from annotator.services.adjudication import SettledMeanwhileError
from services.team import Team, make_team
from services.test_trainings import gold_of
from studies import CODEBOOK, SENTENCES, make_act, make_study

KNOWN = 4


@pytest.fixture
def team(database: Database) -> Team:
    """Two annotators; what the first four sentences say is known, and Bo labelled the first."""
    team = make_team(make_study(database, documents=3), "Ann", "Bo", "Expert")
    with database.transaction() as session:
        for name in ("Ann", "Bo"):
            session.add(Membership(project_id=team.study.project_id, user_id=team.users[name], role="annotator"))
    team.answer("Bo", team.study.units[0])
    for unit in team.study.units[:KNOWN]:
        team.study.record(team.study.seat("EXPERT", kind="adjudication"), unit=unit)
    return team


def make(team: Team, kind: str, **plan: object) -> int:
    """Make a training of the known sentences, or a round over the others in which they come as checks."""
    if kind == "training":
        return team.make(name="training", kind="training", pass_mark=1.0, **plan)
    return team.make(selection="search", criteria={"labelled": "no"}, **plan,
                     **({"check_share": 1.0} if kind == "checks" else {}))  # fmt: skip


def close(team: Team, made: int) -> None:
    with team.study.database.transaction() as session:
        managing_rounds.close_round(session, session.get_one(Round, made))


def become(team: Team, name: str, role: str) -> None:
    with team.study.database.transaction() as session:
        session.execute(update(Membership).where(Membership.user_id == team.users[name]).values(role=role))


@pytest.mark.parametrize("phase", ["blind", "open"])
@pytest.mark.parametrize("kind", ["training", "checks"])
def test_it_is_seen_neither_before_nor_by_whom_it_waits_for(team: Team, kind: str, phase: str):
    unit = team.study.units[0]
    assert set(gold_of(team, "Ann", unit)) == {"adjudication", "main"}
    made = make(team, kind, phase=phase)
    assert [gold_of(team, "Ann", one) for one in team.study.units[:KNOWN]] == [[]] * KNOWN
    close(team, made)
    assert "adjudication" in gold_of(team, "Ann", unit)


def test_without_the_rule_it_would_be_seen(team: Team, monkeypatch):
    """The negative control."""
    monkeypatch.setattr(visibility, "_may_check", lambda seat: ~true())
    make(team, "checks")
    assert gold_of(team, "Ann", team.study.units[0]) == ["adjudication"]


def test_a_round_without_checks_hides_nothing_that_is_known(team: Team):
    make(team, "plain")
    assert gold_of(team, "Ann", team.study.units[0]) == ["adjudication"]


def test_who_labelled_a_sentence_before_sees_how_it_was_settled(team: Team):
    make(team, "checks")
    assert set(gold_of(team, "Bo", team.study.units[0])) == {"adjudication", "main"}
    assert gold_of(team, "Bo", team.study.units[1]) == []


def test_after_a_check_stands_ones_own_answer_and_nothing_to_correct_it_by(team: Team):
    made = make(team, "checks")
    unit = team.claim("Ann")[0]
    assert unit in team.study.units[:KNOWN]
    team.answer("Ann", unit, answers={"topic": "trade"})
    assert gold_of(team, "Ann", unit) == ["gold-check"]
    close(team, made)
    assert "adjudication" in gold_of(team, "Ann", unit)


def test_who_passed_their_training_sees_what_is_known(team: Team):
    make(team, "training")
    later = make(team, "checks", after="training")
    team.label_all("Ann")
    assert "adjudication" in gold_of(team, "Ann", team.study.units[3])
    close(team, later)
    assert gold_of(team, "Bo", team.study.units[3]) == []


def test_who_settles_sees_what_is_settled_unless_they_label_blind(team: Team):
    become(team, "Ann", "adjudicator")
    made = make(team, "checks", phase="open")
    assert "adjudication" in gold_of(team, "Ann", team.study.units[0])
    close(team, made)
    make(team, "training")
    assert gold_of(team, "Ann", team.study.units[0]) == []


def test_an_owner_who_labels_blind_is_offered_no_known_sentence_as_an_example(team: Team):
    def offered() -> list[int]:
        with team.study.database.reading() as session:
            project, ann = session.get_one(Project, team.study.project_id), team.users["Ann"]
            counts = gold_examples.counts_of_gold(session, project, ann)
            return [len(gold_examples.gold_examples(session, project, ann, "topic", "war")), sum(counts.values())]

    become(team, "Ann", "owner")
    assert offered() == [KNOWN, KNOWN]
    team.answer("Ann", team.study.units[-1])
    make(team, "checks")
    assert offered() == [0, 0]


def test_what_was_answered_in_a_training_is_told_afterwards_only(team: Team):
    make(team, "training")
    unit = team.claim("Ann")[0]

    def told() -> trainings.Feedback | None:
        with team.study.database.reading() as session:
            number = session.scalars(select(Unit.id).where(Unit.external_id == unit)).one()
            return trainings.feedback(session, team.seat_in(session, "Ann"), number)

    assert told() is None
    team.answer("Ann", unit)
    assert told() is not None


def test_a_sentence_that_was_labelled_and_taken_back_checks_nobody(team: Team):
    first = team.study.units[0]
    with team.study.database.reading() as session:
        key = session.scalars(select(Annotation.key).where(Annotation.kind == "main")).one()
    team.answer("Bo", first, act="undo", supersedes=key)
    make(team, "checks")
    done = team.label_all("Bo")
    assert set(done) & set(team.study.units[:KNOWN]) == set(team.study.units[1:KNOWN])


@pytest.mark.parametrize("share", ["check_share", "retest_share"])
def test_what_is_an_example_of_the_guidelines_checks_nobody(team: Team, monkeypatch, share: str):
    monkeypatch.setattr(checks, "GAP", 1)
    shown = {unit for unit in team.study.units if unit.endswith("s0")}
    with team.study.database.transaction() as session:
        example = f"{{name: war, examples: ['{SENTENCES[0]}']}}"
        source = CODEBOOK.replace("{name: war}", example)
        codebooks.publish_codebook(session, session.get_one(Project, team.study.project_id), source)
    make(team, "plain", **{share: 1.0})
    team.label_all("Ann")
    with team.study.database.reading() as session:
        kinds = ("gold-check", "retest")
        found = select(Unit.external_id).join(Annotation, Annotation.unit_id == Unit.id)
        checked = set(session.scalars(found.where(Annotation.kind.in_(kinds))))
    assert checked
    assert not checked & shown


def test_an_adjudicator_who_labels_blind_decides_without_being_told_what_was_decided(team: Team):
    become(team, "Ann", "adjudicator")
    team.answer("Ann", team.study.units[-1])
    make(team, "checks")
    unit = team.study.units[0]
    with team.study.database.transaction() as session:
        project, ann = session.get_one(Project, team.study.project_id), session.get_one(User, team.users["Ann"])
        visible = visibility.reviewable_annotations(session, project, ann.id)
        assert unsettled.read_settled(session, project, unsettled.Filters(), page=1, visible=visible).total == 0
        with pytest.raises(SettledMeanwhileError) as told:
            adjudication.settle(session, project, ann, make_act(unit=unit, answers={"topic": "trade"}), seen=None)
    assert "war" not in str(told.value)
