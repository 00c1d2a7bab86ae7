"""The lines of a data set: how a document, a unit and a project are written for others to read."""

import base64
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from annotator.codebook.rollup import frames_of, has_frames
from annotator.codebook.values import Codebook, Question
from annotator.db import Annotator, CodebookVersion, Document, Project, Publication, Target
from annotator.services import chain, codebook_notes
from annotator.services.answers import OFFERED
from annotator.services.data_rows import GOLD, DocumentRow, GivenAct, UnitRow
from annotator.services.round_rows import round_rows


def document_line(row: DocumentRow) -> dict[str, Any]:
    """Return a document as its line of ``documents.jsonl``."""
    document = row.document
    original = row.original
    return {
        "id": document.external_id,
        "position": document.position,
        "kind": document.kind,
        "title": document.title,
        "outlet": document.outlet,
        "author": document.author,
        "url": document.url,
        "date": document.date,
        "date_precision": document.date_precision,
        "language": document.language,
        "variables": document.variables,
        "text": document.text,
        "text_sha256": document.text_sha256,
        "segmenter": document.segmenter,
        "extractor": document.extractor,
        "near_duplicate_group": document.near_duplicate_group,
        "reserved": document.is_reserved,
        "split": document.split,
        "order": document.order_key,
        "speakers": _speakers(row),
        "turns": _turns(row),
        "original": original
        and {
            "name": original.name,
            "sha256": original.sha256,
            "content": base64.b64encode(original.content).decode(),
        },
    }


def _speakers(row: DocumentRow) -> list[dict[str, Any]]:
    return [
        {"name": entry.speaker.name, "aliases": entry.aliases, "role": entry.role, "byline": entry.is_byline}
        for entry in row.speakers
    ]


def _turns(row: DocumentRow) -> list[dict[str, Any]]:
    return [
        {
            "speaker": row.speaker_name(turn.speaker_id),
            "label": turn.label,
            "note": turn.note,
            "start": turn.start,
            "end": turn.end,
        }
        for turn in row.turns
    ]


def unit_line(row: UnitRow, *, document: Document, split: str | None, names: Mapping[str, str]) -> dict[str, Any]:
    """Return a unit as its line of ``units.jsonl``; ``names`` are the targets' by UUID."""
    acts = row.acts
    gold = [act for act in acts if act.kind == GOLD and act.act == "answer"]
    return {
        "id": row.external_id,
        "document": document.external_id,
        "kind": row.kind,
        "position": row.position,
        "turn": row.turn,
        "start": row.start,
        "end": row.end,
        "text": row.text,
        "speaker": row.speaker,
        "split": split,
        "withdrawn_at": chain.timestamp(row.withdrawn_at),
        "annotations": [_annotation(act, names) for act in acts if act.kind != GOLD],
        # Gold is what the data set says, so it speaks as the newest codebook does.
        "gold": named_answers(gold[-1].counted, gold[-1].newest, names) if gold else None,
    }


def named_answers(answers: Mapping[str, Any], codebook: Codebook, names: Mapping[str, str]) -> dict[str, Any]:
    """Return answers with the names of questions, labels and targets, for people and other programs."""
    named: dict[str, Any] = {}
    for key, given in answers.items():
        if key == OFFERED:
            named[key] = [names[target] for target in given]
            continue
        question = codebook.question(key)
        assert question is not None
        named[question.name] = _named(question, given, names)
    return named


def project_file(session: Session, project: Project) -> dict[str, Any]:
    """Return what ``project.json`` says: settings, targets, annotators' codes, rounds, codebook versions."""
    annotators = session.scalars(select(Annotator).where(Annotator.project_id == project.id).order_by(Annotator.id))
    codes = {annotator.id: annotator for annotator in annotators}
    targets = list(session.scalars(select(Target).where(Target.project_id == project.id).order_by(Target.id)))
    uuids = {target.id: target.uuid for target in targets}
    return {
        "name": project.name,
        "seed": project.seed,
        "suggestion_timing": project.suggestion_timing,
        "control_share": project.control_share,
        "reserved_share": project.reserved_share,
        "retrain_every": project.retrain_every,
        "retrain_minutes": project.retrain_minutes,
        "learns_from": project.learns_from,
        "masked": project.masked,
        "annotators": [{"code": entry.code, "origin": entry.origin} for entry in codes.values()],
        "targets": [
            {
                "id": target.uuid,
                "name": target.name,
                "aliases": target.aliases,
                "position": target.position,
                "added_by": None if target.added_by_id is None else codes[target.added_by_id].code,
                "accepted_at": chain.timestamp(target.accepted_at),
                "merged_into": None if target.merged_into_id is None else uuids[target.merged_into_id],
            }
            for target in targets
        ],
        "rounds": round_rows(session, project, {number: entry.code for number, entry in codes.items()}),
        "codebook_notes": codebook_notes.note_records(session, project),
        "codebooks": [_published(version, note, choices) for version, note, choices in _versions(session, project)],
    }


def _versions(session: Session, project: Project) -> Iterable[Any]:
    return session.execute(
        select(CodebookVersion, Publication.note, Publication.choices)
        .outerjoin(Publication, Publication.version_id == CodebookVersion.id)
        .where(CodebookVersion.project_id == project.id)
        .order_by(CodebookVersion.number)
    )


def _published(version: CodebookVersion, note: str | None, choices: Mapping[str, str] | None) -> dict[str, Any]:
    """Return what is told of a version: what was decided about earlier labels travels, who decided it does not."""
    line = {"number": version.number, "published_at": chain.timestamp(version.published_at)}
    return {**line, **({"note": note} if note else {}), **({"choices": choices} if choices else {})}


def versions(session: Session, project: Project) -> list[CodebookVersion]:
    """Return the published codebook versions in order."""
    query = select(CodebookVersion).where(CodebookVersion.project_id == project.id)
    return list(session.scalars(query.order_by(CodebookVersion.number)))


def _named(question: Question, given: Any, names: Mapping[str, str]) -> Any:
    def name(label_id: str) -> str:
        label = question.label(label_id)
        return label.name if label else label_id

    if question.type == "stance":
        return [{**stance, "target": names[stance["target"]], "label": name(stance["label"])} for stance in given]
    if question.type == "choices":
        return [name(label_id) for label_id in given]
    if question.type in ("choice", "scale"):
        return None if given is None else name(given)
    return given


def _annotation(act: GivenAct, names: Mapping[str, str]) -> dict[str, Any]:
    # What was suggested and not shown is in the history.
    shown = act.suggestions if act.suggestions and act.suggestions.get("suggestions") else None
    line = {
        "annotator": act.annotator,
        "kind": act.kind,
        "act": act.act,
        "codebook": act.codebook_number,
        "at": act.at,
        "answers": named_answers(act.answers, act.codebook, names) if act.act == "answer" else None,
        "comment": act.comment,
        "flagged": act.is_flagged,
        "selection": act.selection,
        "suggestion": shown and {"shown": shown.get("timing"), "classifiers": shown.get("classifiers")},
    }
    values = _frame_values(act)
    return {**line, "frame_values": values} if values else line


def _frame_values(act: GivenAct) -> dict[str, dict[str, float]]:
    """Return, for each question answered whose items roll up into frames, the frames' values."""
    return {
        question.name: {
            frame.name: frame.value for frame in frames_of(question, act.answers[question.id]) if frame.name
        }
        for question in act.codebook.questions
        if has_frames(question) and act.act == "answer" and question.id in act.answers
    }
