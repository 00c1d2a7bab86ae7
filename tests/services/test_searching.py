"""What a search finds, on both databases alike: by words, by what was said, and only what one may see."""

from typing import Any

import pytest
from sqlalchemy import select, update

from annotator.db import Document, DocumentSpeaker, Project, Speaker, Target, Turn, Unit
from annotator.db.base import now
from annotator.db.engines import Database
from annotator.errors import InvalidInputError
from annotator.services import hits, searching, training, unsureness
from annotator.services.criteria import JUDGED, Criteria
from annotator.services.given import Sight
from annotator.services.searching import Spot, Walk
from annotator.services.seats import Seat
from annotator.services.suggesting import Shelf
from studies import Study, make_study

SENTENCES = (
    "Moscow said the talks would go on.",
    "“Ukraine will not give in,” the SPEAKER added at the café. 😀",
    "قالت الحكومة إن روسيا لن تنسحب.",
    "Цены выросли, 制裁 nobody knows why.",
)


@pytest.fixture
def study(database: Database) -> Study:
    return make_study(database, documents=3, sentences=SENTENCES)


def walk(study: Study, seat: Seat | None = None, *, phase: str = "open", start: Spot | None = None,
         most: int = 1000, **criteria: Any) -> Walk:  # fmt: skip
    with study.database.reading() as session:
        return searching.walk(
            session, session.get_one(Project, study.project_id), Criteria(**criteria), Sight(seat, phase),
            shelf=Shelf(study.database.settings.models), start=start, most=most,
        )  # fmt: skip


def found(study: Study, seat: Seat | None = None, **criteria: Any) -> list[str]:
    ids = [unit for _, unit in walk(study, seat, **criteria).found]
    with study.database.reading() as session:
        names = dict(session.execute(select(Unit.id, Unit.external_id).where(Unit.id.in_(ids))).all())
    return [names[number] for number in ids]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [("moscow talks", 0), ("CAFE speaker", 1), ('"give in"', 1), ("الحكومة", 2), ("روسيا", 2), ("制裁", 3),
     ("цены", 3), ("ВЫРОСЛИ", 3)],
)  # fmt: skip
def test_words_of_any_script_are_found_alike_on_both_databases(study: Study, words: str, sentence: int):
    assert found(study, words=words) == [f"d{number}:s{sentence}" for number in range(3)]


def test_words_of_two_sentences_are_not_found_together(study: Study):
    assert found(study, words="moscow ukraine") == []


def test_nothing_asked_finds_nothing(study: Study):
    assert found(study) == []


def test_pending_and_withdrawn_are_left_out(study: Study):
    with study.database.transaction() as session:
        session.execute(update(Unit).where(Unit.external_id == "d0:s0").values(withdrawn_at=now()))
        session.execute(update(Document).where(Document.external_id == "d1").values(is_pending=True))
    assert found(study, words="moscow") == ["d2:s0"]
    assert "d0:s0" not in found(study, labelled="no")


def test_targets_are_named_as_on_the_labelling_page_or_judged(study: Study):
    russia, ukraine = study.targets
    stance = [{"target": russia, "holder": {"kind": "author"}, "label": "against"}]
    study.record(study.seat("A"), unit="d1:s3", answers={"stance": stance, "targets_offered": study.targets})
    assert found(study, target=russia) == ["d0:s0", "d1:s0", "d2:s0"]
    assert found(study, target=ukraine, words="speaker") == ["d0:s1", "d1:s1", "d2:s1"]
    assert found(study, target=russia, target_as=JUDGED) == ["d1:s3"]
    assert found(study, target=russia, target_as=JUDGED, label="stance:against") == ["d1:s3"]
    assert found(study, target=russia, target_as=JUDGED, label="stance:favor") == []
    assert found(study, target=ukraine, target_as=JUDGED) == []


def test_a_target_that_was_merged_counts_for_the_one_it_is_in(study: Study):
    russia, ukraine = study.targets
    stance = [{"target": ukraine, "holder": {"kind": "author"}, "label": "favor"}]
    study.record(study.seat("A"), unit="d1:s3", answers={"stance": stance, "targets_offered": []})
    with study.database.transaction() as session:
        into = session.scalars(select(Target.id).where(Target.uuid == russia)).one()
        session.execute(update(Target).where(Target.uuid == ukraine).values(merged_into_id=into))
    assert found(study, target=russia, target_as=JUDGED) == ["d1:s3"]


def test_a_target_of_somebody_else_alone_is_unknown(study: Study):
    seat, other = study.seat("A"), study.seat("B")
    with study.database.transaction() as session:
        session.add(Target(project_id=study.project_id, uuid="mine", name="the talks", added_by_id=seat.annotator_id))
    assert found(study, seat, target="mine") == ["d0:s0", "d1:s0", "d2:s0"]
    with pytest.raises(InvalidInputError, match="no such target"):
        found(study, other, target="mine")
    with pytest.raises(InvalidInputError, match="no such target"):
        found(study, target="mine")


def test_speakers_are_found_by_name(study: Study):
    with study.database.transaction() as session:
        document = session.scalars(select(Document.id).where(Document.external_id == "d1")).one()
        speaker = Speaker(project_id=study.project_id, name="Zoë")
        session.add(speaker)
        session.flush()
        session.add(DocumentSpeaker(document_id=document, speaker_id=speaker.id, position=0))
        turn = Turn(document_id=document, speaker_id=speaker.id, position=0, start=0, end=60)
        session.add(turn)
        session.flush()
        session.execute(update(Unit).where(Unit.external_id.in_(["d1:s0", "d1:s1"])).values(turn_id=turn.id))
    assert found(study, speaker="Zoë") == ["d1:s0", "d1:s1"]
    assert found(study, speaker="Zoë", words="moscow") == ["d1:s0"]
    assert found(study, speaker="Zoe") == []


def test_what_was_said_is_found_and_what_was_taken_back_is_not(study: Study):
    seat, other = study.seat("A"), study.seat("B")
    study.record(seat, unit="d0:s0", answers={"topic": "war"}, is_flagged=True)
    study.record(other, unit="d0:s1", answers={"topic": "trade", "frames": ["moral"]}, comment="Hm")
    given = study.record(seat, unit="d1:s0", act="skip")
    study.record(seat, unit="d1:s1", act="skip")
    study.record(seat, unit="d1:s0", act="undo", supersedes=given.key)
    assert found(study, label="topic:war") == found(study, flagged=True) == ["d0:s0"]
    assert found(study, label="frames:moral") == found(study, commented=True) == ["d0:s1"]
    assert found(study, label="topic:nix") == found(study, label="nix") == []
    assert found(study, skipped=True) == ["d1:s1"]
    assert found(study, seat, labelled="yes") == ["d0:s0", "d0:s1"]
    assert found(study, seat, labelled="by-me") == ["d0:s0"]
    assert len(found(study, seat, labelled="not-by-me")) == 11
    assert len(found(study, labelled="no", words="moscow")) == 2
    assert found(study, label="topic:war", words="ukraine") == []


def test_a_blind_round_hides_what_others_said(study: Study):
    seat, other = study.seat("A"), study.seat("B")
    study.record(other, unit="d0:s0", answers={"topic": "war"}, is_flagged=True, comment="Hm")
    study.record(study.seat("GOLD", kind="adjudication"), unit="d2:s0", answers={"topic": "war"})
    for criteria in ({"flagged": True}, {"commented": True}):
        assert walk(study, seat, phase="blind", **criteria).found == []
    assert len(walk(study, seat, phase="blind", label="topic:war").found) == 1
    assert len(walk(study, seat, phase="blind", labelled="no").found) == 11
    assert len(walk(study, other, phase="blind", label="topic:war").found) == 2


@pytest.mark.parametrize("criteria", [{"words": "moscow"}, {"labelled": "no"}])
def test_a_walk_rests_and_goes_on_where_it_was(study: Study, criteria: dict[str, Any]):
    whole = walk(study, **criteria)
    assert whole.rest is None
    parts, start = [], Spot()
    while start is not None:
        part = walk(study, start=start, most=2, **criteria)
        assert len(part.found) <= 2
        parts += part.found
        start = part.rest
    assert parts == whole.found


def test_a_walk_that_looked_at_enough_rests(study: Study, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(searching, "MOST_CHARACTERS", 200)
    first = walk(study, words="nowhere")
    assert (first.found, first.rest) == ([], Spot(2, 0))
    assert walk(study, words="nowhere", start=first.rest).rest is None


def test_masked_words_are_not_found(study: Study):
    with study.database.transaction() as session:
        session.execute(update(Document).values(outlet="Moscow"))
        session.flush()
        project = session.get_one(Project, study.project_id)
        made = searching.walk(
            session, project, Criteria(words="moscow"), Sight(None, "open"),
            shelf=Shelf(study.database.settings.models), masked=["names"],
        )  # fmt: skip
    assert made.found == []


def test_hits_are_cut_where_they_are_lit(study: Study):
    with study.database.reading() as session:
        project = session.get_one(Project, study.project_id)
        unit = session.scalars(select(Unit.id).where(Unit.external_id == "d0:s1")).one()
        criteria = Criteria(words="cafe", target=study.targets[1])
        (hit,) = hits.read_hits(session, project, [unit], criteria, Sight(None, "open"))
    assert "".join(text for text, _ in hit.pieces) == SENTENCES[1]
    assert [text for text, is_lit in hit.pieces if is_lit] == ["Ukraine", "café"]
    assert (hit.document, hit.title, hit.position) == ("d0", "Text 0", 2)


@pytest.fixture
def trained(sqlite_database: Database) -> Study:
    """A study whose classifier knows war from trade."""
    sentences = [f"Tanks {number} rolled" if number % 2 else f"Markets {number} traded" for number in range(40)]
    study = make_study(sqlite_database, documents=2, sentences=[*sentences, "Tanks markets rolled traded"])
    seat = study.seat("A")
    for number in range(40):
        study.record(seat, unit=f"d0:s{number}", answers={"topic": "war" if number % 2 else "trade"})
    training.train_project(sqlite_database, study.project_id, question="topic")
    return study


def test_the_classifier_is_unsure_of_what_lies_between(trained: Study):
    unsure = walk(trained, unsure="topic")
    assert unsure.scored == 82
    names = found(trained, unsure="topic")
    assert "d0:s40" in names
    assert len(names) < 41


def test_reserved_documents_are_not_chosen_by_a_classifier(trained: Study):
    with trained.database.transaction() as session:
        session.execute(update(Document).values(is_reserved=True))
    assert walk(trained, unsure="topic").scored == 0


def test_a_walk_that_scored_enough_rests_and_says_so(trained: Study, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(unsureness, "MOST_SCORED", 20)
    monkeypatch.setattr(searching, "SCORED_AT_ONCE", 10)
    first = walk(trained, unsure="topic")
    assert first.scored == 20
    assert first.rest is not None
    assert first.rest > Spot()


def test_without_a_classifier_nothing_can_be_unsure(study: Study):
    with pytest.raises(InvalidInputError, match="no classifier"):
        walk(study, unsure="topic")
