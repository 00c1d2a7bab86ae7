"""What monitoring tells of annotators whose ways are known: fast, one-sided, forgetful, credulous."""

from datetime import UTC, date, datetime, timedelta
from itertools import cycle

import pytest
from sqlalchemy import select, update

from annotator.db import Assignment, CodebookVersion, Project, Round, Unit
from annotator.db.base import now
from annotator.services import codebooks, recording
from annotator.services.monitoring import Monitored, monitor
from services.team import Team, make_team
from studies import SECOND_CODEBOOK, Study, make_study

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
NOBODY = 0


@pytest.fixture
def study(database) -> Study:
    return make_study(database, documents=10, places=2)


@pytest.fixture
def clock(monkeypatch):
    """Set the day on which acts arrive."""

    def turn(days: int) -> None:
        monkeypatch.setattr(recording, "now", lambda: START + timedelta(days=days))

    turn(0)
    return turn


def look(study: Study, user_id: int = NOBODY, **choice) -> Monitored:
    with study.database.reading() as session:
        found = monitor(session, session.get_one(Project, study.project_id), user_id, **choice)
        assert found is not None
        return found


def topics(study: Study, who: str, labels: str, *, first: int = 0, kind: str = "main", **act) -> None:
    """Let somebody give a topic to one unit after the other: w for war, t for trade, o for other."""
    names = {"w": "war", "t": "trade", "o": "other"}
    for unit, letter in zip(study.units[first:], labels, strict=False):
        study.record(study.seat(who, kind=kind), unit=unit, answers={"topic": names[letter]}, **act)


def stances(study: Study, who: str, labels: list[str | None], **act) -> None:
    """Let somebody say where Russia stands in one unit after the other."""
    russia = study.targets[0]
    for unit, label in zip(study.units, labels, strict=False):
        given = [{"target": russia, "holder": {"kind": "author"}, "label": label}] if label else []
        study.record(study.seat(who), unit=unit, answers={"stance": given, "targets_offered": [russia]}, **act)


def test_pace_counts_answers_by_day_and_takes_the_median_of_active_seconds(study, clock):
    topics(study, "FAST", "wwwwww", active_seconds=2.0)
    topics(study, "SLOW", "ww", active_seconds=40.0)
    clock(1)
    topics(study, "FAST", "ww", first=6, active_seconds=9.0)
    topics(study, "SLOW", "w", first=2)
    fast, slow = look(study).pace
    assert fast.by_day == ((date(2026, 3, 2), 6), (date(2026, 3, 3), 2))
    assert (fast.answers, fast.per_day, fast.seconds) == (8, 4.0, 2.0)
    assert (slow.answers, slow.per_day, slow.seconds, slow.timed) == (3, 1.5, 40.0, 2)


def test_pace_counts_what_counts(study, clock):
    topics(study, "A", "ww")
    topics(study, "A", "t")
    study.record(study.seat("A"), unit=study.units[5], act="skip", reason="off-topic")
    assert [one.answers for one in look(study).pace] == [2]


def test_who_gives_a_label_twice_as_often_stands_apart(study):
    stances(study, "EVEN", ["against", "favor", "neither", None] * 10)
    stances(study, "OTHER", ["favor", "against", None, "neither"] * 10)
    stances(study, "HARSH", ["against", "against", "favor", None] * 10)
    (russia,) = look(study, question="stance").distributions
    shares = {(row.annotator, row.key): (row.share, row.others) for row in russia.rows}
    assert shares["C-HARSH", "against"] == (0.5, 0.25)
    assert shares["C-EVEN", "against"] == (0.25, 30 / 80)
    assert shares["C-EVEN", "-absent"] == (0.25, 0.25)
    remarks = list(russia.remarks)
    assert "C-HARSH gives “against” 2.0 × as often as the others (stance: Russia): 50 % against 25 %." in remarks
    assert not any(remark.startswith("C-EVEN gives “favor”") for remark in remarks)


def test_nobody_stands_apart_on_few_answers(study):
    topics(study, "A", "w" * 19)
    topics(study, "B", "t" * 40)
    assert not [*look(study).distribution.remarks]
    topics(study, "A", "w", first=19)
    assert "Only C-A gives “war” (topic): 100 % of the answers." in [*look(study).distribution.remarks]


def test_several_labels_and_marks_have_shares_of_the_answers(study):
    for unit, frames in zip(study.units, (["economic", "moral"], ["moral"], []), strict=False):
        spans = [{"start": 0, "end": 4}] if frames else []
        study.record(study.seat("A"), unit=unit, answers={"frames": frames, "loaded": spans})
    frames, loaded = look(study).distributions
    assert {row.key: row.given for row in frames.rows} == {"economic": 1, "moral": 2, "no-frame": 0, "-absent": 1}
    assert [(row.label, row.given, row.answers, row.others) for row in loaded.rows] == [("marked", 2, 3, None)]


def test_agreement_goes_over_time_where_enough_is_shared(study, clock):
    for day, agrees in ((0, True), (1, False)):
        clock(day)
        mine = "wt" * 6
        topics(study, "A", mine, first=12 * day)
        topics(study, "B", mine if agrees else "tw" * 6, first=12 * day)
    clock(2)
    topics(study, "A", "wtwtw", first=24)
    topics(study, "B", "wtwtw", first=24)
    course = look(study, question="topic").course
    assert course.step == "day"
    found = [(one.annotator, one.start.day, one.units, one.percent) for one in course.stretches]
    assert found == [("C-A", 2, 12, 1.0), ("C-A", 3, 12, 0.0), ("C-B", 2, 12, 1.0), ("C-B", 3, 12, 0.0)]
    assert course.stretches[0].alpha == 1
    assert course.stretches[1].alpha < 0


def test_an_annotator_is_compared_with_each_of_the_others(study, clock):
    topics(study, "A", "wt" * 6)
    topics(study, "B", "wt" * 6)
    topics(study, "C", "tw" * 6)
    stretches = look(study).course.stretches
    assert [one.percent for one in stretches] == [0.5, 0.5, 0.0]


def test_a_long_time_is_divided_into_weeks_and_months(study, clock):
    for day, step in ((0, "day"), (30, "week"), (300, "month")):
        clock(day)
        first = (0, 30, 300).index(day) * 12
        topics(study, "A", "wt" * 6, first=first)
        topics(study, "B", "wt" * 6, first=first)
        course = look(study).course
        assert course.step == step
    assert [one.start for one in course.stretches[:3]] == [date(2026, 3, 1), date(2026, 4, 1), date(2026, 12, 1)]


def test_versions_of_the_codebook_have_their_days(study):
    with study.database.transaction() as session:
        codebooks.publish_codebook(session, session.get_one(Project, study.project_id), SECOND_CODEBOOK)
        published = session.scalars(select(CodebookVersion.published_at).order_by(CodebookVersion.number)).all()
    assert [(one.number, one.day) for one in look(study).changes] == [
        (number, at.date()) for number, at in enumerate(published, start=1)
    ]


def test_gold_checks_are_compared_with_what_was_adjudicated(study):
    topics(study, "EXPERT", "wwww", kind="adjudication")
    topics(study, "EXPERT", "t", kind="adjudication")
    topics(study, "A", "twwo", kind="gold-check")
    topics(study, "A", "w", first=9, kind="gold-check")
    topics(study, "B", "w", kind="gold-check")
    one, other = look(study).checks
    assert (one.annotator, one.kind, one.question, one.same, one.compared) == ("C-A", "gold-check", "topic", 3, 4)
    assert (other.annotator, other.share) == ("C-B", 0.0)
    # Three of four, and none of one, by Wilson's formula by hand.
    assert (one.low, one.high) == pytest.approx((0.3006, 0.9544), abs=5e-5)
    assert (other.low, other.high) == pytest.approx((0.0, 0.7935), abs=5e-5)


def ask_again(study: Study, who: str, labels: str) -> None:
    """Let somebody label their first units once more, at places made for them."""
    seat = study.seat(who)
    with study.database.transaction() as session:
        round_ = session.scalar(select(Round).where(Round.kind == "retest"))
        if round_ is None:
            round_ = Round(project_id=study.project_id, name="again", kind="retest", parent_id=seat.round_id)
            session.add(round_)
            session.flush()
        for unit in session.scalars(select(Unit).where(Unit.external_id.in_(study.units[: len(labels)]))):
            session.add(
                Assignment(
                    round_id=round_.id, unit_id=unit.id, place=seat.annotator_id, order_key=0, state="claimed",
                    annotator_id=seat.annotator_id, is_personal=True, selection_mode="retest",
                )
            )  # fmt: skip
    topics(study, who, labels)


def test_retests_are_compared_with_the_own_answer_before(study):
    topics(study, "SURE", "wwttoo")
    ask_again(study, "SURE", "wwttoo")
    topics(study, "UNSURE", "wwttoo")
    ask_again(study, "UNSURE", "wtttww")
    topics(study, "UNSURE", "oo")
    sure, unsure = look(study).checks
    assert (sure.kind, sure.share, sure.alpha) == ("retest", 1.0, 1.0)
    # What was said after the re-test is not compared with it.
    assert (unsure.same, unsure.compared) == (3, 6)
    # Coincidences of wwttoo and wtttww: w 5, t 5, o 2; three pairs of six apart; by hand.
    assert unsure.alpha == pytest.approx(1 - 11 * 6 / (144 - 25 - 25 - 4))


def test_a_retest_without_variance_has_a_share_and_no_alpha(study):
    topics(study, "A", "www")
    ask_again(study, "A", "www")
    (row,) = look(study).checks
    assert (row.share, row.alpha) == (1.0, None)


def suggested(timing: str, *labels: str, target: str | None = None) -> dict:
    question = "stance" if target else "topic"
    one = {"question": question, "probability": 0.7} | ({"target": target} if target else {})
    return {"timing": timing, "classifiers": {}, "suggestions": [one | {"label": label} for label in labels]}


def total(rows, timing: str | None) -> tuple[int, ...]:
    """Add up what was done in all arms: these are drawn anew for every project."""
    mine = [row for row in rows if row.timing == timing]
    return tuple(sum(getattr(row, name) for row in mine) for name in ("answers", "shown", "taken", "changed"))


def test_suggestions_taken_are_counted_by_timing(study):
    for unit, label, shown in zip(study.units, "wwt", cycle(["war"]), strict=False):
        given = {"w": "war", "t": "trade"}[label]
        study.record(study.seat("A"), unit=unit, answers={"topic": given}, suggestions_shown=suggested("before", shown))
    for unit, final in zip(study.units[3:], ("war", "trade"), strict=False):
        study.record(
            study.seat("A"), unit=unit, answers={"topic": final}, first_answers={"topic": "trade"},
            suggestions_shown=suggested("after", "war"),
        )  # fmt: skip
    topics(study, "A", "w", first=5)
    found = look(study).advice
    assert total(found, "before") == (3, 3, 2, 0)
    assert total(found, "after") == (2, 2, 1, 1)
    assert total(found, None) == (1, 0, 0, 0)
    assert [row.share for row in found if row.timing is None] == [None]


def test_no_stance_takes_up_the_suggestion_that_a_target_is_not_at_issue(study):
    russia = study.targets[0]
    shown = suggested("before", "not-at-issue", target=russia)
    stances(study, "A", [None, "favor"], suggestions_shown=shown)
    assert total(look(study).advice, "before") == (2, 2, 1, 0)


def test_a_round_can_be_looked_at_with_its_checks(database):
    team = make_team(make_study(database, documents=8), "Ann", "Bo")
    topics(team.study, "EARLY", "ww")
    made = team.make(retest_share=1.0)
    for _ in range(40):
        for unit in team.claim("Ann"):
            team.answer("Ann", unit)
    found = look(team.study, round_id=made)
    assert [one.annotator for one in found.pace] == [team.seat("Ann").code]
    assert {row.kind for row in found.checks} == {"retest"}
    assert len(look(team.study).pace) == 2
    assert look(team.study, round_id=made + 999).round_id is None


def test_who_labels_blind_sees_nothing_and_who_only_reviews_sees_all(database):
    team: Team = make_team(make_study(database, documents=2), "Ann", "Bo")
    team.make(name="blind", phase="blind")
    for name in ("Ann", "Bo"):
        team.answer(name, team.claim(name)[0])
    with database.reading() as session:
        project = session.get_one(Project, team.study.project_id)
        assert monitor(session, project, team.users["Ann"]) is None
        assert len(monitor(session, project, NOBODY).pace) == 2


def test_what_is_withdrawn_does_not_count(study):
    topics(study, "A", "ww")
    with study.database.transaction() as session:
        session.execute(update(Unit).where(Unit.external_id == study.units[0]).values(withdrawn_at=now()))
    found = look(study)
    assert (found.pace[0].answers, found.distribution.answers) == (1, 1)


def test_nothing_is_told_of_nothing(study):
    assert look(study).is_empty
