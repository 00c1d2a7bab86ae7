"""Where the sentences that classifiers learn from, and are tested on, name the target of their stance."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from sqlalchemy.orm import Session

from annotator.learning.panels import Panel
from annotator.learning.values import Example
from annotator.services.sighted_targets import first_mentions, naming_of_all
from annotator.services.votes import Material
from annotator.text.mentions import MentionFinder


class Namer:
    """Finds the targets of a project in sentences, as `Naming` does where suggestions are made, each sentence once."""

    def __init__(self, session: Session, project_id: int) -> None:
        self._naming = naming_of_all(session, project_id)
        self._known: dict[tuple[MentionFinder[str], str], Mapping[str, tuple[int, int]]] = {}

    def material(self, found: Material) -> Material:
        """Tell of each stance to learn where its sentence names the target."""
        return replace(found, examples=tuple(map(self._named, found.examples)))

    def panels(self, tests: Iterable[Panel]) -> list[Panel]:
        """Tell the same of units to test on."""
        return [replace(one, example=self._named(one.example)) for one in tests]

    def _named(self, example: Example) -> Example:
        if example.target is None:
            return example
        finder = self._naming.finder_of(example.target)
        if (finder, example.text) not in self._known:
            self._known[finder, example.text] = first_mentions(finder.find(example.text))
        return replace(example, mention=self._known[finder, example.text].get(example.target))
