import pytest
from sqlalchemy import func, select, update

from annotator.db import Annotation, Assignment, Doubt, Project, Round, Unit
from annotator.db.base import now
from annotator.db.engines import Database
from annotator.services import accounts, codebooks, projects, unsettled
from annotator.services.disputes import Dispute, Memory
from annotator.services.training import train_project
from annotator.services.unsettled import Filters
from doubtful import FIRST, SECOND, WRONG, doubtful
from studies import CODEBOOK, Study


@pytest.fixture
def study(sqlite_database: Database) -> Study:
    return doubtful(sqlite_database)


def queue(study: Study, why: str, **filters: str) -> list[Dispute]:
    with study.database.reading() as session:
        project = session.get_one(Project, study.project_id)
        return list(unsettled.read_queue(session, project, 0, Filters(why=why, **filters), Memory()).waiting)


def units(study: Study, why: str, **filters: str) -> list[str]:
    return [one.unit for one in queue(study, why, **filters)]


def test_an_unlikely_label_and_a_twin_with_another_label_are_to_be_reviewed(database: Database):
    study = doubtful(database)
    # The twin, too, has the label of another topic.
    first = {one.unit: one for one in queue(study, "unlikely", order="disputed")[:2]}
    assert first.keys() == {f"d{WRONG}:s0", f"d{SECOND}:s0"}
    (doubt,) = first[f"d{WRONG}:s0"].doubts
    assert (doubt.question, doubt.label, doubt.instead, doubt.target) == ("topic", "trade", "war", None)
    assert doubt.probability < 0.5 < doubt.instead_probability
    (twin,) = queue(study, "twin")
    assert twin.unit == f"d{SECOND}:s0"
    assert [one.twin for one in twin.doubts] == [f"d{FIRST}:s0"]


def test_what_is_decided_leaves_the_queue_whichever_of_two_it_was(study: Study):
    study.record(study.seat("ADJ", kind="adjudication"), unit=f"d{WRONG}:s0", answers={"topic": "war"})
    study.record(study.seat("ADJ", kind="adjudication"), unit=f"d{FIRST}:s0", answers={"topic": "war"})
    assert f"d{WRONG}:s0" not in units(study, "unlikely")
    assert units(study, "twin") == []


def test_what_its_annotator_corrects_leaves_the_queue(study: Study):
    seat = study.seat("A")
    with study.database.reading() as session:
        key = session.scalars(select(Annotation.key).join(Unit).where(Unit.external_id == f"d{WRONG}:s0")).one()
    study.record(seat, unit=f"d{WRONG}:s0", answers={"topic": "war"}, supersedes=key)
    assert f"d{WRONG}:s0" not in units(study, "unlikely")


def test_filters_narrow_the_queue(study: Study):
    wrong = f"d{WRONG}:s0"
    assert wrong in units(study, "unlikely", question="topic", label="topic:trade", annotator="C-A")
    assert wrong not in units(study, "unlikely", label="topic:war")
    assert units(study, "unlikely", question="frames") == units(study, "unlikely", annotator="C-B") == []
    assert units(study, "unlikely", document=f"d{WRONG}") == [wrong]


def test_the_next_training_starts_anew(study: Study):
    with study.database.reading() as session:
        before = session.scalar(select(func.count()).select_from(Doubt))
    train_project(study.database, study.project_id)
    with study.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Doubt)) == before


def test_a_withdrawn_sentence_is_not_reviewed(study: Study):
    with study.database.transaction() as session:
        session.execute(update(Unit).values(withdrawn_at=now()))
    assert queue(study, "unlikely") == queue(study, "twin") == []


def test_what_is_no_longer_asked_is_not_reviewed(study: Study):
    without_topic = "\n".join(line for line in CODEBOOK.splitlines() if "topic" not in line)
    with study.database.transaction() as session:
        codebooks.publish_codebook(session, session.get_one(Project, study.project_id), without_topic)
    assert queue(study, "unlikely") == queue(study, "twin") == []


def test_who_labels_blind_is_not_told_what_others_said(study: Study):
    with study.database.transaction() as session:
        session.execute(update(Round).values(phase="blind"))
        user = accounts.create_user(session, "Owner")
        project = session.get_one(Project, study.project_id)
        annotator = projects.annotator_of(session, project, user)
        session.flush()
        place = select(Assignment.id).where(Assignment.state == "open").limit(1).scalar_subquery()
        held = update(Assignment).where(Assignment.id == place)
        session.execute(held.values(state="claimed", annotator_id=annotator.id))
        session.flush()
        found = unsettled.read_queue(session, project, user.id, Filters(why="unlikely"), Memory())
    assert units(study, "unlikely") != []
    assert found.waiting == ()


def test_what_two_people_said_of_one_sentence_is_no_pair_of_twins(study: Study):
    study.record(study.seat("B"), unit=f"d{FIRST}:s0", answers={"topic": "war"})
    train_project(study.database, study.project_id)
    assert all(one.twin != found.unit for found in queue(study, "twin") for one in found.doubts)
