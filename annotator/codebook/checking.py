"""What must hold in a codebook beyond the type of each value."""

import re
from collections.abc import Sequence
from itertools import pairwise

from annotator.codebook.colours import COLOUR_PATTERN
from annotator.codebook.drafts import LabelDraft, QuestionDraft
from annotator.codebook.identifiers import ID_LENGTH, folded, is_id_character
from annotator.codebook.keys import COMMAND_KEYS, NONE_KEY, STANCE_KEYS
from annotator.codebook.problems import excerpt
from annotator.codebook.sections import Section
from annotator.codebook.values import Label, Level, Question, QuestionType, TargetEntry
from annotator.words import all_of, one_of, say

_LEVELS_OF: dict[QuestionType, tuple[Level, ...]] = {
    "stance": ("nominal",),
    "choice": ("nominal",),
    "choices": ("nominal",),
    "scale": ("ordinal", "interval", "ratio"),
    "spans": ("nominal",),
}
_FEWEST_LABELS: dict[QuestionType, int] = {"stance": 2, "choice": 2, "choices": 1, "scale": 2, "spans": 0}
_COMMANDS = {key.casefold() for key in COMMAND_KEYS}
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def check_drafts(drafts: Sequence[QuestionDraft]) -> None:
    """Check all questions, one by one and against each other."""
    _check_distinct([(draft.section, draft.question) for draft in drafts], noun=say("question"))
    for draft in drafts:
        _check_type(draft)
        _check_labels(draft)
    for unit in dict.fromkeys(draft.question.unit for draft in drafts):
        _check_keys_apart([draft for draft in drafts if draft.question.unit == unit])


def check_targets(targets: Sequence[tuple[Section, TargetEntry]]) -> None:
    """Check that every name and alias leads to one target."""
    owners: dict[str, str] = {}
    for section, target in targets:
        for word in filter(None, (target.name, *target.aliases)):
            owner = owners.setdefault(folded(word), target.name)
            if owner != target.name:
                section.add(
                    say(
                        "{word} already leads to the target {owner}; keep it in one of them.",
                        word=excerpt(word),
                        owner=excerpt(owner),
                    )
                )
        words = [folded(word) for word in (target.name, *target.aliases)]
        for word in sorted({word for word in words if words.count(word) > 1}):
            section.add(say("{word} is there twice; leave one out.", word=excerpt(word)))


def _check_type(draft: QuestionDraft) -> None:
    """Check level and labels against the question's type."""
    question, section = draft.question, draft.section
    levels = _LEVELS_OF[question.type]
    if question.level not in levels:
        advice = (
            say("use the type scale for ordered labels")
            if question.type == "choice"
            else say("correct or leave out the level")
        )
        section.add(
            say(
                "a {type} question is {levels}, not {level}; {advice}.",
                type=question.type,
                levels=one_of(levels),
                level=question.level,
                advice=advice,
            ),
            key="level",
        )
    if question.type == "spans" and draft.labels:
        section.add(say("a spans question has no labels, words are marked; leave them out."), key="labels")
    elif len(draft.labels) < (fewest := _FEWEST_LABELS[question.type]):
        section.add(
            say(
                "there are too few labels; a {type} question needs at least {fewest}.",
                type=question.type,
                fewest=fewest,
            ),
            key="labels",
        )
    if question.unit == "turn":
        section.add(say("turns cannot be labelled as wholes yet; ask about the sentence or the document."), key="unit")
    if question.type == "stance":
        _check_stance(draft)
    if question.level in ("interval", "ratio"):
        _check_numbers(draft)
    _check_exclusive(draft)


def _check_stance(draft: QuestionDraft) -> None:
    """Check that the labels are the field's own."""
    names = ", ".join(STANCE_KEYS)
    for entry in draft.labels:
        if entry.label.name and entry.label.name not in STANCE_KEYS:
            entry.section.add(
                say("a stance is one of {names}, so that data sets stay comparable; use these.", names=names),
                key="name",
            )
    missing = {"favor", "against"} - {entry.label.name for entry in draft.labels}
    if missing and draft.labels:
        draft.section.add(
            say("a stance question needs the labels favor and against; add {missing}.", missing=all_of(sorted(missing)))
        )


def _check_numbers(draft: QuestionDraft) -> None:
    """Check that the labels of an interval or ratio scale are rising numbers."""
    level, names = draft.question.level, [entry.label.name for entry in draft.labels]
    if not all(_NUMBER.fullmatch(name) for name in names):
        draft.section.add(
            say("the labels of a scale of level {level} are named by numbers; rename them.", level=level), key="labels"
        )
        return
    numbers = [float(name) for name in names]
    if any(low >= high for low, high in pairwise(numbers)):
        draft.section.add(say("the labels of a scale stand in rising order; reorder them."), key="labels")
    if level == "ratio" and any(number < 0 for number in numbers):
        draft.section.add(say("a ratio scale has no negative numbers; use the level interval."), key="labels")


def _check_exclusive(draft: QuestionDraft) -> None:
    """Check that only choices know an exclusive label or items of frames, and that something is left to choose."""
    for entry in draft.labels:
        for key, given in (("exclusive", entry.label.exclusive), ("frame", entry.label.frame)):
            if given and draft.question.type != "choices":
                entry.section.add(say('"{key}" is for questions of type choices; leave it out.', key=key), key=key)
        if entry.label.exclusive and entry.label.frame:
            entry.section.add(
                say("an exclusive label cannot be an item of a frame; leave one of the two out."), key="frame"
            )
    if draft.labels and all(entry.label.exclusive for entry in draft.labels):
        draft.section.add(say("every label is exclusive; at least one must not be."), key="labels")


def _check_labels(draft: QuestionDraft) -> None:
    """Check each label by itself and its id and name against the others."""
    _check_distinct([(entry.section, entry.label) for entry in draft.labels], noun=say("label"))
    for entry in draft.labels:
        _check_key(entry, question_type=draft.question.type)
        colour = entry.label.colour
        if colour and not COLOUR_PATTERN.fullmatch(colour):
            entry.section.add(
                say('{colour} is no colour; write it like "#1f6fb2".', colour=excerpt(colour)), key="colour"
            )
        if "|" in entry.label.name:
            entry.section.add(say('"|" separates labels in tables; leave it out of the name.'), key="name")


def _check_key(entry: LabelDraft, *, question_type: str) -> None:
    """Check that a label's key is one key and the page has no other use for it."""
    key = entry.label.key
    if key is None:
        return
    if key.casefold() in _COMMANDS:
        entry.section.add(
            say("the key {key} is a command of the labelling page; choose another.", key=excerpt(key)), key="key"
        )
    elif len(key) != 1 or not key.isprintable():
        entry.section.add(say("the key {key} is not a single character; choose one.", key=excerpt(key)), key="key")
    elif key == NONE_KEY and question_type == "choices" and not entry.label.exclusive:
        entry.section.add(say('the key "0" says none; make the label exclusive or choose another.'), key="key")


def _check_keys_apart(drafts: Sequence[QuestionDraft]) -> None:
    """Check that no key gives two labels on one page."""
    owners: dict[str, str] = {}
    for entry in (entry for draft in drafts for entry in draft.labels):
        key = entry.label.key
        if key is None:
            continue
        if key in owners:
            entry.section.add(
                say("the key {key} already gives {owner}; choose another.", key=excerpt(key), owner=owners[key]),
                key="key",
            )
        owners.setdefault(key, entry.section.place)


def _check_distinct(entries: Sequence[tuple[Section, Question | Label]], *, noun: str) -> None:
    """Check that ids, names and former names lead to one entry each."""
    for section, entry in entries:
        _check_id(section, entry)
    _check_unique([(section, entry.id) for section, entry in entries], key="id", noun=noun)
    _check_unique([(section, entry.name) for section, entry in entries], key="name", noun=noun)
    _check_unique([(section, entry.was or "") for section, entry in entries], key="was", noun=noun)
    ids = {folded(entry.id): entry for _, entry in entries if entry.id}
    for section, entry in entries:
        if ids.get(folded(entry.name), entry) is not entry:
            section.add(
                say(
                    "the name {name} is the id of another {noun}; choose another name.",
                    name=excerpt(entry.name),
                    noun=noun,
                ),
                key="name",
            )


def _check_unique(entries: Sequence[tuple[Section, str]], *, key: str, noun: str) -> None:
    """Check that no two entries have the same value under a key."""
    seen: dict[str, int] = {}
    for section, value in entries:
        if value and folded(value) in seen:
            line = seen[folded(value)]
            section.add(
                say(
                    'another {noun} has the same "{key}" {value} (line {line}); change one.',
                    noun=noun,
                    key=key,
                    value=excerpt(value),
                    line=line,
                ),
                key=key,
            )
        seen.setdefault(folded(value), section.line(key))


def _check_id(section: Section, entry: Question | Label) -> None:
    """Check that an id is short and made of letters, digits and a few signs."""
    if len(entry.id) > ID_LENGTH or entry.id[:1] in ("-", ".") or not all(map(is_id_character, entry.id)):
        advice = say('use a letter or digit first and up to {most} letters, digits, "-" and "_" in all', most=ID_LENGTH)
        section.add(say("the id {id} is not usable; {advice}.", id=excerpt(entry.id), advice=advice), key="id")
