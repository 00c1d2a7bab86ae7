import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from annotator.db import Annotator, Event, Invitation, Membership, Project, User
from annotator.db.base import now
from annotator.db.engines import Database
from annotator.errors import ConflictError, InvalidInputError, NotFoundError, TooManyAttemptsError
from annotator.services import accounts, entering, invitations, members, passwords, signing_in
from at_once import alone, meanwhile

GOOD = "correct horse battery staple"


@pytest.fixture
def owner(database: Database, project: Project) -> User:
    """Return the project's owner."""
    return person(database, "Olga", project, "owner")


def person(database: Database, name: str, project: Project | None = None, role: str = "") -> User:
    with database.transaction() as session:
        user = accounts.create_user(session, name)
        if project is not None:
            session.add(Membership(project_id=project.id, user_id=user.id, role=role))
        return user


def invite(database: Database, project: Project, owner: User, **given: Any) -> str:
    with database.transaction() as session:
        return invitations.invite(session, project, owner, **{"role": "annotator", **given})


def join(database: Database, secret: str, user: User) -> None:
    with database.transaction() as session:
        invitations.join_project(session, secret, session.get_one(User, user.id))


def join_as_new(database: Database, secret: str, name: str = "Nina", password: str = "", address: str = "a") -> str:
    return invitations.join_as_new_person(database, secret, name=name, password=password, address=address)[0]


def role_of(database: Database, project: Project, user: User) -> str | None:
    with database.reading() as session:
        return session.scalar(
            select(Membership.role).where(Membership.project_id == project.id, Membership.user_id == user.id)
        )


def why_not(database: Database, secret: str) -> str:
    """Return what a person is told who looks at an invitation that is not open; joining must say the same."""
    with database.reading() as session, pytest.raises(NotFoundError) as caught:
        invitations.find_offer(session, secret)
    with database.transaction() as session, pytest.raises(NotFoundError) as again:
        invitations.join_project(session, secret, session.scalars(select(User)).first())
    assert str(again.value) == str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("role", ["owner", "adjudicator", "annotator", "reader"])
def test_who_follows_an_invitation_has_its_role_and_only_annotators_a_code(
    database: Database, project: Project, owner: User, role: str
):
    nina, secret = person(database, "Nina"), invite(database, project, owner, role=role)
    join(database, secret, nina)
    assert role_of(database, project, nina) == role
    with database.reading() as session:
        codes = session.scalars(select(Annotator.code).where(Annotator.user_id == nina.id)).all()
        assert len(codes) == (role == "annotator")


def test_looking_uses_nothing_up(database: Database, project: Project, owner: User):
    secret = invite(database, project, owner)
    for _ in range(3):
        with database.reading() as session:
            assert invitations.find_offer(session, secret).project == "Study"
    join(database, secret, person(database, "Nina"))


def test_each_that_is_not_open_says_why(database: Database, project: Project, owner: User):
    used, old, revoked = (invite(database, project, owner, note=note) for note in ("used", "old", "revoked"))
    join(database, used, person(database, "Nina"))
    with database.transaction() as session:
        past = now() - timedelta(seconds=1)
        session.execute(update(Invitation).where(Invitation.note == "old").values(expires_at=past))
        uuid = session.scalars(select(Invitation.uuid).where(Invitation.note == "revoked")).one()
        invitations.revoke_invitation(session, project, owner, uuid)
    assert "has been used" in why_not(database, used)
    assert "older than 14 days" in why_not(database, old)
    assert "was withdrawn" in why_not(database, revoked)
    assert "no such invitation" in why_not(database, "something else")


def test_it_is_valid_for_fourteen_days(database: Database, project: Project, owner: User):
    invite(database, project, owner)
    with database.reading() as session:
        kept = session.scalars(select(Invitation)).one()
        assert kept.expires_at - kept.created_at == timedelta(days=14)


def test_one_for_three_lets_three_in_and_a_member_does_not_use_it_up(database: Database, project: Project, owner: User):
    secret = invite(database, project, owner, uses=3)
    first = person(database, "One")
    join(database, secret, first)
    for member in (first, owner):
        with pytest.raises(ConflictError, match="You belong to “Study” already"):
            join(database, secret, member)
    assert role_of(database, project, owner) == "owner"
    for name in ("Two", "Three"):
        join(database, secret, person(database, name))
    assert "has been used" in why_not(database, secret)


def test_of_six_who_follow_one_link_at_once_one_gets_in(database: Database, project: Project, owner: User):
    secret = invite(database, project, owner)
    people = [person(database, f"Person {number}") for number in range(6)]
    barrier, refused = threading.Barrier(6), []

    def follow(user: User) -> None:
        barrier.wait()
        try:
            join(database, secret, user)
        except NotFoundError:
            refused.append(user.name)

    threads = [threading.Thread(target=follow, args=[user]) for user in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 5
    assert len([user for user in people if role_of(database, project, user)]) == 1


def test_a_new_person_with_a_password_gets_in_again(database: Database, project: Project, owner: User):
    session_secret = join_as_new(database, invite(database, project, owner), password=GOOD)
    with database.reading() as session:
        visit = entering.find_visit(session, session_secret)
        assert visit is not None
    assert (visit.user.name, role_of(database, project, visit.user)) == ("Nina", "annotator")
    assert signing_in.sign_in_with_password(database, "Nina", GOOD, address="b") is not None


def test_a_new_person_without_a_password_has_none(database: Database, project: Project, owner: User):
    join_as_new(database, invite(database, project, owner))
    with database.reading() as session:
        assert session.scalars(select(User.password_hash).where(User.name == "Nina")).one() is None
    assert signing_in.sign_in_with_password(database, "Nina", "", address="b") is None


@pytest.mark.parametrize(("name", "password"), [("OLGA", ""), ("Nina", "short"), (" ", ""), ("Ni\u202ena", "")])
def test_what_is_refused_leaves_no_person_and_the_invitation_open(
    database: Database, project: Project, owner: User, name: str, password: str
):
    secret = invite(database, project, owner)
    with pytest.raises((ConflictError, InvalidInputError)):
        join_as_new(database, secret, name, password)
    with database.reading() as session:
        assert session.scalars(select(User.name)).all() == ["Olga"]
    join_as_new(database, secret)


def test_nothing_is_hashed_for_an_invitation_that_is_not_open_or_tried_too_often(
    database: Database, project: Project, owner: User, monkeypatch: pytest.MonkeyPatch
):
    hashed: list[str] = []
    monkeypatch.setattr(passwords, "hash_password", lambda password: hashed.append(password) or "hash")
    with pytest.raises(NotFoundError):
        join_as_new(database, "something else", password=GOOD)
    secret = invite(database, project, owner)
    for _ in range(10):
        with pytest.raises(ConflictError):
            join_as_new(database, secret, "Olga", password=GOOD)
    with pytest.raises(TooManyAttemptsError):
        join_as_new(database, secret, password=GOOD)
    assert len(hashed) == 10


def test_a_class_joins_from_one_address(database: Database, project: Project, owner: User):
    secret = invite(database, project, owner, uses=12)
    for number in range(12):
        join_as_new(database, secret, f"Pupil {number}")


def test_the_secret_is_not_kept_and_the_log_has_neither_it_nor_the_note(
    database: Database, project: Project, owner: User
):
    secret = invite(database, project, owner, note="for Nina of the desk")
    join_as_new(database, secret, password=GOOD)
    with database.reading() as session:
        assert session.scalars(select(Invitation.secret_hash)).one() != secret
        log = {event.kind: str(event.details) for event in session.scalars(select(Event))}
    assert {"invited", "joined"} <= set(log)
    assert not [words for words in log.values() if secret in words or "Nina" in words or GOOD in words]


@pytest.mark.parametrize("given", [{"role": "king"}, {"uses": 0}, {"uses": 101}, {"note": "x" * 201}])
def test_what_cannot_be_is_refused(database: Database, project: Project, owner: User, given: dict[str, Any]):
    with pytest.raises(InvalidInputError):
        invite(database, project, owner, **given)


def test_an_invitation_is_withdrawn_only_in_its_project(database: Database, project: Project, owner: User):
    from annotator.services.projects import create_project

    secret = invite(database, project, owner)
    with database.transaction() as session:
        other = create_project(session, "Other", codebook=None, owner=owner)
        uuid = session.scalars(select(Invitation.uuid)).one()
        with pytest.raises(NotFoundError):
            invitations.revoke_invitation(session, other, owner, uuid)
    with database.reading() as session:
        assert [one.uuid for one in invitations.open_invitations(session, project)] == [uuid]
        assert invitations.open_invitations(session, other) == []
        assert invitations.find_offer(session, secret)


def test_an_owner_who_is_just_dismissed_leaves_no_link_behind(database: Database, project: Project, owner: User):
    second = person(database, "Otto", project, "owner")
    meanwhile(
        database,
        lambda session: invitations.invite(session, project, second, role="owner"),
        alone(database, lambda session: members.remove_member(session, project, owner, second.uuid)),
    )
    with database.reading() as session:
        assert invitations.open_invitations(session, project) == []
    with pytest.raises(NotFoundError):
        invite(database, project, second)
