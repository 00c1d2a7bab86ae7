"""What the labelling page is put together from; nothing here writes."""

import hashlib
import json
import uuid
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask import get_template_attribute, render_template, url_for
from sqlalchemy.orm import Session

from annotator import __version__
from annotator.codebook.colours import stylesheet
from annotator.codebook.rollup import Frame, frames_of
from annotator.codebook.values import Codebook
from annotator.services import (
    codebooks,
    holders,
    holding,
    keyboard,
    labelling,
    projects,
    recent,
    reviewing,
    sighted_targets,
    text_pane,
    trainings,
)
from annotator.services.labelling import UnitView
from annotator.services.preferences import read_preferences
from annotator.services.reviewing import Mark
from annotator.services.seats import Seat
from annotator.services.summaries import Summary, summary_of_document
from annotator.text.masking import FILLER, runs
from annotator.text.mentions import Mention
from annotator.web.forms.labelling import LabellingForm, form_of_answers, holder_value
from annotator.web.labelling_advice import is_compared, why_silent
from annotator.web.language import gettext, language
from annotator.web.security import Access

MOST_RECENT = 10


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the sentence beginning at code point ``start``; ``target`` is whom it names."""

    start: int
    text: str
    target: str | None = None

    @property
    def is_masked(self) -> bool:
        """Tell whether a mask stands here in place of a name."""
        return self.text.startswith(FILLER)


@dataclass(frozen=True, slots=True)
class Decision:
    """One unit with the form that asks about it."""

    unit: UnitView
    form: LabellingForm
    holders: tuple[tuple[str, str], ...]
    pieces: tuple[Piece, ...]
    #: Whose words the sentence reports, if somebody else's than the speaker's.
    reported: str | None = None
    #: For a whole document: what was said of its sentences.
    summary: Summary | None = None

    def given(self, field: str) -> tuple[Any, ...]:
        """Return the labels that are ticked."""
        data = self.form[field].data
        return tuple(data) if isinstance(data, list) else (data,)

    def frames(self, field: str) -> list[Frame]:
        """Return the frames of a question, with their items and their values as the form stands."""
        return frames_of(dict(self.form.questions)[field], self.form[field].data or ())

    def words(self, field: str) -> str:
        """Return the words marked so far as the plain form writes them."""
        spans = json.loads(self.form[field].data or "[]")
        return " | ".join(self.unit.text[span["start"] : span["end"]] for span in spans)


def decide(
    session: Session,
    seat: Seat,
    external_id: str,
    *,
    taken_back: str | None = None,
    form: LabellingForm | None = None,
) -> Decision:
    """Read a unit and make its form, unless one is given that was filled in already."""
    unit = labelling.view_unit(session, seat, external_id, taken_back=taken_back)
    return decision_about(session, seat, unit, form or _form(unit))


def decision_about(session: Session, seat: Seat, unit: UnitView, form: LabellingForm) -> Decision:
    """Return a unit with its form and whoever may hold a stance in it."""
    people = holders.people_reported(session, unit)
    offered = _holders(unit, people.offered, form)
    summary = summary_of_document(session, seat, unit) if unit.unit_kind == "document" else None
    return Decision(unit, form, offered, tuple(pieces(unit.text, unit.mentions)), people.reported, summary)


def _form(unit: UnitView) -> LabellingForm:
    draft = unit.draft
    return form_of_answers(
        unit.codebook,
        [target.uuid for target in unit.targets],
        draft.answers if draft else None,
        key=str(uuid.uuid4()),
        supersedes=unit.earlier.key if unit.earlier else "",
        codebook=unit.codebook_number,
        document=unit.document,
        kind=unit.unit_kind,
        chosen=not unit.is_held,
        holder="speaker" if unit.is_spoken else "author",
        comment=draft.comment if draft else None,
        flag=draft.is_flagged if draft else False,
    )


def _holders(unit: UnitView, people: Sequence[str], form: LabellingForm) -> tuple[tuple[str, str], ...]:
    """Return the holders to choose from, as value and words: who speaks first, who was chosen before too."""
    found = {"speaker": unit.speaker or gettext("Speaker")} if unit.is_spoken else {}
    found["author"] = gettext("author")
    found |= {holder_value({"kind": "reported", "name": name}): name for name in people}
    rows = [row.data["holder"] for name in form.stance_names for row in form[name]]
    for value in filter(None, [form.holder.data, *rows]):
        found.setdefault(value, value.partition(":")[2] or value)
    found["unclear"] = gettext("unclear")
    found["reported"] = gettext("someone else")
    return tuple(found.items())


def feedback(session: Session, access: Access, seat: Seat, external_id: str) -> dict[str, Any] | None:
    """Return what somebody who is trained is told of their answer; None where the answer is not known."""
    told = trainings.feedback(session, seat, labelling.unit_id(session, seat, external_id))
    if told is None:
        return None
    codebook = codebooks.published(session, access.project.id).codebook
    names = target_names(session, seat)
    known, given = (reviewing.marks_of(said, codebook=codebook, names=names) for said in (told.known, told.given))
    missed = [question.name for question in codebook.questions if question.id in told.missed]
    return {"missed": missed, "known": known, "given": given, "reason": told.reason}


def pieces(text: str, mentions: Sequence[Mention[str]]) -> Iterator[Piece]:
    """Cut a sentence at its mentions; carriage returns are left out, since browsers drop them and would miscount."""
    at = 0
    for mention in mentions:
        yield from _without_returns(text, at, mention.start, None)
        yield from _without_returns(text, mention.start, mention.end, mention.key)
        at = mention.end
    yield from _without_returns(text, at, len(text), None)


def _without_returns(text: str, start: int, end: int, target: str | None) -> Iterator[Piece]:
    for part in text[start:end].split("\r"):
        at = start
        for run, _ in runs(part):
            yield Piece(at, run, target)
            at += len(run)
        start += len(part) + 1


def fragment(access: Access, decision: Decision) -> dict[str, Any]:
    """Return what the script puts into the page."""
    unit = decision.unit
    return {
        "unit": unit.external_id,
        "document": unit.document,
        "codebook": unit.codebook_number,
        "kind": unit.unit_kind,
        # Without the token against forged requests, which is in the page: so it may travel compressed.
        "html": render_template("labelling/_decision.html", **{**_shown(access, decision), "is_part": True}),
    }


def _shown(access: Access, decision: Decision) -> dict[str, Any]:
    return {
        "is_part": False,
        "part": part,
        "decision": decision,
        "unit": decision.unit,
        "form": decision.form,
        "timing": access.project.suggestion_timing,
        "silent": why_silent(access.project.suggestion_timing, decision.unit),
        "compared": is_compared(access.project.suggestion_timing, decision.unit),
        "label_url": url_for("labelling.page", slug=access.project.slug),
        "unit_url": url_for("labelling.show_unit", slug=access.project.slug, unit=decision.unit.external_id),
    }


def whole_page(session: Session, access: Access, seat: Seat, decision: Decision) -> dict[str, Any]:
    """Return everything the page shows."""
    turns = text_pane.view_text(session, seat, decision.unit)
    last = holding.last_acts(session, seat, most=MOST_RECENT)
    done, total = labelling.progress(session, seat)
    return {
        **_shown(access, decision),
        "done": done,
        "total": total,
        "access": access,
        "seat": seat,
        "turns": turns,
        "counts": earlier_in_text(turns),
        "last": next(iter(last), None),
        "undoable": json.dumps([{"unit": act.unit, "key": act.key} for act in reversed(last)]),
        "recent": recent.recent_decisions(session, seat, last),
        "keys": json.dumps(keyboard.own_keys(access.user.preferences, project=access.project.uuid)),
        "advances": read_preferences(access.user).advance,
        "undo_key": str(uuid.uuid4()),
        "stylesheet": stylesheet_url(access, decision.unit),
        "meanings": meanings_url(access, decision.unit),
        "problems": [],
        "feedback": None,
    }


def text_in_view(session: Session, access: Access, seat: Seat, external_id: str) -> dict[str, Any]:
    """Return the text around a unit."""
    unit = labelling.view_unit(session, seat, external_id)
    label_url = url_for("labelling.page", slug=access.project.slug)
    return {"unit": unit, "turns": text_pane.view_text(session, seat, unit), "label_url": label_url}


def stylesheet_url(access: Access, unit: UnitView) -> str:
    """Return where the colours of a unit's codebook are."""
    # The hash is for a project that was removed and made anew under the same name.
    made = hashlib.sha256(colours(unit.codebook).encode()).hexdigest()[:8]
    number = unit.codebook_number
    return url_for("labelling.codebook_stylesheet", slug=access.project.slug, number=number, v=made)


def meanings_url(access: Access, unit: UnitView) -> str:
    """Return where the meanings of its labels are."""
    # The page looks otherwise in another version of the application, too, and its own words are translated.
    made = hashlib.sha256(f"{__version__} {unit.codebook!r}".encode()).hexdigest()[:8]
    number, spoken = unit.codebook_number, language()
    return url_for("labelling.codebook_meanings", slug=access.project.slug, number=number, language=spoken, v=made)


def target_names(session: Session, seat: Seat) -> dict[str, str]:
    """Return the names of all targets this annotator may choose, by UUID."""
    return {uuid: name for uuid, name, _ in sighted_targets.targets_in_sight(session, seat.project_id, seat)}


def earlier_in_text(turns: Sequence[text_pane.TurnView]) -> dict[str, dict[tuple[str, str, str], int]]:
    """Count what this annotator decided in the text in view: by target or question, then by label and its name."""
    counts: dict[str, Counter[tuple[str, str, str]]] = {}
    for turn in turns:
        for sentence in turn.sentences:
            for labelled in sentence.labelled:
                for mark in labelled.marks if labelled.is_own else ():
                    own = counts.setdefault(mark.target or mark.question_name, Counter())
                    own[mark.question, mark.label, mark.name] += 1
    return {group: dict(labels.most_common()) for group, labels in counts.items()}


def chips(marks: Sequence[Mark], *, act: str) -> str:
    """Return the small marks beside a sentence."""
    return render_template("labelling/_chips.html", marks=marks, act=act)


def part(template: str, macro: str, *arguments: Hashable) -> str:
    """Return a part of the page that is the same in many sentences; it is made once for each language."""
    return _part(template, macro, language(), arguments)


@lru_cache(maxsize=1024)
def _part(template: str, macro: str, _language: str, arguments: tuple[Hashable, ...]) -> str:
    made: str = get_template_attribute(template, macro)(*arguments)
    return made


@lru_cache(maxsize=64)
def colours(codebook: Codebook) -> str:
    """Return the stylesheet of a codebook version."""
    return stylesheet(codebook)


def private_target(session: Session, access: Access, name: str) -> Any:
    """Add a target only this annotator sees until an owner accepts it; one of that name is found instead."""
    annotator = projects.annotator_of(session, access.project, access.user)
    return projects.add_target(session, access.project, name, annotator=annotator)
