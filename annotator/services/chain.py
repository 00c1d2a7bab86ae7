"""The chain of acts: what each act says in canonical form, hashed together with its predecessor.

The hash is SHA-256 over the act's history row as JSON with sorted keys, without its own ``hash``. Only names
that leave the database are in it (external ids, codes, version numbers, UUIDs), so a data set that is
exported and imported again keeps its chain.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import Row as SqlRow
from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session, aliased

from annotator.db import Annotation, Annotator, Answer, CodebookVersion, Round, Unit
from annotator.db.base import table
from annotator.services.answers import COLUMNS, answers_from_rows
from annotator.services.codebooks import published
from annotator.services.identities import identities

BATCH = 500
#: What a repeated act must agree in to be the same act; times may differ.
CONTENT = ("unit", "codebook", "act", "kind", "supersedes", "comment", "flagged", "answers", "first_answers")


def canonical(value: Any) -> bytes:
    """Return the one JSON form of a value."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def payload_hash(row: Mapping[str, Any]) -> str:
    """Return the hash of what was answered, by which a repetition is recognised."""
    content = {name: row[name] for name in CONTENT} | reason_of(row.get("reason"))
    return hashlib.sha256(canonical(content)).hexdigest()


def reason_of(reason: str | None) -> dict[str, str]:
    """Return the reason for a skip as it stands in a row: left out where there is none, as in rows of old."""
    return {"reason": reason} if reason else {}


def chain_hash(row: Mapping[str, Any]) -> str:
    """Return the hash of a history row; ``row["previous"]`` is its predecessor's."""
    return hashlib.sha256(canonical({name: value for name, value in row.items() if name != "hash"})).hexdigest()


def timestamp(moment: datetime | None) -> str | None:
    """Return a moment as it is written in files: UTC, to the microsecond."""
    if moment is None:
        return None
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def parse_timestamp(written: str | None) -> datetime | None:
    """Return the moment a file names."""
    return None if written is None else datetime.fromisoformat(written)


def history(session: Session, project_id: int) -> Iterator[dict[str, Any]]:
    """Yield every act of a project as its history row, in the order of the chain; memory stays flat."""
    known = identities(session, project_id)
    after = 0
    while True:
        acts = session.execute(
            _acts(project_id).where(Annotation.sequence > after).order_by(Annotation.sequence).limit(BATCH)
        ).all()
        if not acts:
            return
        given = answers_of(session, [act.id for act in acts])
        read = {number: published(session, project_id, number).codebook for number in {act.codebook for act in acts}}
        for act in acts:
            codebook = read[act.codebook]
            stages = {
                stage: answers_from_rows(rows, codebook=codebook, known=known)
                for stage, rows in given.get(act.id, {}).items()
            }
            yield _history_row(act, stages)
        after = acts[-1].sequence


def answers_of(session: Session, annotation_ids: list[int]) -> dict[int, dict[str, list[Sequence[Any]]]]:
    """Return the answer rows of these acts, by act and stage, in order, as ``answers_from_rows`` reads them."""
    found: dict[int, dict[str, list[Sequence[Any]]]] = {}
    for row in session.execute(_ANSWERS, {"annotations": annotation_ids}).all():
        found.setdefault(row[0], {}).setdefault(row[1], []).append(row[2:])
    return found


def _acts(project_id: int) -> Select[Any]:
    superseded = aliased(Annotation)
    return (
        select(
            Annotation.__table__,
            Unit.external_id.label("unit"),
            Annotator.code.label("annotator"),
            CodebookVersion.number.label("codebook"),
            Round.name.label("round"),
            superseded.key.label("supersedes"),
        )
        .join(Unit, Unit.id == Annotation.unit_id)
        .join(Annotator, Annotator.id == Annotation.annotator_id)
        .join(CodebookVersion, CodebookVersion.id == Annotation.codebook_version_id)
        .outerjoin(Round, Round.id == Annotation.round_id)
        .outerjoin(superseded, superseded.id == Annotation.supersedes_id)
        .where(Annotation.project_id == project_id)
    )


def _history_row(act: SqlRow[Any], stages: dict[str, dict[str, Any]]) -> dict[str, Any]:
    row = act_row(
        sequence=act.sequence,
        key=act.key,
        unit=act.unit,
        annotator=act.annotator,
        codebook=act.codebook,
        round_name=act.round,
        act=act.act,
        kind=act.kind,
        supersedes=act.supersedes,
        answers=stages.get("final", {}) if act.act == "answer" else None,
        first_answers=stages.get("first"),
        comment=act.comment,
        reason=act.reason,
        flagged=act.is_flagged,
        late=act.is_late,
        stale=act.is_stale,
        active_seconds=act.active_seconds,
        client_at=timestamp(act.client_at),
        at=timestamp(act.recorded_at),
        masked=act.masked,
        selection_mode=act.selection_mode,
        selection_probability=act.selection_probability,
        arm=act.suggestion_arm,
        suggestions=act.suggestions_shown,
        previous=act.previous_hash,
    )
    return {**row, "hash": act.hash}


def act_row(
    *,
    round_name: str | None,
    selection_mode: str | None,
    selection_probability: float | None,
    **columns: Any,
) -> dict[str, Any]:
    """Return an act as its history row, without the hash; used alike when it is made, exported and verified."""
    selection = None if selection_mode is None else {"mode": selection_mode, "probability": selection_probability}
    return {
        "sequence": columns["sequence"],
        "key": columns["key"],
        "unit": columns["unit"],
        "annotator": columns["annotator"],
        "codebook": columns["codebook"],
        "round": round_name,
        "act": columns["act"],
        "kind": columns["kind"],
        "supersedes": columns["supersedes"],
        "answers": columns["answers"],
        "first_answers": columns["first_answers"],
        "comment": columns["comment"],
        **reason_of(columns.get("reason")),
        "flagged": columns["flagged"],
        "late": columns["late"],
        "stale": columns["stale"],
        "active_seconds": columns["active_seconds"],
        "client_at": columns["client_at"],
        "at": columns["at"],
        "masked": columns["masked"],
        "selection": selection,
        "arm": columns["arm"],
        "suggestions": columns["suggestions"],
        "previous": columns["previous"],
    }


_GIVEN = table(Answer).c
_ANSWERS = (
    select(
        _GIVEN.annotation_id,
        _GIVEN.stage,
        *(_GIVEN[name] for name in COLUMNS),
    )
    .where(_GIVEN.annotation_id.in_(bindparam("annotations", expanding=True)))
    .order_by(_GIVEN.annotation_id, _GIVEN.stage, _GIVEN.position)
)
