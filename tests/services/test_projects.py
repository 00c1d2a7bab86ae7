from functools import partial

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from annotator.db import Annotator, ChainHead, Membership, Project, Round
from annotator.db.engines import Database
from annotator.errors import ConflictError, InvalidInputError, NotFoundError
from annotator.services import accounts, projects, seats
from at_once import alone, meanwhile
from studies import CODEBOOK


def create(database: Database, name: str) -> str:
    with database.transaction() as session:
        return projects.create_project(session, name, codebook=None, owner=None).slug


@pytest.mark.parametrize(
    ("name", "slug"),
    [("Énergie & Climat", "energie-climat"), ("новости", "project"), ("new", "new-2"), ("study", "study-2")],
)
def test_address_of_a_project_is_made_of_plain_letters_and_free(database: Database, name: str, slug: str):
    assert create(database, name) == slug


@pytest.mark.parametrize("name", ["", "  ", "x" * 201])
def test_name_has_to_be_one(database: Database, name: str):
    with pytest.raises(InvalidInputError, match="1 to 200 characters"):
        create(database, name)


def test_name_is_taken_once_whatever_its_spaces(database: Database):
    with pytest.raises(ConflictError, match="“Study” already"):
        create(database, "  Study ")


def test_new_project_has_an_owner_a_round_and_an_empty_chain(database: Database):
    with database.transaction() as session:
        user = accounts.create_user(session, "Ada")
        project = projects.create_project(session, "Mine", codebook=CODEBOOK, owner=user)
        assert session.get_one(Membership, (project.id, user.id)).role == "owner"
        assert session.scalars(select(Round.name).where(Round.project_id == project.id)).all() == ["main"]
        assert session.get_one(ChainHead, project.id).sequence == 0
        assert [target.name for target in projects.targets(session, project)] == ["Russia", "Ukraine"]


def test_project_that_is_not_there_is_told_with_those_that_are(database: Database):
    with database.reading() as session, pytest.raises(NotFoundError, match="no project “Nope”; there is: “Study”"):
        projects.find_project(session, "Nope")


def test_annotator_keeps_a_code_that_says_nothing_of_the_person(database: Database):
    with database.transaction() as session:
        project = session.scalars(select(Project)).one()
        user = accounts.create_user(session, "Ada")
        first, again = (projects.annotator_of(session, project, user) for _ in range(2))
        assert first.id == again.id
        assert first.code.startswith("C-")
        assert len(first.code) == 6


def test_target_added_while_labelling_is_seen_by_its_annotator_only(database: Database):
    with database.transaction() as session:
        project = session.scalars(select(Project)).one()
        mine, other = (Annotator(project_id=project.id, code=code) for code in ("C-1", "C-2"))
        session.add_all([mine, other])
        session.flush()
        made = projects.add_target(session, project, " The  West ", annotator=mine)
        assert made.name == "The West"
        assert projects.add_target(session, project, "the west", annotator=mine).id == made.id
        assert [target.id for target in projects.targets(session, project, annotator=mine)] == [made.id]
        assert projects.targets(session, project, annotator=other) == projects.targets(session, project) == []


@pytest.mark.parametrize("name", ["", " ", "x" * 201])
def test_target_needs_a_name(database: Database, name: str):
    with database.transaction() as session, pytest.raises(InvalidInputError, match="A target needs a name"):
        projects.add_target(session, session.scalars(select(Project)).one(), name)


def test_two_tabs_that_name_one_target_find_the_same(database: Database, project: Project):
    with database.transaction() as session:
        annotator = projects.annotator_of(session, project, accounts.create_user(session, "Ada"))

    def add(session: Session) -> str:
        return projects.add_target(session, project, "NATO", annotator=annotator).uuid

    found: list[str] = []
    other = meanwhile(database, lambda session: found.append(add(session)), alone(database, add))
    assert found == [other]


def test_two_tabs_in_which_somebody_begins_to_label_are_one_annotator(database: Database, project: Project):
    with database.transaction() as session:
        user = accounts.create_user(session, "Ada")

    def begin(session: Session) -> str:
        return seats.take_seat(session, project, user).code

    found: list[str] = []
    other = meanwhile(database, lambda session: found.append(begin(session)), alone(database, begin))
    assert found == [other]


def test_of_two_who_make_a_project_of_one_name_the_second_is_told(database: Database):
    def make(session: Session) -> None:
        projects.create_project(session, "Mine", codebook=None, owner=None)

    with pytest.raises(ConflictError, match="“Mine” already"):
        meanwhile(database, make, alone(database, make))


def test_two_projects_made_at_once_have_addresses_of_their_own(database: Database):
    def make(session: Session, name: str) -> str:
        return projects.create_project(session, name, codebook=None, owner=None).slug

    other = meanwhile(database, partial(make, name="Mine!"), alone(database, partial(make, name="Mine?")))
    assert other == "mine-2"
