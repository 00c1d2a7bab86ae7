"""Projects with all that may happen in one: two codebooks, revisions, undos, skips, late answers, private targets."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from random import Random
from typing import Any

from sqlalchemy import select, update

from annotator.db import Annotator, Assignment, Document, Original, Project, Round, Speaker, Target, Turn, Unit
from annotator.db.base import now
from annotator.db.corpus import DocumentSpeaker
from annotator.db.engines import Database
from annotator.errors import ConflictError
from annotator.services import codebooks, projects, queues
from annotator.services.claiming import claim_next
from annotator.services.seats import Seat
from studies import SECOND_CODEBOOK, Study, make_study

MOMENT = datetime(2026, 5, 4, 10, tzinfo=UTC)
COMMENTS = (None, None, "😀 Grüße,\nzweite Zeile", "تعليق", '"quoted", =1+1', "\u2028 strange \u200f")
HOLDERS = ({"kind": "author"}, {"kind": "speaker"}, {"kind": "unclear"}, {"kind": "reported", "name": "محمد 😀"})


def make_random_project(database: Database, random: Random, *, steps: int = 25) -> Study:
    """Let two annotators and two adjudicators work on the project "Study" as chance will have it."""
    study = make_study(database, documents=3)
    _decorate(study)
    golden = [study.seat(name, kind="adjudication") for name in ("GOLD", "SECOND")]
    seats = [study.seat("A"), replace(study.seat("B"), masked=("outlet",)), *golden]
    seats.append(_queue(study, seats[0]))
    keys: dict[tuple[int, str], list[str]] = {}
    codebook = 1
    for step in range(steps):
        if step == steps // 2:
            with database.transaction() as session:
                codebooks.publish_codebook(session, session.get_one(Project, study.project_id), SECOND_CODEBOOK)
            codebook = 2
        _step(study, random, seats, keys, codebook=random.randint(1, codebook))
    return study


def _queue(study: Study, seat: Seat) -> Seat:
    """Let a search choose some units for an annotator and return their seat in that round."""
    criteria = {"words": "“quoted” 😀", "target": study.targets[0]}
    with study.database.reading() as session:
        units = list(session.scalars(select(Unit.id).where(Unit.position < 2)))
    queues.make_queue(study.database, seat, units, title="“quoted” 😀", criteria=criteria)
    with study.database.reading() as session:
        round_ = session.scalars(select(Round).where(Round.selection_mode == "search")).one()
        return replace(seat, round_id=round_.id, round_name=round_.name, selection_mode=round_.selection_mode)


def _decorate(study: Study) -> None:
    """Give the documents what documents may have, add a private and a merged target, withdraw a unit."""
    with study.database.transaction() as session:
        project = session.get_one(Project, study.project_id)
        first, second, third = session.scalars(select(Document).order_by(Document.position))
        first.outlet, first.date, first.date_precision, first.language = "Le Soir", "2026-05", "month", "fr"
        first.variables = {"zeta": "1", "alpha": "–5", "": "no name"}
        second.is_reserved, third.is_reserved, third.split = True, False, "test"
        content = bytes(range(256))
        session.add(
            Original(document_id=first.id, name="первый.txt", sha256=sha256(content).hexdigest(), content=content)
        )
        speaker = Speaker(project_id=project.id, name="Sinan Ülgen")
        session.add(speaker)
        session.flush()
        session.add(
            DocumentSpeaker(
                document_id=second.id, speaker_id=speaker.id, position=0, aliases=["ULGEN"], role="guest"
            )
        )  # fmt: skip
        turn = Turn(document_id=second.id, speaker_id=speaker.id, position=0, label="ULGEN", start=0, end=60)
        session.add(turn)
        session.flush()
        session.execute(update(Unit).where(Unit.document_id == second.id, Unit.position < 2).values(turn_id=turn.id))
        session.execute(update(Unit).where(Unit.external_id == "d2:s3").values(withdrawn_at=now()))
        annotator = Annotator(project_id=project.id, code="C-A")
        session.add(annotator)
        session.flush()
        projects.add_target(session, project, "Only mine 😀", annotator=annotator)
        merged = projects.add_target(session, project, "Rossiya", aliases=("Россия",))
        merged.merged_into_id = session.scalars(select(Target.id).where(Target.name == "Russia")).one()


def _step(
    study: Study, random: Random, seats: list[Seat], keys: dict[tuple[int, str], list[str]], *, codebook: int
) -> None:
    seat = random.choice(seats)
    unit = _choose_unit(study, random, seat)
    earlier = keys.setdefault((seat.annotator_id, unit), [])
    given: dict[str, Any] = {"unit": unit, "codebook": codebook, "act": "answer"}
    if earlier and random.random() < 0.5:
        given["supersedes"] = random.choice(earlier)
    if "supersedes" in given and random.random() < 0.5:
        given["act"] = "undo"
    elif random.random() < 0.2:
        given |= {"act": "skip", "reason": random.choice([None, "off-topic", "nur ein Wort 😀"])}
    else:
        given |= _answers(study, random, codebook)
    given |= {
        "comment": random.choice(COMMENTS),
        "is_flagged": random.random() < 0.2,
        "active_seconds": random.choice([None, 0.1, 3.0, 1 / 3]),
        "client_at": random.choice([None, MOMENT + timedelta(microseconds=random.randrange(10**9))]),
    }
    try:
        earlier.append(study.record(seat, **given).key)
    except ConflictError:
        raise AssertionError("every act that is revised here has arrived") from None


def _choose_unit(study: Study, random: Random, seat: Seat) -> str:
    """Take the next unit or any; now and then every lease runs out first, so that others take over."""
    with study.database.transaction() as session:
        if random.random() < 0.3:
            session.execute(update(Assignment).where(Assignment.state == "claimed").values(lease_ends_at=1))
        unit = claim_next(session, seat) if random.random() < 0.6 and seat.kind == "main" else None
    return unit or random.choice(study.units)


def _answers(study: Study, random: Random, codebook: int) -> dict[str, Any]:
    with study.database.reading() as session:
        targets = list(session.scalars(select(Target.uuid).order_by(Target.id)))
    possible: dict[str, Any] = {
        "stance": [
            {"target": target, "holder": random.choice(HOLDERS), "label": random.choice(["favor", "against"])}
            for target in random.sample(targets, random.randint(0, 2))
        ],
        "topic": random.choice([None, "war", "trade"]),
        "frames": random.choice([[], ["economic"], ["economic", "moral"], ["no-frame"]]),
        "strength": random.choice(["weak", "strong"]),
        "loaded": random.choice([[], [{"start": 0, "end": 4}, {"start": 2, "end": 9}]]),
    }
    if codebook == 2:
        possible["ironic"] = random.choice(["yes-it-is", "not-at-all", None])
    answers = {name: possible[name] for name in random.sample(list(possible), random.randint(1, len(possible)))}
    if "stance" in answers and random.random() < 0.7:
        answers["targets_offered"] = random.sample(targets, 2)
    shown = {
        "timing": "after",
        "classifiers": {"topic": 3},
        "suggestions": [{"label": "war", "probability": 0.3 + 1e-17}],
    }
    after = random.random() < 0.4
    return {
        "answers": answers,
        "first_answers": {"topic": "trade"} if after else None,
        "suggestions_shown": shown if after else None,
    }
