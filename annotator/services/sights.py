"""Through whose eyes a page looks: a person's seat and the phase that decides what they see of others."""

from sqlalchemy.orm import Session

from annotator.db import Project
from annotator.services import rounds, seats
from annotator.services.given import Sight


def sight_of(session: Session, project: Project, user_id: int) -> Sight:
    """Return what a person sees through; who has never labelled has no seat."""
    seat = seats.find_seat(session, project, user_id)
    return Sight(seat, seat.phase if seat else rounds.phase(session, project.id))
