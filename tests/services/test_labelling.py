from dataclasses import replace

import pytest
from sqlalchemy import update

from annotator.db import Annotator, Assignment, Project, Unit
from annotator.db.base import now
from annotator.db.engines import Database
from annotator.errors import NotFoundError
from annotator.services import labelling, projects, text_pane
from annotator.services.claiming import claim_next
from annotator.services.labelling import UnitView
from annotator.services.seats import Seat
from studies import SENTENCES, Study, make_study


@pytest.fixture
def study(database: Database) -> Study:
    return make_study(database)


def view(study: Study, seat: Seat, unit: str) -> UnitView:
    with study.database.reading() as session:
        return labelling.view_unit(session, seat, unit)


def test_unit_is_cut_out_of_its_document_by_code_points(study: Study):
    seat = study.seat("A")
    assert [view(study, seat, unit).text for unit in study.units] == list(SENTENCES)


def test_targets_named_in_the_sentence_are_offered(study: Study):
    seat = study.seat("A")
    assert [target.name for target in view(study, seat, study.units[0]).targets] == ["Russia"]
    assert [target.name for target in view(study, seat, study.units[1]).targets] == ["Ukraine"]


def test_what_was_answered_before_is_shown_to_its_annotator_alone(study: Study):
    first = study.record(study.seat("A"), unit=study.units[0], comment="sure")
    earlier = view(study, study.seat("A"), study.units[0]).earlier
    assert earlier is not None
    assert (earlier.key, earlier.answers, earlier.comment) == (first.key, {"topic": "war"}, "sure")
    assert view(study, study.seat("B"), study.units[0]).earlier is None


def test_private_target_is_offered_to_its_annotator_alone(study: Study):
    mine, other = study.seat("A"), study.seat("B")
    with study.database.transaction() as session:
        annotator = session.get_one(Annotator, mine.annotator_id)
        projects.add_target(session, session.get_one(Project, study.project_id), "Prices", annotator=annotator)
    assert [target.name for target in view(study, mine, study.units[3]).targets] == ["Prices"]
    assert view(study, other, study.units[3]).targets == ()


def test_progress_counts_what_is_finished_of_what_there_is(study: Study):
    seat = study.seat("A")
    study.record(seat, unit=study.units[0])
    study.record(seat, unit=study.units[1], act="skip")
    with study.database.reading() as session:
        assert labelling.progress(session, seat) == (2, 4)


def test_arm_drawn_for_a_unit_holds_before_it_is_taken(study: Study):
    with study.database.transaction() as session:
        session.execute(update(Assignment).values(suggestion_arm="control"))
    seat = study.seat("A")
    before = view(study, seat, study.units[0])
    with study.database.transaction() as session:
        claim_next(session, seat)
    after = view(study, seat, study.units[0])
    assert (before.arm, before.is_held, after.arm, after.is_held) == ("control", False, "control", True)


def test_unit_of_no_project_is_not_found(study: Study):
    with pytest.raises(NotFoundError):
        view(study, study.seat("A"), "elsewhere")


@pytest.mark.parametrize(("phase", "seen"), [("open", ["C-A", "C-B"]), ("blind", ["C-A"])])
def test_text_in_view_shows_the_labels_of_others_in_an_open_round_only(study: Study, phase: str, seen: list[str]):
    for name in "AB":
        study.record(study.seat(name), unit=study.units[0])
    seat = replace(study.seat("A"), phase=phase)
    with study.database.reading() as session:
        unit = labelling.view_unit(session, seat, study.units[1])
        (turn,) = text_pane.view_text(session, seat, unit)
    assert [sentence.text for sentence in turn.sentences] == list(SENTENCES)
    assert [labelled.annotator for labelled in turn.sentences[0].labelled] == seen
    assert [labelled.is_own for labelled in turn.sentences[0].labelled] == [name == "C-A" for name in seen]


def test_withdrawn_sentence_is_not_in_the_text_in_view(study: Study):
    with study.database.transaction() as session:
        session.execute(update(Unit).where(Unit.external_id == study.units[2]).values(withdrawn_at=now()))
    seat = study.seat("A")
    with study.database.reading() as session:
        unit = labelling.view_unit(session, seat, study.units[0])
        (turn,) = text_pane.view_text(session, seat, unit)
    assert [one.external_id for one in turn.sentences] == [study.units[0], study.units[1], study.units[3]]
