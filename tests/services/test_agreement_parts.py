"""A study small enough to be worked out by hand, divided in every way the report divides."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select, update

from annotator.db import Assignment, Document, Project, Round, Speaker, Turn, Unit
from annotator.services import agreement, codebooks, recording
from annotator.services.agreement_parts import Part, Parts
from annotator.services.seats import Seat
from studies import SECOND_CODEBOOK, Study, make_study, sit

#: What A and B said of the four sentences of three documents: w for war, t for trade.
SAID = {"d0": ("wwwt", "wwtt"), "d1": ("wtwt", "twwt"), "d2": ("wttt", "wttt")}


@pytest.fixture
def study(database, monkeypatch) -> Study:
    """Label each document on a day of its own, the last two by the second codebook, the last in a second round."""
    study = make_study(database, documents=3)
    with database.transaction() as session:
        second = Round(project_id=study.project_id, name="second", phase="open")
        session.add(second)
        session.flush()
        session.execute(update(Document).where(Document.external_id == "d0").values(outlet="NPR"))
        session.execute(update(Document).where(Document.external_id == "d1").values(outlet="Agency"))
        _let_two_speak(session, study.project_id)
        for who in "AB":
            _hold(session, second, sit(session, study.project_id, who))
    for day, document in enumerate(SAID):
        monkeypatch.setattr(recording, "now", lambda day=day: datetime(2026, 3, 2 + day, 9, tzinfo=UTC))
        if day == 1:
            with database.transaction() as session:
                codebooks.publish_codebook(session, session.get_one(Project, study.project_id), SECOND_CODEBOOK)
        for who, letters in zip("AB", SAID[document], strict=True):
            seat = study.seat(who)
            for position, letter in enumerate(letters):
                answers = {"topic": {"w": "war", "t": "trade"}[letter]}
                study.record(seat, unit=f"{document}:s{position}", answers=answers, codebook=min(day + 1, 2))
    return study


def _hold(session, second: Round, seat: Seat) -> None:
    """Give an annotator the last document to label in the second round."""
    for unit in session.scalars(select(Unit.id).where(Unit.external_id.startswith("d2:"))):
        place = Assignment(
            round_id=second.id, unit_id=unit, place=seat.annotator_id, order_key=0, state="claimed",
            annotator_id=seat.annotator_id, selection_mode="random",
        )  # fmt: skip
        session.add(place)


def _let_two_speak(session, project_id: int) -> None:
    """Ann says the first two sentences of the first document, Bob the others."""
    document = session.scalars(select(Document).where(Document.external_id == "d0")).one()
    for position, name in enumerate(("Ann", "Bob")):
        speaker = Speaker(project_id=project_id, name=name)
        session.add(speaker)
        session.flush()
        turn = Turn(document_id=document.id, speaker_id=speaker.id, position=position, start=0, end=1)
        session.add(turn)
        session.flush()
        here = (Unit.document_id == document.id, Unit.position.between(2 * position, 2 * position + 1))
        session.execute(update(Unit).where(*here).values(turn_id=turn.id))


def parts(study: Study) -> dict[str, Part]:
    with study.database.reading() as session:
        found = agreement.agreement_of(session, session.get_one(Project, study.project_id))
        made = Parts(found, found.ratings(found.find("topic")))
        return {part.by: part for part in made.all(("alpha", "percent"))}


def told(part: Part) -> dict[str, tuple[int, float | None, float | None]]:
    return {row.name: (row.basis.units, row.figures["alpha"].value, row.figures["percent"].value) for row in part.rows}


# Alpha of two annotators: 1 - (n - 1) o / (n_w n_t), with n values, n_w and n_t of each label, o sentences apart.
FIRST = (4, pytest.approx(1 - 7 * 1 / (5 * 3)), 3 / 4)
MIDDLE = (4, pytest.approx(1 - 7 * 2 / (4 * 4)), 2 / 4)
LAST = (4, 1, 1)


def test_by_outlet_time_round_and_version_each_part_has_the_figures_of_its_own_answers(study):
    found = parts(study)
    assert told(found["outlet"]) == {"Agency": MIDDLE, "NPR": FIRST, "unknown": LAST}
    assert told(found["time"]) == {"2026-03-02": FIRST, "2026-03-03": MIDDLE, "2026-03-04": LAST}
    both = (8, pytest.approx(1 - 15 * 3 / (9 * 7)), 5 / 8)
    assert told(found["round"]) == {"main": both, "second": LAST}
    later = (8, pytest.approx(1 - 15 * 2 / (6 * 10)), 6 / 8)
    assert told(found["version"]) == {"version 1": FIRST, "version 2": later}


def test_by_speaker_one_label_throughout_has_no_alpha_and_chance_has_none_left(study):
    speakers = told(parts(study)["speaker"])
    assert speakers == {
        "Ann": (2, None, 1),
        "Bob": (2, pytest.approx(1 - 3 * 1 / (1 * 3)), 1 / 2),
        "unknown": (8, pytest.approx(1 - 15 * 2 / (6 * 10)), 6 / 8),
    }


def test_a_part_of_two_documents_has_an_interval_and_one_of_a_single_document_says_why_not(study):
    """Of two documents a quarter of the samples are twice the first, a quarter twice the last: the middle 95 %."""
    rows = {row.name: row.figures["percent"] for row in parts(study)["version"].rows}
    assert (rows["version 2"].low, rows["version 2"].high) == (2 / 4, 1)
    assert rows["version 1"].low is None
    assert "one document" in rows["version 1"].reason


def test_an_answer_counts_on_the_day_of_the_last_one_who_gave_it(study, monkeypatch):
    monkeypatch.setattr(recording, "now", lambda: datetime(2026, 3, 4, 12, tzinfo=UTC))
    study.record(study.seat("B"), unit="d0:s2", answers={"topic": "war"}, codebook=2)
    found = told(parts(study)["time"])
    assert found["2026-03-02"] == (3, pytest.approx(1), 1)
    assert found["2026-03-04"] == (5, pytest.approx(1), 1)
    # Given under two versions, the two answers are compared in neither.
    assert told(parts(study)["version"])["version 1"] == (3, pytest.approx(1), 1)
