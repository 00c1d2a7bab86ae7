"""The keys of the labelling page as a person has changed them: commands everywhere, labels in one project."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from annotator.codebook.keys import COMMANDS, NONE_KEY
from annotator.codebook.values import Codebook
from annotator.errors import InvalidInputError
from annotator.words import Sentence, say

#: Keys of one person: commands by name, labels by "question:label".
Own = dict[str, dict[str, str]]


def own_keys(preferences: Mapping[str, Any] | None, *, project: str) -> Own:
    """Return what a person changed; ``project`` is its UUID, for labels mean something in their own project only."""
    keys = (preferences or {}).get("keys", {})
    return {"commands": keys.get("commands", {}), "labels": keys.get("labels", {}).get(project, {})}


def with_keys(preferences: Mapping[str, Any] | None, sent: Any, *, project: str, codebook: Codebook) -> dict[str, Any]:
    """Return the preferences with these keys in place of the earlier ones.

    Raises
    ------
    InvalidInputError
        If a key cannot be used, or would do two things on one page.
    """
    commands, labels = _read(sent, "commands"), _read(sent, "labels")
    known = {f"{question.id}:{label.id}" for question in codebook.questions for label in question.labels}
    commands = {name: key for name, key in commands.items() if len(COMMANDS.get(name, "")) == 1}
    labels = {name: key for name, key in labels.items() if name in known}
    problems = [*_unusable({**commands, **labels}), *_doubled(codebook, commands, labels)]
    if problems:
        raise InvalidInputError(*problems)
    before = (preferences or {}).get("keys", {})
    kept = {**before.get("labels", {}), project: labels}
    return {**(preferences or {}), "keys": {"commands": commands, "labels": kept}}


def _read(sent: Any, name: str) -> dict[str, str]:
    given = sent.get(name, {}) if isinstance(sent, dict) else None
    if not isinstance(given, dict) or not all(isinstance(part, str) for pair in given.items() for part in pair):
        raise InvalidInputError(say("The keys could not be read; reload the page."))
    return given


def _unusable(keys: Mapping[str, str]) -> Iterator[Sentence]:
    for key in keys.values():
        if len(key) != 1 or not key.isprintable() or key.isspace():
            yield say("“{key}” cannot be used; press a letter, a digit or a sign.", key=key[:20])


def _doubled(codebook: Codebook, commands: Mapping[str, str], labels: Mapping[str, str]) -> Iterator[Sentence]:
    """Yield the keys that would do two things while one kind of unit is labelled."""
    by_command = {**COMMANDS, **commands}
    for unit in dict.fromkeys(question.unit for question in codebook.questions):
        asked = [question for question in codebook.questions if question.unit == unit]
        by_label = [
            labels.get(f"{question.id}:{label.id}", label.key) for question in asked for label in question.labels
        ]
        # None of the labels has its own key wherever no label means that.
        has_none = any(
            question.type == "choices" and not any(label.exclusive for label in question.labels) for question in asked
        )
        counts = Counter([*by_command.values(), *filter(None, by_label), *([NONE_KEY] if has_none else ())])
        for key in sorted(key for key, count in counts.items() if count > 1):
            yield say("“{key}” would do two things; choose another key.", key=key)
