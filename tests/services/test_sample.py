from itertools import chain

import pytest
from sqlalchemy import func, select

from annotator.db import Annotation, Assignment, Document, Project, Unit, User
from annotator.db.engines import Database
from annotator.sample import load_sample
from annotator.services import accounts, codebooks, examples, projects, suggesting
from annotator.services.checking import check_database
from annotator.services.claiming import claim_next
from annotator.services.recording import record_act
from annotator.services.sample import create_sample_project
from annotator.services.seats import take_seat
from annotator.worker import run_waiting
from studies import make_act


@pytest.fixture
def sample(database: Database) -> Project:
    """Set the sample up and let its first training happen."""
    with database.transaction() as session:
        user_id = accounts.first_user(session).id
    slug = create_sample_project(database, user_id)
    run_waiting(database)
    with database.reading() as session:
        project = projects.find_project(session, slug)
        session.expunge(project)
    return project


def test_newcomer_finds_suggestions_and_can_label_the_rest(database: Database, sample: Project):
    # One test, since setting it up takes a while.
    with database.reading() as session:
        targets = [target.uuid for target in projects.targets(session, sample)]
        shelf = suggesting.Shelf(database.settings.models)
        found = suggesting.suggest(session, shelf, sample, "The council betrayed us.", targets=targets)
        reserved = select(Unit.id).join(Document).where(Document.project_id == sample.id, Document.is_reserved)
        gold = select(Annotation.unit_id).where(Annotation.kind == "adjudication")
        assert found.problem is None
        assert len({one.target for one in found.by_question["stance"]}) >= 3
        assert session.scalar(select(func.count()).select_from(reserved.subquery())) > 0
        assert session.scalar(select(func.count()).where(Assignment.unit_id.in_(gold))) == 0
        text = func.substr(Document.text, Unit.start + 1, Unit.end - Unit.start)
        held_back = session.scalars(select(text).select_from(Unit).join(Document).where(Unit.id.in_(reserved)))
        questions = examples.trainable(_codebook(session, sample))
        learned = chain.from_iterable(examples.examples_of(session, sample.id, questions).values())
        texts = {one.text for one in learned}
        assert not texts & set(held_back)
        assert session.scalar(select(func.count()).select_from(gold.subquery())) == len(load_sample().labels)
    _label_everything(database, sample)
    assert check_database(database) == []


def _codebook(session, sample: Project):  # type: ignore[no-untyped-def]
    return codebooks.parse_source(codebooks.current_version(session, sample.id).source)


def _label_everything(database: Database, sample: Project) -> None:
    """Label until nothing is left; what came with gold labels never comes."""
    with database.transaction() as session:
        seat = take_seat(session, sample, session.scalars(select(User)).one())
        gold = set(session.scalars(select(Unit.external_id).join(Annotation).where(Annotation.kind == "adjudication")))
        labelled = set()
        while (unit := claim_next(session, seat)) is not None:
            labelled.add(unit)
            record_act(session, seat, make_act(unit=unit, answers={"frames": []}))
        every = set(session.scalars(select(Unit.external_id).where(Unit.project_id == sample.id)))
    assert labelled == every - gold
