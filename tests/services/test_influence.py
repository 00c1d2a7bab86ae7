"""Whoever follows suggestions with a known probability is found out, and who does not is not."""

import pytest
from sqlalchemy import select, update

from annotator.codebook.reading import read_codebook
from annotator.db import Assignment, Project, Round
from annotator.services.asked import Asked
from annotator.services.influence import Influence, QuestionInfluence, influence_seen_by, question_influence
from annotator.services.influence_records import TABLE, as_record, as_table
from annotator.services.influence_remarks import remark_on_question
from followers import (
    BY_THEMSELVES,
    CODEBOOK,
    QUESTION,
    RIGHT,
    compared,
    effect_of,
    kept,
    label_units,
)
from services.team import make_team
from studies import Study, make_act, make_study

NOBODY = 0
RUNS = 120
ASKED = Asked(QUESTION, read_codebook(CODEBOOK).questions[0], (1, 2, 3), is_current=True)
ENDS = ("ADA", "BEN", "CLEO", "DAN")


def simulated(seed: int, *, follow: float, annotators: int = 6) -> QuestionInfluence:
    acts = compared(seed, follow=follow, annotators=annotators, each=120)
    return question_influence(ASKED, acts, lambda act: act.annotator)


def look(study: Study, **asked) -> Influence:
    with study.database.reading() as session:
        found = influence_seen_by(session, session.get_one(Project, study.project_id), NOBODY, **asked)
        assert found is not None
        return found


def labelled(database, *, follow: float, timing: str = "before", codes=ENDS, documents: int = 20) -> Study:
    study = make_study(database, documents=documents, places=len(codes), codebook=CODEBOOK)
    with database.transaction() as session:
        label_units(session, study.project_id, codes, follow=follow, timing=timing)
    return study


def test_who_follows_is_found_in_almost_every_study_and_by_as_much_as_is_true():
    found = [simulated(seed, follow=0.6).suggestion.of.jackknife for seed in range(RUNS)]
    assert sum(low > 0 for low, _ in found) >= 0.9 * RUNS
    assert sum(low <= effect_of(0.6) <= high for low, high in found) >= 0.95 * RUNS - 3.7 * (RUNS * 0.0475) ** 0.5


def test_who_does_not_follow_is_hardly_ever_suspected():
    """The interval holds none in 95 % of the studies, but for what chance leaves once in ten thousand."""
    found = [simulated(seed, follow=0.0).suggestion.of.jackknife for seed in range(RUNS)]
    held = sum(low <= 0 <= high for low, high in found)
    assert held >= 0.95 * RUNS - 3.7 * (RUNS * 0.0475) ** 0.5


def test_arms_that_chance_did_not_draw_would_accuse_the_innocent():
    """The negative control: where only easy sentences show a suggestion, nobody follows and all seem to."""
    suspected = 0
    for seed in range(20):
        acts = compared(seed, follow=0.0, annotators=6, each=100)
        easy = [act for act in acts if not act.is_shown or act.gold.holds(act.suggested[0])]
        low, _ = question_influence(ASKED, easy, lambda act: act.annotator).suggestion.of.jackknife
        suspected += low > 0
    assert suspected >= 18


def test_a_study_that_is_stored_and_read_shows_the_known_effect(database):
    found = look(labelled(database, follow=0.9))
    (question,) = found.questions
    low, high = question.suggestion.of.jackknife
    assert 0 < low <= effect_of(0.9) <= high
    assert abs(question.suggestion.of.untreated - BY_THEMSELVES) < 0.15
    assert (found.clusters, found.annotators, found.timing, found.compared) == ("annotators", 4, "before", found.total)
    assert found.arms["shown"].answers > 3 * found.arms["control"].answers
    assert found.arms["shown"].seconds < found.arms["control"].seconds
    assert {one.key for one in question.labels} == {"war", "trade", "other"}
    assert "points more often where it was shown" in remark_on_question(question, found)
    assert question.agreement["shown"].figures["alpha"].value > question.agreement["control"].figures["alpha"].value
    # Following helps where the suggestion is right, and harms where it is wrong.
    assert question.has_gold
    assert question.wrong.of.value > question.right.of.value > 0
    share = sum(question.right.of.counts) / (sum(question.right.of.counts) + sum(question.wrong.of.counts))
    assert abs(share - RIGHT) < 0.2


def test_nobody_is_told_of_an_influence_that_is_not_there(database):
    found = look(labelled(database, follow=0.0))
    low, high = found.questions[0].suggestion.of.jackknife
    assert low <= 0 <= high
    assert "may as well be none" in remark_on_question(found.questions[0], found)


def test_of_two_annotators_documents_are_left_out_instead(database):
    found = look(labelled(database, follow=0.5, codes=ENDS[:2], documents=8))
    assert found.clusters == "documents"
    assert found.questions[0].suggestion.of.clusters == found.documents == 8


def test_after_an_answer_it_is_told_who_reconsidered_and_where_to(database):
    found = look(labelled(database, follow=0.5, timing="after", documents=5))
    moved = found.reconsidered
    assert moved.contradicted == moved.toward + moved.kept > 0
    assert (moved.away, moved.otherwise, moved.answers) == (0, 0, found.arms["shown"].answers)


def test_reconsidering_away_and_otherwise_is_told_apart(database):
    study = make_study(database, documents=2, codebook=CODEBOOK)
    with database.transaction() as session:
        session.execute(update(Assignment).values(suggestion_arm="shown"))
    ways = [("trade", "war"), ("war", "trade"), ("trade", "other"), ("trade", "trade")]
    for unit, (first, then) in zip(study.units, ways, strict=False):
        answers = {"first_answers": {"topic": first}, "answers": {"topic": then}}
        study.record(study.seat("A"), unit=unit, suggestions_shown=kept("war", "after"), **answers)
    moved = look(study).reconsidered
    assert (moved.toward, moved.away, moved.otherwise, moved.kept, moved.contradicted) == (1, 1, 1, 1, 4)


def test_what_counts_is_compared_also_where_it_revises_what_was_said_first(database):
    study = make_study(database, codebook=CODEBOOK)
    first = make_act(unit=study.units[0], answers={"topic": "war"}, suggestions_shown=kept("war"))
    with database.transaction() as session:
        session.execute(update(Assignment).values(suggestion_arm="shown"))
    study.record(
        study.seat("A"), **{name: getattr(first, name) for name in ("key", "unit", "answers", "suggestions_shown")}
    )
    assert look(study).questions[0].suggestion.of.treated == 1.0
    study.record(study.seat("A"), unit=study.units[0], answers={"topic": "trade"}, supersedes=first.key)
    assert look(study).questions[0].suggestion.of.treated == 0.0


def test_a_round_that_shows_nothing_is_no_control(database):
    team = make_team(make_study(database, documents=2, codebook=CODEBOOK), "Ann")
    team.make(name="blind")
    team.label_all("Ann", suggestions_shown=kept("war", is_shown=False))
    assert look(team.study).compared == 0
    assert look(team.study).total == len(team.study.units)


def test_each_timing_is_told_by_itself(database):
    study = make_study(database, documents=2, codebook=CODEBOOK)
    for number, unit in enumerate(study.units):
        study.record(study.seat("A"), unit=unit, suggestions_shown=kept("war", "after" if number < 2 else "before"))
    found = look(study)
    assert (found.timing, dict(found.timings)) == ("before", {"before": 6, "after": 2})
    assert look(study, timing="after").compared == 2
    assert look(study, timing="never").timing == "before"


def test_without_anything_kept_there_is_nothing_to_compare(database):
    study = make_study(database, codebook=CODEBOOK)
    study.record(study.seat("A"), unit=study.units[0])
    found = look(study)
    assert (found.timing, found.questions, found.total, found.compared) == (None, (), 1, 0)
    assert as_record(found) == as_record(None) == {"timing": None, "questions": []}


@pytest.mark.parametrize(
    "brought",
    [{"suggested": []}, {"timing": "now", "suggested": []}, {"timing": "after", "suggested": 7},
     {"timing": "after", "suggested": [1]}, {"timing": "after", "suggested": [{"question": 1}]},
     {"timing": "after", "suggested": [{}, {"question": "gone", "label": "war"}, {"question": "topic"}]}],
)  # fmt: skip
def test_whatever_a_data_set_brings_the_report_can_be_read(database, brought):
    study = make_study(database, codebook=CODEBOOK)
    study.record(study.seat("A"), unit=study.units[0], suggestions_shown=brought)
    found = look(study)
    assert (found.questions, found.total) == ((), 1)


def test_too_few_are_said_to_be_too_few(database):
    study = make_study(database, codebook=CODEBOOK)
    study.record(study.seat("A"), unit=study.units[0], suggestions_shown=kept("war"))
    found = look(study)
    assert remark_on_question(found.questions[0], found).startswith("Too few to tell")


def test_the_record_and_the_table_hold_the_same_figures(database):
    record = as_record(look(labelled(database, follow=0.5, documents=6)))
    rows = as_table(record)
    assert all(list(row) == list(TABLE) for row in rows)
    (own,) = [row for row in rows if row["part"] == "suggestion"]
    assert own["difference"] == record["questions"][0]["suggestion"]["difference"]
    assert {row["label"] for row in rows if row["part"] == "label given"} == {"war", "trade", "other"}


def test_a_suggestion_that_a_target_is_not_at_issue_is_taken_by_silence(database):
    study = make_study(database)
    russia = study.targets[0]
    one = {"question": "stance", "target": russia, "label": "not-at-issue", "probability": 0.8}
    shown = {"timing": "before", "classifiers": {"stance": 1}, "suggestions": [one], "suggested": [one]}
    said = {"target": russia, "holder": {"kind": "author"}, "label": "favor"}
    answers = [[], [said], None]
    for unit, stance in zip(study.units, answers, strict=False):
        given = {"topic": "war"} if stance is None else {"stance": stance, "targets_offered": [russia]}
        study.record(study.seat("A"), unit=unit, answers=given, suggestions_shown=shown)
    of = look(study).questions[0].suggestion.of
    assert sum(of.counts) == 3
    assert (
        round(sum(share * count for share, count in zip((of.treated or 0, of.untreated or 0), of.counts, strict=True)))
        == 1
    )


@pytest.mark.parametrize("phase", ["open", "blind"])
def test_whoever_labels_blind_is_told_nothing(database, phase):
    team = make_team(make_study(database, codebook=CODEBOOK), "Ann")
    with database.transaction() as session:
        session.execute(update(Round).values(phase=phase))
    team.answer("Ann", team.study.units[0], suggestions_shown=kept("war"))
    with database.reading() as session:
        project = session.scalars(select(Project).where(Project.id == team.study.project_id)).one()
        found = influence_seen_by(session, project, team.users["Ann"])
    assert (found is None) == (phase == "blind")
