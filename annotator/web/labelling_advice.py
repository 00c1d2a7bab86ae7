"""What the labelling page says of classifiers: their suggestions, or what is still missing for any."""

from collections.abc import Iterable, Mapping
from operator import itemgetter
from typing import Any

from flask_wtf.csrf import generate_csrf
from sqlalchemy.orm import Session

from annotator.codebook.values import Codebook, Question
from annotator.db import Job
from annotator.learning.values import Contribution, Suggested, Suggestion
from annotator.services import codebooks, counting, examples, jobs, retraining, seats, suggesting
from annotator.services.examples import NOT_AT_ISSUE
from annotator.services.labelling import UnitView
from annotator.services.shortfalls import Line, lines
from annotator.services.sighted_targets import targets_in_sight
from annotator.services.suggesting import Suggestions
from annotator.web.language import gettext, ngettext, of_job, translated
from annotator.web.sealing import seal, unseal
from annotator.web.security import Access

#: Counting what is missing reads every label, so it is done while there are few.
FEW_LABELS = 200
NEAREST = 3
REASONS_SHOWN = 8


def why_silent(timing: str, unit: UnitView) -> str | None:
    """Say why nothing is suggested for a unit, whatever the classifiers think; None if something may be."""
    if timing == "never":
        return gettext("This project shows no suggestions.")
    if unit.arm == "control":
        return gettext("This sentence is one of the control share, labelled without suggestions.")
    if unit.arm == "reserved":
        return gettext("This text is kept for testing the classifiers, and labelled without suggestions.")
    if unit.earlier is not None:
        return gettext("You have labelled this sentence, so nothing is suggested for it.")
    return None


def is_compared(timing: str, unit: UnitView) -> bool:
    """Tell whether it is kept what the classifiers suggest for a unit, whether shown or not, to compare the two."""
    return timing != "never" and unit.arm in ("shown", "control") and unit.earlier is None


def sealed(access: Access, unit: UnitView, told: Mapping[str, Any]) -> str | None:
    """Return what the classifiers suggest, for the page to bring back with the answer; None without any classifier."""
    if not told["classifiers"]:
        return None
    made = {"timing": told["timing"], "classifiers": told["classifiers"], "suggested": _chosen(told["questions"])}
    return seal({"person": access.user.uuid, "project": access.project.uuid, "unit": unit.external_id, **made})


def unsealed(access: Access, unit: str, brought: str | None) -> dict[str, Any] | None:
    """Return what was suggested to this person for this unit, as :func:`sealed` made it; None for anything else."""
    found = unseal(brought)
    about = (access.user.uuid, access.project.uuid, unit)
    return found if found and (found["person"], found["project"], found["unit"]) == about else None


def _chosen(questions: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "question": opinion["question"],
            "label": one["label"],
            "probability": one["probability"],
            **({"target": opinion["target"]} if opinion["target"] else {}),
            **({"from_other_targets": True} if opinion["from_others"] else {}),
        }
        for opinion in questions
        for one in opinion["labels"]
        if one["label"] in opinion["chosen"]
    ]


def suggestions(found: Suggestions, unit: UnitView, *, timing: str, names: Mapping[str, str]) -> dict[str, Any]:
    """Return the classifiers' opinions for the script."""
    questions = [
        _opinion(question, suggested, unit.codebook, names)
        for question, several in found.by_question.items()
        for suggested in several
        if unit.codebook.question(question) is not None
    ]
    return {
        "timing": timing,
        "silent": None,
        "problem": translated(found.problem) if found.problem else None,
        "classifiers": found.classifiers,
        "questions": questions,
    }


def _opinion(question: str, suggested: Suggested, codebook: Codebook, names: Mapping[str, str]) -> dict[str, Any]:
    asked = codebook.question(question)
    labels = {label.id: label.name for label in asked.labels} if asked else {}
    # A classifier of an earlier version may know labels that are not given any more.
    known = {*labels, NOT_AT_ISSUE}
    return {
        "question": question,
        "target": suggested.target,
        "target_name": names.get(suggested.target or ""),
        # The target has too few labels of its own; what was learned of others is another ground to stand on.
        "from_others": suggested.is_from_others,
        "chosen": [label for label in suggested.chosen if label in known],
        "labels": [
            {
                "label": one.label,
                "name": labels.get(one.label, _own_label(one.label)),
                "probability": round(one.probability, 4),
                "early": one.early,
                "reasons": [_reason(reason) for reason in _strongest(one)] if one.label in suggested.chosen else [],
            }
            for one in suggested.labels
            if one.label in known
        ],
    }


def _own_label(label: str) -> str:
    """Return the name of a label that is not the codebook's."""
    return gettext("not at issue") if label == NOT_AT_ISSUE else label.replace("-", " ")


def _strongest(suggestion: Suggestion) -> list[Contribution]:
    """Return the words that say most for or against a label, in the order of their weight."""
    ordered = sorted(suggestion.reasons, key=lambda reason: -abs(reason.value))
    return [reason for reason in ordered if abs(reason.value) > 0][:REASONS_SHOWN]


def _reason(reason: Contribution) -> dict[str, Any]:
    return {"text": reason.text, "start": reason.start, "end": reason.end, "value": round(reason.value, 4)}


def status(session: Session, access: Access) -> dict[str, Any]:
    """Return how a training goes, which classifiers there are and what is missing for the first or for more."""
    job = jobs.latest(session, access.project.id, retraining.KIND)
    active = suggesting.active_classifiers(session, access.project)
    return {
        "person": access.user.uuid,
        # For a page that was open while its session ended.
        "csrf_token": generate_csrf(),
        "job": None if job is None else _told(job, access),
        "classifiers": {question: row.number for question, row in active},
        "missing": _missing(session, access) if access.project.suggestion_timing != "never" else None,
    }


def _told(job: Job, access: Access) -> dict[str, Any]:
    """Tell how a training goes; why one failed may name a folder of the server, which is for those who can train."""
    is_told = job.state != "failed" or access.policy.can_train
    return {"state": job.state, "progress": job.progress, "message": of_job(job.message) if is_told else None}


def _missing(session: Session, access: Access) -> dict[str, list[str]] | None:
    """Say what is nearest to being enough; of what nobody has begun only how much there is."""
    if counting.labelled_units(session, access.project.id) > FEW_LABELS:
        return None
    codebook = codebooks.published(session, access.project.id).codebook
    seat = seats.find_seat(session, access.project, access.user.id)
    names = {uuid: name for uuid, name, _ in targets_in_sight(session, seat.project_id, seat)} if seat else {}
    by_question: list[tuple[Question, list[Line]]] = []
    for question_id, short in examples.missing(session, access.project.id).items():
        known = [one for one in short if one.target is None or one.target in names]
        question = codebook.question(question_id)
        if question is not None:
            by_question.append((question, lines(known, question, names=names)))
    return _in_order(by_question)


def _in_order(by_question: Iterable[tuple[Question, list[Line]]]) -> dict[str, list[str]]:
    """Return the nearest of the targets, then of the rest; what follows them; and the counts of what is not begun."""
    begun: dict[bool, list[tuple[int, str]]] = {True: [], False: []}
    untouched = []
    for question, found in by_question:
        for line in found:
            if line.is_begun:
                begun[line.about is not None].append((line.lacking, translated(line.sentence(question.name))))
        open_lines = [line for line in found if not line.is_begun]
        if open_lines:
            untouched.append(f"{question.name}: {_without_example(question, len(open_lines))}")
    targets, others = ([words for _, words in sorted(several, key=itemgetter(0))] for several in begun.values())
    return {
        "nearest": targets[:NEAREST] + others[:NEAREST],
        "more": targets[NEAREST:] + others[NEAREST:],
        "untouched": untouched,
    }


def _without_example(question: Question, count: int) -> str:
    if question.type == "stance":
        return ngettext("%(num)s target without an example yet", "%(num)s targets without an example yet", count)
    if question.type == "choices":
        return ngettext("%(num)s label without an example yet", "%(num)s labels without an example yet", count)
    return gettext("no example yet")
