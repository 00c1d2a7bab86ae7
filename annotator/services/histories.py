"""Take a history in as it was written elsewhere: checked link by link, then stored unchanged."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from annotator.db import (
    Annotation,
    Annotator,
    Answer,
    Assignment,
    ChainHead,
    CurrentAnnotation,
    Project,
    Round,
    Unit,
)
from annotator.db.base import table
from annotator.errors import InvalidInputError, NotFoundError
from annotator.services import chain, codebooks, current, rounds
from annotator.services.answers import rows_from_answers
from annotator.services.chain import parse_timestamp
from annotator.services.identities import named
from annotator.words import say

#: What the line of an act must say.
ACT_KEYS = frozenset(
    {"sequence", "key", "unit", "annotator", "codebook", "round", "act", "kind", "supersedes", "answers",
     "first_answers", "comment", "flagged", "late", "stale", "active_seconds", "client_at", "at", "masked",
     "selection", "arm", "suggestions", "previous", "hash"}
)  # fmt: skip


def check_chain(history: Iterable[dict[str, Any]], *, source: str) -> int:
    """Recompute every hash of a history and return how many acts it has.

    Raises
    ------
    InvalidInputError
        At the first act that is missing, doubled or changed.
    """
    previous, sequence = "", 0
    for sequence, row in enumerate(history, start=1):
        if missing := ACT_KEYS - row.keys():
            raise InvalidInputError(
                say(
                    "{source}/history.jsonl, line {sequence}: “{missing}” is missing; export the data set again.",
                    source=source,
                    sequence=sequence,
                    missing=min(missing),
                )
            )
        if row["sequence"] != sequence or row["previous"] != previous or chain.chain_hash(row) != row["hash"]:
            raise InvalidInputError(
                say(
                    "{source}: act {sequence} does not follow from the one before it, so labels were changed "
                    "or are missing; export the data set again.",
                    source=source,
                    sequence=row["sequence"],
                )
            )
        previous = row["hash"]
    return sequence


def append_history(
    session: Session, project: Project, history: Iterable[dict[str, Any]], *, units: dict[str, int]
) -> None:
    """Store the acts of a checked history in an empty project, and rebuild what is derived from them."""
    writer = _Writer(session, project, units)
    last: dict[str, Any] = {"sequence": 0, "hash": ""}
    for rows in _batches(history):
        writer.write(rows)
        last = rows[-1]
    session.execute(
        update(ChainHead).where(ChainHead.project_id == project.id).values(sequence=last["sequence"], hash=last["hash"])
    )
    current.rebuild_pointers(session, project.id)


class _Writer:
    """Writes history rows, a batch at a time; knows the numbers behind the names in them."""

    def __init__(self, session: Session, project: Project, units: dict[str, int]) -> None:
        self._session = session
        self._project = project
        self._units = units
        self._acts: dict[tuple[str, str], int] = {}
        annotators = select(Annotator.code, Annotator.id).where(Annotator.project_id == project.id)
        self._annotators = dict(session.execute(annotators).all())
        names = select(Round.name, Round.id).where(Round.project_id == project.id)
        self._rounds = dict(session.execute(names).all())
        lengths = select(Unit.id, Unit.end - Unit.start).where(Unit.project_id == project.id)
        self._lengths = dict(session.execute(lengths).all())

    def write(self, rows: list[dict[str, Any]]) -> None:
        """Write acts in the order of the chain, then their answers."""
        answers: list[dict[str, Any]] = []
        for row in rows:
            annotation_id = self._session.scalar(_ADD_ACT, self._act(row))
            assert annotation_id is not None
            self._acts[row["annotator"], row["key"]] = annotation_id
            answers += [{**answer, "annotation_id": annotation_id} for answer in self._answers(row)]
        if answers:
            self._session.execute(insert(table(Answer)), answers)

    def _act(self, row: dict[str, Any]) -> dict[str, Any]:
        version = self._version(row)
        where = f"history.jsonl, line {row['sequence']}"
        selection = row["selection"] or {"mode": None, "probability": None}
        superseded = row["supersedes"]
        return {
            "project_id": self._project.id,
            "sequence": row["sequence"],
            "key": row["key"],
            "unit_id": named(self._units, row["unit"], say("unit"), where),
            "annotator_id": named(self._annotators, row["annotator"], say("annotator"), where),
            "codebook_version_id": version.version_id,
            "round_id": None if row["round"] is None else named(self._rounds, row["round"], say("round"), where),
            "act": row["act"],
            "kind": row["kind"],
            "supersedes_id": None
            if superseded is None
            else named(self._acts, (row["annotator"], superseded), say("earlier act"), where),
            "comment": row["comment"],
            "reason": row.get("reason"),
            "is_flagged": row["flagged"],
            "is_late": row["late"],
            "is_stale": row["stale"],
            "active_seconds": row["active_seconds"],
            "client_at": parse_timestamp(row["client_at"]),
            "recorded_at": parse_timestamp(row["at"]),
            "masked": row["masked"],
            "selection_mode": selection["mode"],
            "selection_probability": selection["probability"],
            "suggestion_arm": row["arm"],
            "suggestions_shown": row["suggestions"],
            "payload_hash": chain.payload_hash(row),
            "previous_hash": row["previous"],
            "hash": row["hash"],
        }

    def _version(self, row: dict[str, Any]) -> codebooks.Published:
        try:
            return codebooks.published(self._session, self._project.id, row["codebook"])
        except NotFoundError as error:
            raise InvalidInputError(
                say(
                    "history.jsonl, line {sequence}: there is no codebook version {codebook} in the data "
                    "set; export it again.",
                    sequence=row["sequence"],
                    codebook=row["codebook"],
                )
            ) from error

    def _answers(self, row: dict[str, Any]) -> Iterator[dict[str, Any]]:
        version = self._version(row)
        for stage, given in (("final", row["answers"]), ("first", row["first_answers"])):
            if given is not None:
                yield from rows_from_answers(
                    given,
                    codebook=version.codebook,
                    known=version.known,
                    length=self._lengths[self._units[row["unit"]]],
                    stage=stage,
                )


def seat_annotators(session: Session, project: Project) -> None:
    """Give everyone whose answer counts in a round their place in it, and count what they have finished."""
    acts = session.execute(
        select(
            CurrentAnnotation.unit_id,
            CurrentAnnotation.annotator_id,
            Annotation.round_id,
            Annotation.act,
            Annotation.selection_mode,
            Annotation.selection_probability,
            Annotation.suggestion_arm,
        )
        .join(Annotation, Annotation.id == CurrentAnnotation.annotation_id)
        .where(Annotation.project_id == project.id, Annotation.kind == "main", Annotation.round_id.is_not(None))
        .order_by(Annotation.sequence)
    ).all()
    main = rounds.main_round(session, project.id).id
    for act in acts:
        _seat(session, act, act.round_id)
        if act.round_id != main:
            # The main round waits no longer for what was labelled in another one.
            _take_free(session, act, main)
    current.rebuild_counts(session, project.id)


def _seat(session: Session, act: Any, round_id: int) -> None:
    places = _take_free(session, act, round_id)
    if places is None:
        return
    session.execute(
        insert(Assignment).values(
            round_id=round_id,
            unit_id=act.unit_id,
            place=len(places) + 1,
            order_key=places[0].order_key if places else 0,
            selection_mode=act.selection_mode or "chosen",
            selection_probability=act.selection_probability,
            suggestion_arm=act.suggestion_arm or "shown",
            **_held(act),
        )
    )


def _take_free(session: Session, act: Any, round_id: int) -> Sequence[Any] | None:
    """Give the annotator a free place on the unit in a round; return the places there are if none is free."""
    places = session.execute(
        select(Assignment.id, Assignment.state, Assignment.order_key)
        .where(Assignment.unit_id == act.unit_id, Assignment.round_id == round_id)
        .order_by(Assignment.place)
    ).all()
    free = next((place.id for place in places if place.state == "open"), None)
    if free is None:
        return places
    session.execute(update(Assignment).where(Assignment.id == free).values(_held(act)))
    return None


def _held(act: Any) -> dict[str, Any]:
    return {"state": current.FINISHED[act.act], "annotator_id": act.annotator_id}


def _batches(history: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for row in history:
        batch.append(row)
        if len(batch) >= chain.BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


_ADD_ACT = insert(table(Annotation)).returning(table(Annotation).c.id)
