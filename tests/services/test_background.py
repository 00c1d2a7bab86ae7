import zipfile
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from annotator.db import Annotator, BackgroundAnswer, Event, Membership, Project, User
from annotator.db.engines import Database
from annotator.errors import ConflictError, InvalidInputError, NotFoundError
from annotator.services import accounts, background, members
from annotator.services.exports import ExportOptions, export_data_set
from annotator.services.policy import Policy
from at_once import alone, meanwhile
from studies import make_study

AGES = ("under thirty", "thirty to fifty", "over fifty")


@pytest.fixture
def olga(database: Database, project: Project) -> User:
    return join(database, project, "Olga", "owner")


@pytest.fixture
def question(database: Database, project: Project, olga: User) -> str:
    with database.transaction() as session:
        return background.add_question(session, project, olga, text="Age band", options=AGES).uuid


def join(database: Database, project: Project, name: str, role: str = "annotator") -> User:
    with database.transaction() as session:
        user = accounts.create_user(session, name)
        session.add(Membership(project_id=project.id, user_id=user.id, role=role))
        return user


def tell(database: Database, project: Project, user: User, given: dict[str, str], *, consent: bool = True) -> None:
    with database.transaction() as session:
        policy = Policy(user_id=user.id, role=session.get_one(Membership, (project.id, user.id)).role)
        background.save_answers(session, project, user, policy, given, has_consented=consent)


def told(database: Database, project: Project, user: User) -> dict[str, str]:
    with database.reading() as session:
        return background.answers_of(session, project.id, user.id)


def counts(database: Database, project: Project) -> dict[str, int | None]:
    with database.reading() as session:
        (groups,) = background.groups_of(session, project.id)
        return dict(groups.counts)


def test_groups_of_fewer_than_three_look_like_none(database: Database, project: Project, question: str):
    for number in range(3):
        tell(database, project, join(database, project, f"Young {number}"), {question: AGES[0]})
    for number in range(2):
        tell(database, project, join(database, project, f"Old {number}"), {question: AGES[2]})
    assert counts(database, project) == {AGES[0]: 3, AGES[1]: None, AGES[2]: None}
    tell(database, project, join(database, project, "Old 3"), {question: AGES[2]})
    assert counts(database, project) == {AGES[0]: 3, AGES[1]: None, AGES[2]: 3}


def test_a_group_that_shrinks_is_hidden_again(database: Database, project: Project, question: str):
    people = [join(database, project, f"Young {number}") for number in range(3)]
    for user in people:
        tell(database, project, user, {question: AGES[0]})
    with database.transaction() as session:
        background.forget_answers(session, people[0].id, project.uuid)
    assert counts(database, project)[AGES[0]] is None


def test_answers_are_changed_taken_back_one_by_one_and_deleted(database: Database, project: Project, question: str):
    nina = join(database, project, "Nina")
    tell(database, project, nina, {question: AGES[0], "no question": "x"})
    assert told(database, project, nina) == {question: AGES[0]}
    tell(database, project, nina, {question: AGES[1]})
    assert told(database, project, nina) == {question: AGES[1]}
    tell(database, project, nina, {question: ""})
    assert told(database, project, nina) == {}
    tell(database, project, nina, {question: AGES[1]})
    with database.transaction() as session:
        background.forget_answers(session, nina.id, project.uuid)
        with pytest.raises(NotFoundError):
            background.forget_answers(session, nina.id, project.uuid)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(BackgroundAnswer)) == 0


def test_nothing_is_kept_without_consent_or_beside_the_options(database: Database, project: Project, question: str):
    nina = join(database, project, "Nina")
    with pytest.raises(InvalidInputError, match="consent"):
        tell(database, project, nina, {question: AGES[0]}, consent=False)
    with pytest.raises(InvalidInputError, match="answers offered"):
        tell(database, project, nina, {question: "ninety-nine"})
    assert told(database, project, nina) == {}


def test_who_only_reviews_gets_no_code_by_answering(database: Database, project: Project, question: str, olga: User):
    """Whoever has a code counts as one who labels, and sees as little as those do."""
    with pytest.raises(ConflictError, match="those who label here"):
        tell(database, project, olga, {question: AGES[0]})
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Annotator)) == 0


def test_who_was_removed_still_finds_and_deletes_what_they_told(
    database: Database, project: Project, question: str, olga: User
):
    nina = join(database, project, "Nina")
    tell(database, project, nina, {question: AGES[0]})
    with database.transaction() as session:
        members.remove_member(session, session.get_one(Project, project.id), olga, nina.uuid)
        assert [one.name for one in background.kept_about(session, nina.id)] == ["Study"]
        background.forget_answers(session, nina.id, project.uuid)
        assert background.kept_about(session, nina.id) == []


def test_nobody_deletes_the_answers_of_others(database: Database, project: Project, question: str):
    nina, other = join(database, project, "Nina"), join(database, project, "Other")
    tell(database, project, nina, {question: AGES[0]})
    with database.transaction() as session, pytest.raises(NotFoundError):
        background.forget_answers(session, other.id, project.uuid)
    assert told(database, project, nina) == {question: AGES[0]}


def test_a_question_that_goes_takes_its_answers_along(database: Database, project: Project, question: str, olga: User):
    tell(database, project, join(database, project, "Nina"), {question: AGES[0]})
    with database.transaction() as session:
        background.remove_question(session, project, olga, question)
        assert background.questions_of(session, project.id) == []
        with pytest.raises(NotFoundError):
            background.remove_question(session, project, olga, question)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(BackgroundAnswer)) == 0


@pytest.mark.parametrize(
    ("text", "options"),
    [("", AGES), ("x" * 301, AGES), ("Age", AGES[:1]), ("Age", [" ", "a", "a"]), ("Age", ["a", "x" * 101])],
)
def test_questions_that_cannot_be_are_refused(database: Database, project: Project, olga: User, text: str, options):
    with database.transaction() as session, pytest.raises(InvalidInputError):
        background.add_question(session, project, olga, text=text, options=options)


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_no_data_set_and_no_log_holds_what_was_told(
    database: Database, project: Project, question: str, tmp_path: Path, form: str
):
    study = make_study(database)
    nina = join(database, project, "Nina")
    tell(database, project, nina, {question: AGES[2]})
    study.record(study.seat("Z"), unit=study.units[0])
    path = tmp_path / ("set.zip" if form == "jsonl" else "set.csv")
    export_data_set(database, "study", format_name=form, path=path, options=ExportOptions())
    if form == "jsonl":
        with zipfile.ZipFile(path) as packed:
            content = b"".join(packed.read(name) for name in packed.namelist())
    else:
        content = path.read_bytes()
    assert b"Moscow" in content
    assert not [word for word in (b"over fifty", b"Age band", b"Nina", question.encode()) if word in content]
    with database.reading() as session:
        log = "".join(str(event.details) for event in session.scalars(select(Event)))
    assert AGES[2] not in log


def test_answers_are_saved_while_the_question_is_removed(
    database: Database, project: Project, olga: User, question: str
):
    nina = join(database, project, "Nina")
    meanwhile(
        database,
        lambda session: background.remove_question(session, project, olga, question),
        lambda: tell(database, project, nina, {question: AGES[0]}),
    )
    assert told(database, project, nina) == {}


def test_of_two_clicks_that_remove_a_question_one_is_logged(
    database: Database, project: Project, olga: User, question: str
):
    def remove(session: Session) -> None:
        background.remove_question(session, project, olga, question)

    with pytest.raises(NotFoundError, match="no such question"):
        meanwhile(database, remove, alone(database, remove))


def test_two_who_ask_at_once_ask_no_more_than_may_be_asked(
    database: Database, project: Project, olga: User, monkeypatch: pytest.MonkeyPatch
):
    def ask(session: Session) -> None:
        background.add_question(session, project, olga, text="Age band", options=AGES)

    monkeypatch.setattr(background, "MOST_QUESTIONS", 1)
    with pytest.raises(InvalidInputError, match="at most 1"):
        meanwhile(database, ask, alone(database, ask))
