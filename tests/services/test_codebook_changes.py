"""The dry run of a codebook's change, its publication, and labels that are to be given anew."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from annotator.codebook import editing
from annotator.codebook.reading import read_codebook
from annotator.db import (
    Annotation,
    Annotator,
    Answer,
    Assignment,
    Classifier,
    CodebookVersion,
    Event,
    Project,
    Publication,
    Question,
    Round,
    User,
)  # fmt: skip
from annotator.db.engines import Database
from annotator.errors import ConflictError, InvalidInputError
from annotator.importing.values import ImportedDocument
from annotator.services import (
    accounts,
    appending,
    checking,
    codebook_changes,
    codebook_drafts,
    codebooks,
    imports,
    projects,
    queues,
)
from annotator.services.claiming import claim_next
from annotator.services.codebook_changes import DryRun
from annotator.services.seats import Seat, find_seat
from at_once import alone, beside, meanwhile
from studies import CODEBOOK, Study, make_study

BASE = read_codebook(CODEBOOK)


@pytest.fixture
def study(database: Database) -> Study:
    return make_study(database, documents=2, places=2)


@pytest.fixture
def owner(study: Study) -> User:
    with study.database.transaction() as session:
        return accounts.create_user(session, "Owner")


def person(study: Study, name: str) -> Seat:
    """Return the seat of an annotator behind whom there is somebody who signs in."""
    seat = study.seat(name)
    with study.database.transaction() as session:
        user = accounts.create_user(session, name)
        session.get_one(Annotator, seat.annotator_id).user_id = user.id
    return seat


def label(study: Study, seat: Seat, unit: int, **answers: Any) -> None:
    study.record(seat, unit=study.units[unit], answers=answers)


def run(study: Study, owner: User, codebook: Any) -> DryRun:
    with study.database.reading() as session:
        return codebook_changes.dry_run(session, session.get_one(Project, study.project_id), owner.id, codebook)


def draft(study: Study, owner: User, codebook: Any) -> int:
    """Put a codebook into the draft and return its revision."""
    from annotator.codebook.writing import write_codebook

    with study.database.transaction() as session:
        project = session.get_one(Project, study.project_id)
        codebook_drafts.begin_draft(session, project, session.get_one(User, owner.id))
        revision = codebook_drafts.read_draft(session, project.id).revision
        user = session.get_one(User, owner.id)
        codebook_drafts.save_draft(session, project, user, write_codebook(codebook), revision=revision)
        return revision + 1


def publish(study: Study, owner: User, codebook: Any, **more: Any) -> int:
    """Publish a codebook by its draft; return how many places there are to label anew."""
    revision = draft(study, owner, codebook)
    with study.database.transaction() as session:
        _, places = codebook_changes.publish_draft(
            session, session.get_one(Project, study.project_id), session.get_one(User, owner.id),
            **{"revision": revision, "base": 1, "choices": {}, **more},
        )  # fmt: skip
        return places


def rows(database: Database) -> dict[str, int]:
    """Count the rows of every table that publishing might write to."""
    tables = (CodebookVersion, Publication, Annotation, Answer, Assignment, Round, Event)
    with database.reading() as session:
        return {table.__name__: session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


def test_the_dry_run_counts_what_a_change_touches(study: Study, owner: User):
    one, two = study.seat("A"), study.seat("B")
    for unit in range(3):
        label(study, one, unit, topic="war")
    label(study, two, 0, topic="war")
    label(study, two, 1, topic="trade")
    gold = replace(study.seat("GOLD"), kind="adjudication")
    label(study, gold, 0, topic="war")
    (planned,) = run(study, owner, editing.merge_label(BASE, "topic", "war", into="trade")).changes
    assert planned.choices == ("convert", "relabel", "keep")
    assert planned.question == "topic"
    touched = planned.touched
    # On the second sentence they disagree, and would no longer.
    assert (touched.annotations, touched.gold, touched.compared) == (4, 1, 2)
    assert touched.annotators == (("C-A", 3), ("C-B", 1))


def test_what_was_undone_or_skipped_is_not_counted(study: Study, owner: User):
    seat = study.seat("A")
    label(study, seat, 0, topic="war")
    with study.database.reading() as session:
        key = session.scalars(select(Annotation.key)).one()
    study.record(seat, unit=study.units[0], act="undo", supersedes=key)
    study.record(seat, unit=study.units[1], act="skip")
    (planned,) = run(study, owner, editing.retire_label(BASE, "topic", "war")).changes
    assert planned.touched.annotations == 0


def test_a_question_that_is_added_touches_whatever_was_labelled(study: Study, owner: User):
    seat = study.seat("A")
    label(study, seat, 0, topic="war")
    label(study, seat, 1, frames=[])
    new = editing.add_question(BASE, "ironic", type="choice")
    (planned,) = run(study, owner, new).changes
    assert (planned.change.kind, planned.touched.annotations, planned.choices) == (
        "question-added", 2, ("keep", "relabel"),
    )  # fmt: skip


def test_looking_changes_nothing(study: Study, owner: User):
    label(study, study.seat("A"), 0, topic="war")
    draft(study, owner, editing.merge_label(BASE, "topic", "war", into="trade"))
    before = rows(study.database)
    run(study, owner, editing.merge_label(BASE, "topic", "war", into="trade"))
    assert rows(study.database) == before


def test_the_classifiers_that_learned_from_it_are_named(study: Study, owner: User):
    with study.database.transaction() as session:
        asked = session.scalars(select(Question.id).where(Question.stable_id == "topic")).one()
        version = session.scalars(select(CodebookVersion.id)).one()
        for number in (1, 2):
            session.add(
                Classifier(
                    project_id=study.project_id, number=number, question_id=asked, codebook_version_id=version,
                    sha256=str(number), n_labelled=20, card={}, is_active=number == 2,
                )
            )  # fmt: skip
    (learned,) = run(study, owner, editing.retire_label(BASE, "topic", "other")).classifiers
    assert (learned.question, learned.numbers, learned.active) == ("topic", (1, 2), 2)
    assert run(study, owner, editing.retire_label(BASE, "frames", "moral")).classifiers == ()


def test_an_owner_who_labels_blind_is_told_of_their_own_labels_only(study: Study, owner: User):
    other, mine = study.seat("B"), study.seat("OWN")
    with study.database.transaction() as session:
        session.get_one(Annotator, mine.annotator_id).user_id = owner.id
        session.get_one(Round, mine.round_id).phase = "blind"
    new = editing.merge_label(BASE, "topic", "war", into="trade")
    label(study, mine, 0, topic="war")
    alone = run(study, owner, new)
    label(study, other, 0, topic="war")
    label(study, other, 1, topic="war")
    assert run(study, owner, new) == alone
    assert alone.is_partial
    assert alone.changes[0].touched.annotations == 1


def test_publishing_keeps_who_did_it_why_and_what_was_chosen(study: Study, owner: User):
    new = editing.merge_label(BASE, "topic", "war", into="trade")
    publish(study, owner, new, note="Too close to each other.")
    with study.database.reading() as session:
        version = codebooks.current_version(session, study.project_id)
        kept = session.get_one(Publication, version.id)
        assert (version.number, kept.published_by_id, kept.note) == (2, owner.id, "Too close to each other.")
        assert kept.choices == {"label-merged:topic:war": "convert"}
        assert codebook_drafts.find_draft(session, study.project_id) is None
        event = session.scalars(select(Event).where(Event.kind == "codebook-published")).one()
        assert event.details == {"number": 2, "choices": 1}


def test_publishing_rewrites_no_act(study: Study, owner: User):
    label(study, person(study, "A"), 0, topic="war")
    with study.database.reading() as session:
        before = session.execute(select(Annotation.hash, Annotation.codebook_version_id)).all()
    publish(study, owner, editing.merge_label(BASE, "topic", "war", into="trade"))
    with study.database.reading() as session:
        assert session.execute(select(Annotation.hash, Annotation.codebook_version_id)).all() == before
    assert checking.check_database(study.database) == []


def test_a_draft_that_was_changed_since_its_dry_run_is_not_published(study: Study, owner: User):
    new = editing.retire_label(BASE, "topic", "other")
    revision = draft(study, owner, new)
    for stale in ({"revision": revision - 1}, {"base": 0}):
        with pytest.raises(ConflictError):
            publish_as(study, owner, {"revision": revision, "base": 1, **stale})
    assert publish_as(study, owner, {"revision": revision, "base": 1}) == 2
    with pytest.raises(Exception, match="no draft"):
        publish_as(study, owner, {"revision": revision, "base": 2})


def publish_as(study: Study, owner: User, shown: dict[str, int], **choices: str) -> int:
    with study.database.transaction() as session:
        project, user = session.get_one(Project, study.project_id), session.get_one(User, owner.id)
        version, _ = codebook_changes.publish_draft(session, project, user, choices=choices, **shown)
        return version.number


def test_a_choice_there_is_not_is_refused_and_nothing_is_published(study: Study, owner: User):
    revision = draft(study, owner, editing.retire_label(BASE, "topic", "other"))
    before = rows(study.database)
    with pytest.raises(InvalidInputError, match="convert"):
        publish_as(study, owner, {"revision": revision, "base": 1}, **{"label-retired:topic:other": "convert"})
    assert rows(study.database) == before


def test_what_says_the_same_is_not_published_again(study: Study, owner: User):
    revision = draft(study, owner, BASE)
    with pytest.raises(InvalidInputError, match="nothing to publish"):
        publish_as(study, owner, {"revision": revision, "base": 1})


def test_labels_to_be_given_anew_become_a_queue_of_each_annotator(study: Study, owner: User):
    one, two = person(study, "A"), person(study, "B")
    label(study, one, 0, topic="war")
    label(study, one, 1, topic="trade")
    label(study, two, 2, topic="war")
    label(study, study.seat("IMPORTED"), 3, topic="war")
    new = editing.change_label(BASE, "topic", "war", definition="Only what soldiers do.")
    assert publish(study, owner, new, choices={"label-definition:topic:war": "relabel"}) == 2
    with study.database.reading() as session:
        made = session.scalars(select(Round).where(Round.selection_mode == "relabel").order_by(Round.id)).all()
        assert [(one.kind, one.units, one.name) for one in made] == [
            ("main", 1, "relabel:2:C-A"),
            ("main", 1, "relabel:2:C-B"),
        ]


def seated(study: Study, name: str) -> Seat:
    with study.database.reading() as session:
        project = session.get_one(Project, study.project_id)
        found = find_seat(session, project, accounts.find_user(session, name).id)
        assert found is not None
        return found


def test_what_is_to_be_given_anew_is_labelled_and_then_counts(study: Study, owner: User):
    seat = person(study, "A")
    label(study, seat, 0, topic="war", frames=["moral"])
    new = editing.change_label(BASE, "topic", "war", definition="Only what soldiers do.")
    publish(study, owner, new, choices={"label-definition:topic:war": "relabel"})
    seat = seated(study, "A")
    assert (seat.is_in_queue, seat.queue_name) == (True, "Relabel: version 2")
    with study.database.transaction() as session:
        assert claim_next(session, seat) == study.units[0]
    study.record(seat, unit=study.units[0], codebook=2, answers={"topic": "war"})
    with study.database.transaction() as session:
        assert claim_next(session, seat) is None
        assert queues.leave_finished(session, seat)
        act = session.scalars(select(Annotation).order_by(Annotation.id.desc()).limit(1)).one()
        version = codebooks.current_version(session, study.project_id)
        assert (act.selection_mode, act.kind, act.codebook_version_id) == ("relabel", "main", version.id)
    assert checking.check_database(study.database) == []


def test_a_place_stays_open_until_its_label_is_given_by_the_new_codebook(study: Study, owner: User):
    label(study, person(study, "A"), 0, topic="war")
    publish(study, owner, editing.retire_label(BASE, "topic", "war"), choices={"label-retired:topic:war": "relabel"})
    seat = seated(study, "A")
    label(study, seat, 0, topic="trade")
    assert done(study, seat) == 0
    study.record(seat, unit=study.units[0], codebook=2, answers={"topic": "trade"})
    assert done(study, seat) == 1
    with study.database.reading() as session:
        key = session.scalars(select(Annotation.key).order_by(Annotation.id.desc()).limit(1)).one()
    study.record(seat, unit=study.units[0], codebook=2, act="undo", supersedes=key)
    assert done(study, seat) == 0
    with study.database.transaction() as session:
        assert claim_next(session, seat) == study.units[0]
    assert checking.check_database(study.database) == []


def done(study: Study, seat: Seat) -> int:
    with study.database.reading() as session:
        (queue,) = queues.queues_of(session, seat)
        return queue.done


def test_the_queue_is_listed_and_can_be_left_and_entered(study: Study, owner: User):
    label(study, person(study, "A"), 0, topic="war")
    publish(study, owner, editing.retire_label(BASE, "topic", "war"), choices={"label-retired:topic:war": "relabel"})
    seat = seated(study, "A")
    with study.database.transaction() as session:
        (queue,) = queues.queues_of(session, seat)
        assert (queue.title, queue.units, queue.done, queue.is_open) == ("Relabel: version 2", 1, 0, True)
        queues.leave_queue(session, seat)
    assert not seated(study, "A").is_in_queue
    with study.database.transaction() as session:
        queues.enter_queue(session, seat, queue.name)
    assert seated(study, "A").is_in_queue


def test_labels_of_older_versions_are_found_by_what_they_have_become(study: Study, owner: User):
    seat = person(study, "A")
    label(study, seat, 0, topic="war")
    publish(study, owner, editing.merge_label(BASE, "topic", "war", into="trade"))
    label(study, seat, 1, topic="trade")
    with study.database.reading() as session:
        now = codebooks.published(session, study.project_id).codebook
    (planned,) = run(study, owner, editing.change_label(now, "topic", "trade", definition="Goods.")).changes
    assert planned.touched.annotations == 2


def publishing(study: Study, owner: User) -> Callable[[], Any]:
    """Write a draft; return what publishes it."""
    revision = draft(study, owner, editing.change_label(BASE, "topic", "war", name="armed conflict"))

    def publish(session: Session) -> None:
        project, user = session.get_one(Project, study.project_id), session.get_one(User, owner.id)
        codebook_changes.publish_draft(session, project, user, revision=revision, base=1, choices={})

    return alone(study.database, publish)


def newest(study: Study) -> int:
    with study.database.reading() as session:
        return codebooks.current_version(session, study.project_id).number


def test_labels_are_imported_while_a_version_is_published(study: Study, owner: User):
    def record(session: Session, _batch: object) -> None:
        other.start()
        appending.take_head(session, study.project_id)

    text = ImportedDocument(name="more", text="It rains.", kind="article")
    with beside(study.database, publishing(study, owner)) as other:
        imports.import_documents(study.database, study.project_id, [text], name="more", record_labels=record)
        other.result()
    assert newest(study) == 2


def test_somebody_gives_their_first_decision_while_a_version_is_published(study: Study, owner: User):
    def begin(session: Session) -> None:
        projects.annotator_of(session, session.get_one(Project, study.project_id), session.get_one(User, owner.id))

    meanwhile(
        study.database,
        begin,
        publishing(study, owner),
        then=lambda session: appending.take_head(session, study.project_id),
    )
    assert newest(study) == 2
