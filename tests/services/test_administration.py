import threading
from collections.abc import Callable

import pytest
from sqlalchemy import select

from annotator.db import Assignment, Event, Membership, Project, User
from annotator.db.engines import Database
from annotator.errors import ConflictError, NotFoundError
from annotator.services import (
    accounts,
    administration,
    claiming,
    entering,
    invitations,
    members,
    passwords,
    seats,
    sessions,
    signing_in,
)
from at_once import alone, meanwhile
from studies import make_study

GOOD = "correct horse battery staple"


@pytest.fixture
def ada(database: Database) -> User:
    """Return who runs the server."""
    with database.transaction() as session:
        return accounts.create_user(session, "Ada", is_administrator=True)


@pytest.fixture
def nina(database: Database) -> User:
    with database.transaction() as session:
        return accounts.create_user(session, "nina", password_hash=passwords.hash_password(GOOD))


def kinds(database: Database) -> list[tuple[str, dict]]:
    with database.reading() as session:
        rows = session.scalars(select(Event).where(Event.details.is_not(None)).order_by(Event.id))
        return [(row.kind, row.details) for row in rows if row.project_id is None]


def test_everybody_is_listed_by_name(database: Database, project: Project, ada: User, nina: User):
    with database.transaction() as session:
        session.add(Membership(project_id=project.id, user_id=nina.id, role="reader"))
        sessions.start_session(session, nina.id)
    with database.reading() as session:
        first, second = administration.everybody(session)
    assert (first.name, first.is_administrator, first.projects, first.seen_at) == ("Ada", True, 0, None)
    assert (second.name, second.has_password, second.projects) == ("nina", True, 1)
    assert second.seen_at is not None


def test_who_is_disabled_is_out_whichever_way_they_came_in(database: Database, project: Project, ada: User, nina: User):
    make_study(database)
    with database.transaction() as session:
        session.add(Membership(project_id=project.id, user_id=nina.id, role="owner"))
        session.flush()
        kept = session.get_one(Project, project.id)
        claiming.claim_next(session, seats.take_seat(session, kept, nina))
        secret = sessions.start_session(session, nina.id)
        link = accounts.create_sign_in_link(session, nina)
        invitation = invitations.invite(session, kept, nina, role="owner")
        administration.disable_person(session, ada, nina.uuid)
        administration.enable_person(session, ada, nina.uuid)
    with database.transaction() as session:
        # Enabled again, and still nothing of before is worth anything, but the password.
        assert entering.find_visit(session, secret) is None
        with pytest.raises(NotFoundError):
            accounts.sign_in_with_link(session, link)
        with pytest.raises(NotFoundError):
            invitations.find_offer(session, invitation)
        assert session.scalars(select(Assignment.state).distinct()).all() == ["open"]
    assert signing_in.sign_in_with_password(database, "nina", GOOD, address="a") is not None
    assert [kind for kind, _ in kinds(database)][:2] == ["disabled", "enabled"]


def test_who_is_disabled_cannot_sign_in(database: Database, ada: User, nina: User):
    with database.transaction() as session:
        administration.disable_person(session, ada, nina.uuid)
    assert signing_in.sign_in_with_password(database, "nina", GOOD, address="a") is None
    with database.transaction() as session, pytest.raises(ConflictError, match="is disabled"):
        administration.make_link(session, ada, nina.uuid)


def test_a_link_lets_in_who_could_not(database: Database, ada: User, nina: User):
    with database.transaction() as session:
        name, secret = administration.make_link(session, ada, nina.uuid)
    with database.transaction() as session:
        visit = entering.find_visit(session, accounts.sign_in_with_link(session, secret))
        assert visit is not None
        assert visit.user.name == name == "nina"
    assert ("link-made", {"person": nina.uuid}) in kinds(database)


def test_one_administrator_remains_and_nobody_disables_themselves(database: Database, ada: User, nina: User):
    with database.transaction() as session:
        with pytest.raises(ConflictError, match="only administrator"):
            administration.set_administrator(session, ada, ada.uuid, is_administrator=False)
        with pytest.raises(ConflictError, match="cannot disable yourself"):
            administration.disable_person(session, ada, ada.uuid)
        with pytest.raises(ConflictError, match="only administrator"):
            administration.disable_person(session, nina, ada.uuid)
        administration.set_administrator(session, ada, nina.uuid, is_administrator=True)
        administration.set_administrator(session, nina, ada.uuid, is_administrator=False)
    with database.reading() as session:
        assert [one.name for one in administration.everybody(session) if one.is_administrator] == ["nina"]
    assert [kind for kind, _ in kinds(database)] == ["administrator-made", "administrator-withdrawn"]


def test_two_administrators_who_withdraw_at_once_do_not_both_go(database: Database, ada: User, nina: User):
    with database.transaction() as session:
        administration.set_administrator(session, ada, nina.uuid, is_administrator=True)
    barrier = threading.Barrier(2)

    def withdraw(user: User) -> None:
        barrier.wait()
        try:
            with database.transaction() as session:
                administration.set_administrator(session, user, user.uuid, is_administrator=False)
        except ConflictError:
            pass

    threads = [threading.Thread(target=withdraw, args=[user]) for user in (ada, nina)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        assert len([one for one in administration.everybody(session) if one.is_administrator]) == 1


def test_who_is_not_there_is_not_found(database: Database, ada: User):
    with database.transaction() as session, pytest.raises(NotFoundError, match="no such person"):
        administration.disable_person(session, ada, "nobody")


@pytest.mark.parametrize(
    ("role", "begin"), [("annotator", members.give_places_back), ("owner", invitations.revoke_all_made_by)]
)
def test_somebody_is_disabled_while_a_project_lets_them_go(
    database: Database, project: Project, ada: User, nina: User, role: str, begin: Callable[..., None]
):
    make_study(database)
    with database.transaction() as session:
        session.add(Membership(project_id=project.id, user_id=ada.id, role="owner"))
        session.add(Membership(project_id=project.id, user_id=nina.id, role=role))
        sessions.start_session(session, nina.id)
        if role == "owner":
            invitations.invite(session, project, nina, role="reader")
        else:
            claiming.claim_next(session, seats.take_seat(session, project, nina))
    meanwhile(
        database,
        lambda session: begin(session, nina.id, project_id=project.id),
        alone(database, lambda session: administration.disable_person(session, ada, nina.uuid)),
        then=lambda session: members.remove_member(session, project, ada, nina.uuid),
    )
    with database.reading() as session:
        assert session.scalars(select(Assignment.id).where(Assignment.state == "claimed")).all() == []
        assert session.get_one(User, nina.id).disabled_at is not None
