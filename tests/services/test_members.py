import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import pytest
from sqlalchemy import select, update

from annotator.db import Annotation, Annotator, Assignment, Event, Membership, Project, User
from annotator.db.base import now
from annotator.db.engines import Database
from annotator.errors import ConflictError, InvalidInputError, NotFoundError
from annotator.services import accounts, claiming, entering, invitations, members, projects, seats, sessions
from at_once import meanwhile
from studies import Study, make_study


@pytest.fixture
def study(database: Database) -> Study:
    return make_study(database)


@pytest.fixture
def olga(database: Database, project: Project) -> User:
    return join(database, project, "Olga", "owner")


def join(database: Database, project: Project, name: str, role: str) -> User:
    with database.transaction() as session:
        user = session.scalar(select(User).where(User.name == name)) or accounts.create_user(session, name)
        session.add(Membership(project_id=project.id, user_id=user.id, role=role))
        return user


def change(database: Database, project: Project, actor: User, user: User, role: str) -> None:
    with database.transaction() as session:
        members.change_role(session, session.get_one(Project, project.id), actor, user.uuid, role)


def remove(database: Database, project: Project, actor: User, user: User) -> None:
    with database.transaction() as session:
        members.remove_member(session, session.get_one(Project, project.id), actor, user.uuid)


def found(database: Database, project: Project) -> list[tuple[str, str, bool]]:
    with database.reading() as session:
        return [(one.name, one.role, one.code is not None) for one in members.members_of(session, project)]


def last_event(database: Database) -> tuple[str, int | None, dict]:
    with database.reading() as session:
        event = session.scalars(select(Event).order_by(Event.id.desc()).limit(1)).one()
        return event.kind, event.user_id, event.details


def test_members_are_listed_owners_first_with_their_code_and_when_they_were_here(
    database: Database, project: Project, olga: User
):
    nina = join(database, project, "Nina", "annotator")
    with database.transaction() as session:
        code = projects.annotator_of(session, project, nina).code
        sessions.start_session(session, nina.id)
    with database.reading() as session:
        owner, annotator = members.members_of(session, project)
    assert (owner.name, owner.code, owner.seen_at) == ("Olga", None, None)
    assert (annotator.name, annotator.code) == ("Nina", code)
    assert annotator.seen_at is not None


def test_another_role_is_another_right_at_once_and_signs_nobody_out(database: Database, project: Project, olga: User):
    nina = join(database, project, "Nina", "reader")
    with database.transaction() as session:
        secret = sessions.start_session(session, nina.id)
    change(database, project, olga, nina, "annotator")
    with database.reading() as session:
        visit = entering.find_visit(session, secret, slug=project.slug)
        assert visit is not None
        assert visit.policy.can_label
    assert found(database, project) == [("Olga", "owner", False), ("Nina", "annotator", True)]
    assert last_event(database) == (
        "role-changed", olga.id, {"person": nina.uuid, "from": "reader", "to": "annotator"}
    )  # fmt: skip


def test_one_owner_remains(database: Database, project: Project, olga: User):
    with pytest.raises(ConflictError, match="“Olga” is the only owner"):
        change(database, project, olga, olga, "reader")
    with pytest.raises(ConflictError):
        remove(database, project, olga, olga)
    second = join(database, project, "Second", "owner")
    with database.transaction() as session:
        session.execute(update(User).where(User.id == second.id).values(disabled_at=now()))
    with pytest.raises(ConflictError):
        remove(database, project, olga, olga)
    third = join(database, project, "Third", "owner")
    remove(database, project, third, olga)
    assert [name for name, role, _ in found(database, project) if role == "owner"] == ["Second", "Third"]


def test_two_owners_who_dismiss_each_other_at_once_do_not_both_go(database: Database, project: Project, olga: User):
    second, barrier = join(database, project, "Second", "owner"), threading.Barrier(2)

    def dismiss(user: User) -> None:
        barrier.wait()
        with suppress(ConflictError):
            change(database, project, user, user, "reader")

    threads = [threading.Thread(target=dismiss, args=[user]) for user in (olga, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(role for _, role, _ in found(database, project)) == ["owner", "reader"]


def test_who_is_removed_leaves_labels_and_gives_back_what_was_held(
    database: Database, project: Project, study: Study, olga: User
):
    nina = join(database, project, "Nina", "annotator")
    with database.transaction() as session:
        seat = seats.take_seat(session, session.get_one(Project, project.id), nina)
        first, second = claiming.claim_ahead(session, seat, count=2)
    study.record(seat, unit=first)
    remove(database, project, olga, nina)
    with database.reading() as session:
        states = dict(session.execute(select(Assignment.state, Assignment.annotator_id).distinct()).all())
        assert states == {"done": seat.annotator_id, "open": None}
        assert session.scalars(select(Annotation.annotator_id)).all() == [seat.annotator_id]
        assert session.get(Membership, (project.id, nina.id)) is None
    other = study.seat("other")
    with database.transaction() as session:
        assert second in claiming.claim_ahead(session, other, count=3)
    assert last_event(database)[0] == "removed"


def test_who_comes_back_has_the_same_code(database: Database, project: Project, olga: User):
    nina = join(database, project, "Nina", "annotator")
    with database.transaction() as session:
        code = projects.annotator_of(session, project, nina).code
    remove(database, project, olga, nina)
    join(database, project, "Nina", "annotator")
    with database.reading() as session:
        assert session.scalars(select(Annotator.code).where(Annotator.user_id == nina.id)).all() == [code]


def test_who_is_removed_from_their_last_project_is_signed_out_and_elsewhere_goes_on(
    database: Database, project: Project, olga: User
):
    nina, both = join(database, project, "Nina", "reader"), join(database, project, "Both", "reader")
    with database.transaction() as session:
        other = projects.create_project(session, "Other", codebook=None, owner=both)
        secrets = [sessions.start_session(session, user.id) for user in (nina, both)]
    for user in (nina, both):
        remove(database, project, olga, user)
    with database.reading() as session:
        gone, goes_on = (entering.find_visit(session, secret, slug=other.slug) for secret in secrets)
        assert gone is None
        assert goes_on is not None
        assert goes_on.policy.can_manage


@pytest.mark.parametrize("how", ["role", "remove"])
def test_an_owner_who_goes_leaves_no_way_back_in(database: Database, project: Project, olga: User, how: str):
    second = join(database, project, "Second", "owner")
    with database.transaction() as session:
        secret = invitations.invite(session, project, second, role="owner")
    if how == "role":
        change(database, project, olga, second, "reader")
    else:
        remove(database, project, olga, second)
    with database.reading() as session, pytest.raises(NotFoundError, match="was withdrawn"):
        invitations.find_offer(session, secret)


def test_strangers_and_roles_that_are_none_are_refused(database: Database, project: Project, olga: User):
    with database.transaction() as session:
        stranger = accounts.create_user(session, "Stranger")
    for call in (
        lambda: change(database, project, olga, stranger, "reader"),
        lambda: remove(database, project, olga, stranger),
    ):
        with pytest.raises(NotFoundError, match="no such person in this project"):
            call()
    with pytest.raises(InvalidInputError):
        change(database, project, olga, olga, "king")


@pytest.mark.parametrize("act", [remove, partial(change, role="owner")])
def test_who_is_just_removed_is_not_there_for_another_owner(
    database: Database, project: Project, olga: User, act: Callable[..., None]
):
    nina = join(database, project, "Nina", "reader")
    with pytest.raises(NotFoundError, match="no such person"):
        meanwhile(
            database,
            lambda session: members.remove_member(session, project, olga, nina.uuid),
            lambda: act(database, project, olga, nina),
        )
