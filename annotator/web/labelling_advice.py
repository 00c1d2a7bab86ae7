"""What the labelling page says of classifiers: their suggestions, or what is still missing for any."""

from collections.abc import Iterator, Mapping
from typing import Any

from flask_wtf.csrf import generate_csrf
from sqlalchemy.orm import Session

from annotator.codebook.values import Codebook
from annotator.learning.values import Contribution, Shortage, Suggested, Suggestion
from annotator.services import codebooks, examples, jobs, labelling, seats, suggesting, training
from annotator.services.labelling import UnitView
from annotator.services.suggesting import Suggestions
from annotator.web.security import Access

#: Counting what is missing reads every label, so it is done while there are few.
FEW_LABELS = 200
MOST_MISSING = 6
REASONS_SHOWN = 8


def why_silent(timing: str, unit: UnitView) -> str | None:
    """Say why nothing is suggested for a unit, whatever the classifiers think; None if something may be."""
    if timing == "never":
        return "This project shows no suggestions."
    if unit.arm == "control":
        return "This sentence is one of the control share, labelled without suggestions."
    if unit.arm == "reserved":
        return "This text is kept for testing the classifiers, and labelled without suggestions."
    if unit.earlier is not None:
        return "You have labelled this sentence, so nothing is suggested for it."
    return None


def suggestions(found: Suggestions, unit: UnitView, *, timing: str, names: Mapping[str, str]) -> dict[str, Any]:
    """Return the classifiers' opinions for the script."""
    questions = [
        _opinion(question, suggested, unit.codebook, names)
        for question, several in found.by_question.items()
        for suggested in several
    ]
    return {
        "timing": timing,
        "silent": None,
        "problem": found.problem,
        "classifiers": found.classifiers,
        "questions": questions,
    }


def _opinion(question: str, suggested: Suggested, codebook: Codebook, names: Mapping[str, str]) -> dict[str, Any]:
    asked = codebook.question(question)
    labels = {label.id: label.name for label in asked.labels} if asked else {}
    return {
        "question": question,
        "target": suggested.target,
        "target_name": names.get(suggested.target or ""),
        "early": suggested.early,
        "chosen": list(suggested.chosen),
        "labels": [
            {
                "label": one.label,
                "name": labels.get(one.label, one.label.replace("-", " ")),
                "probability": round(one.probability, 4),
                "reasons": [_reason(reason) for reason in _strongest(one)] if one.label in suggested.chosen else [],
            }
            for one in suggested.labels
        ],
    }


def _strongest(suggestion: Suggestion) -> list[Contribution]:
    """Return the words that say most for or against a label, in the order of their weight."""
    ordered = sorted(suggestion.reasons, key=lambda reason: -abs(reason.value))
    return [reason for reason in ordered if abs(reason.value) > 0][:REASONS_SHOWN]


def _reason(reason: Contribution) -> dict[str, Any]:
    return {"text": reason.text, "start": reason.start, "end": reason.end, "value": round(reason.value, 4)}


def status(session: Session, access: Access) -> dict[str, Any]:
    """Return how a training goes, which classifiers there are and what is missing for the first or for more."""
    job = jobs.latest(session, access.project.id, training.KIND)
    active = suggesting.active_classifiers(session, access.project)
    return {
        "person": access.user.uuid,
        # For a page that was open while its session ended.
        "csrf_token": generate_csrf(),
        "job": None if job is None else {"state": job.state, "progress": job.progress, "message": job.message},
        "classifiers": {question: row.number for question, row in active},
        "missing": list(_missing(session, access)) if access.project.suggestion_timing != "never" else [],
    }


def _missing(session: Session, access: Access) -> Iterator[str]:
    if suggesting.labelled_units(session, access.project.id) > FEW_LABELS:
        return
    codebook = codebooks.published(session, access.project.id).codebook
    seat = seats.find_seat(session, access.project, access.user.id)
    names = {uuid: name for uuid, name, _ in labelling.visible_targets(session, seat)} if seat else {}
    for question, short in examples.missing(session, access.project.id).items():
        yield from _most_advanced(question, short, codebook=codebook, names=names)


def _most_advanced(
    question: str, short: list[Shortage], *, codebook: Codebook, names: Mapping[str, str]
) -> Iterator[str]:
    """Say what is nearest to being enough; fifteen lines of “0 of 5” would help nobody."""
    known = [shortage for shortage in short if shortage.target is None or shortage.target in names]
    begun = sorted((shortage for shortage in known if shortage.have), key=lambda shortage: -shortage.have)
    for shortage in (begun or known)[:MOST_MISSING]:
        yield _sentence(question, shortage, codebook=codebook, names=names)


def _sentence(question: str, shortage: Shortage, *, codebook: Codebook, names: Mapping[str, str]) -> str:
    asked = codebook.question(question)
    label = asked.label(shortage.label) if asked and shortage.label else None
    about = names.get(shortage.target or "", asked.name if asked else question)
    what = f"“{label.name}”" if label else shortage.label or "another label"
    return f"{about}: {shortage.have} of {shortage.need} examples of {what.replace('-', ' ')}"
