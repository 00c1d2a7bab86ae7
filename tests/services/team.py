"""A study with people who sign in, each with a code, for what several of them do in rounds."""

from dataclasses import dataclass

from annotator.db import Project, User
from annotator.services import accounts, claiming, drawing, projects, seats
from annotator.services.plans import Plan
from annotator.services.recording import Recorded, record_act
from annotator.services.seats import Seat
from studies import Study, make_act


@dataclass(frozen=True, slots=True)
class Team:
    """A study and the people in it, by name."""

    study: Study
    users: dict[str, int]

    def seat(self, name: str) -> Seat:
        """Return where somebody sits by now."""
        with self.study.database.transaction() as session:
            project = session.get_one(Project, self.study.project_id)
            return seats.take_seat(session, project, session.get_one(User, self.users[name]))

    def make(self, **plan: object) -> int:
        """Make a round."""
        given = Plan(**{"name": "reliability", "selection": "all", **plan})
        return drawing.make_round(self.study.database, self.study.project_id, given, user_id=None)

    def claim(self, name: str, count: int = 1) -> list[str]:
        """Claim what somebody labels next."""
        with self.study.database.transaction() as session:
            return claiming.claim_ahead(session, self.seat_in(session, name), count=count)

    def seat_in(self, session, name: str) -> Seat:
        """Return where somebody sits, in a session that is open."""
        project = session.get_one(Project, self.study.project_id)
        return seats.take_seat(session, project, session.get_one(User, self.users[name]))

    def answer(self, name: str, unit: str, **act: object) -> Recorded:
        """Store what somebody says."""
        with self.study.database.transaction() as session:
            return record_act(session, self.seat_in(session, name), make_act(unit=unit, **act))

    def label_all(self, name: str, **act: object) -> list[str]:
        """Label until nothing is given out any more; return the units in order."""
        done = []
        while units := self.claim(name):
            self.answer(name, units[0], **act)
            done.append(units[0])
        return done


def make_team(study: Study, *names: str) -> Team:
    """Let these people join the study."""
    with study.database.transaction() as session:
        project = session.get_one(Project, study.project_id)
        users = {}
        for name in names:
            user = accounts.create_user(session, name)
            projects.annotator_of(session, project, user)
            users[name] = user.id
    return Team(study, users)


def code_of(team: Team, name: str) -> str:
    """Return somebody's code."""
    return team.seat(name).code
