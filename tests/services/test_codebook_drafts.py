"""The draft of a codebook: one for all owners, of whom the second is told."""

import pytest
from sqlalchemy import select

from annotator.codebook import editing
from annotator.db import CodebookDraft, Project, User
from annotator.db.engines import Database
from annotator.errors import ConflictError, InvalidInputError, NotFoundError
from annotator.services import accounts, codebook_drafts, codebooks
from annotator.services.codebook_drafts import Draft
from studies import Study, make_study


@pytest.fixture
def study(database: Database) -> Study:
    made = make_study(database)
    with database.transaction() as session:
        accounts.create_user(session, "Ann")
        accounts.create_user(session, "Bo")
    return made


def act(study: Study, name: str, what: str, *arguments, **more) -> None:
    """Let somebody do something with the draft."""
    with study.database.transaction() as session:
        project = session.get_one(Project, study.project_id)
        user = session.scalars(select(User).where(User.name == name)).one()
        getattr(codebook_drafts, what)(session, project, user, *arguments, **more)


def read(study: Study) -> Draft:
    with study.database.reading() as session:
        return codebook_drafts.read_draft(session, study.project_id)


def test_a_draft_begins_with_what_is_published(study: Study):
    act(study, "Ann", "begin_draft")
    found = read(study)
    with study.database.reading() as session:
        assert found.source == codebooks.current_version(session, study.project_id).source
    assert (found.based_on, found.revision, found.updated_by, found.problems, found.is_editable) == (
        1, 1, "Ann", (), True,
    )  # fmt: skip


def test_beginning_again_leaves_what_is_there(study: Study):
    act(study, "Ann", "begin_draft")
    act(study, "Ann", "save_draft", "name: Mine", revision=1)
    act(study, "Bo", "begin_draft")
    assert (read(study).source, read(study).updated_by) == ("name: Mine", "Ann")


def test_the_second_of_two_is_told_and_nothing_is_lost(study: Study):
    act(study, "Ann", "begin_draft")
    act(study, "Ann", "edit_draft", lambda codebook: editing.retire_label(codebook, "topic", "other"), revision=1)
    with pytest.raises(ConflictError, match="Somebody else"):
        act(study, "Bo", "save_draft", "name: Bo's", revision=1)
    assert "other" not in read(study).source
    act(study, "Bo", "save_draft", "name: Bo's", revision=2)
    assert read(study).source == "name: Bo's"


def test_no_revision_is_given_twice(study: Study):
    act(study, "Ann", "begin_draft")
    act(study, "Ann", "discard_draft", revision=1)
    act(study, "Bo", "begin_draft")
    assert read(study).revision == 3
    with pytest.raises(ConflictError):
        act(study, "Ann", "save_draft", "name: late", revision=1)


def test_without_a_draft_there_is_nothing_to_save(study: Study):
    with pytest.raises(ConflictError, match="published or discarded"):
        act(study, "Ann", "save_draft", "name: x", revision=1)
    with pytest.raises(NotFoundError):
        read(study)


def test_a_draft_may_be_wrong_and_says_where(study: Study):
    act(study, "Ann", "begin_draft")
    act(
        study,
        "Ann",
        "save_draft",
        "name: Mine\nquestions:\n  - {name: topic, type: choice, labels: [{name: war}]}",
        revision=1,
    )
    found = read(study)
    assert found.problems[0].startswith("draft, line 3")
    assert found.is_editable
    act(study, "Ann", "edit_draft", lambda codebook: editing.add_label(codebook, "topic", "trade"), revision=2)
    assert read(study).problems == ()


@pytest.mark.parametrize("text", ["name: [", "name: Mine\nquestions:\n  - {name: topic, typ: choice}"])
def test_a_file_that_would_lose_something_is_not_edited_value_by_value(study: Study, text: str):
    act(study, "Ann", "begin_draft")
    act(study, "Ann", "save_draft", text, revision=1)
    assert not read(study).is_editable
    with pytest.raises(InvalidInputError, match="in the file first"):
        act(study, "Ann", "edit_draft", lambda codebook: codebook, revision=2)
    assert read(study).source == text


def test_lines_end_as_they_do_in_files(study: Study):
    act(study, "Ann", "begin_draft")
    act(study, "Ann", "save_draft", "name: Mine\r\nquestions: []\r\n", revision=1)
    assert read(study).source == "name: Mine\nquestions: []\n"


def test_ids_of_every_version_are_known(study: Study):
    with study.database.reading() as session:
        assert "topic" in codebook_drafts.ids_in_use(session, study.project_id)
        assert set(codebook_drafts.ids_in_use(session, study.project_id, "topic")) == {"war", "trade", "other"}


def test_there_is_one_row_a_project(study: Study):
    for name in ("Ann", "Bo"):
        act(study, name, "begin_draft")
    with study.database.reading() as session:
        assert len(session.scalars(select(CodebookDraft)).all()) == 1


def test_what_no_database_can_keep_is_refused(study: Study):
    act(study, "Ann", "begin_draft")
    with pytest.raises(InvalidInputError, match="no file can have"):
        act(study, "Ann", "save_draft", "name: a\0b", revision=1)
    assert read(study).revision == 1
