"""Which labels somebody who reviews may see."""

import pytest
from sqlalchemy import select

from annotator.db import Annotation, Annotator, Project, Round
from annotator.db.engines import Database
from annotator.services import accounts
from annotator.services.visibility import reviewable_annotations
from studies import make_study


@pytest.mark.parametrize(("labels_too", "phase", "seen"), [(False, "blind", 2), (True, "open", 2), (True, "blind", 1)])
def test_who_reviews_sees_everything_unless_they_label_blind(database: Database, labels_too, phase, seen):
    study = make_study(database)
    study.record(study.seat("OTHER"), unit=study.units[0])
    study.record(study.seat("MINE"), unit=study.units[1])
    with database.transaction() as session:
        session.scalars(select(Round)).one().phase = phase
        project = session.get_one(Project, study.project_id)
        user = accounts.create_user(session, "Reviewer")
        if labels_too:
            mine = session.scalars(select(Annotator).where(Annotator.code == "C-MINE")).one()
            mine.user_id = user.id
        session.flush()
        found = session.scalars(select(Annotation).where(reviewable_annotations(session, project, user.id))).all()
    assert len(found) == seen
