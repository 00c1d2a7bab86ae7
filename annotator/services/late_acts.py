"""What somebody did before they were removed from a project, or lost the right to label, and sends only now.

It is stored like any other act, by the codebook it was given by and under its annotator's code, and is late. They
need to have had a place on the unit; the place itself went back when they left and is not taken again.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from annotator.db import Assignment, Event, Project, Round, Unit, User
from annotator.services import appending, members
from annotator.services.acts import Act
from annotator.services.places import Place
from annotator.services.recording import Recorded, record_act
from annotator.services.seats import Seat

#: What the log calls an act of somebody who had left.
KIND = "came-after-leaving"


def record_late(session: Session, project: Project, user: User, seat: Seat, act: Act) -> Recorded:
    """Store an act of somebody who may not label here any more.

    Raises
    ------
    NotFoundError
        If they never had a place on the unit.
    InvalidInputError
        If the answers do not fit the codebook.
    ConflictError
        If what the act revises is not there.
    """
    # In this order everywhere: the head, then places.
    appending.take_head(session, project.id)
    recorded = record_act(session, seat, act, left=_place_of(session, project, user, act.unit))
    if recorded.status != "repeated":
        details = {"unit": recorded.unit, "act": recorded.key}
        session.add(Event(kind=KIND, project_id=project.id, user_id=user.id, details=details))
    return recorded


def _place_of(session: Session, project: Project, user: User, external_id: str) -> Place:
    """Return the place that somebody gave back on a unit; without a round if there was none."""
    query = select(Unit.id).where(Unit.project_id == project.id, Unit.external_id == external_id)
    unit = session.scalar(query) or 0
    found = members.gave_back(session, project.id, user.uuid, unit)
    if found is None:
        return Place(is_given_back=True)
    round_id, place_id = found
    made = Place(is_late=True, is_given_back=True)
    # A round can have been removed, and a place that was theirs alone is gone; their numbers can be another's by now.
    round_ = session.get(Round, round_id)
    if round_ is not None and round_.project_id == project.id:
        made.round = (round_.id, round_.name, round_.kind)
    place = session.get(Assignment, place_id)
    if place is not None and (place.unit_id, place.round_id) == (unit, round_id):
        made.selection = {name: getattr(place, name) for name in made.selection}
    return made
