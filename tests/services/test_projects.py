import pytest
from sqlalchemy import select

from annotator.db import Annotator, ChainHead, Membership, Project, Round
from annotator.db.engines import Database
from annotator.errors import ConflictError, InvalidInputError, NotFoundError
from annotator.services import accounts, projects
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
