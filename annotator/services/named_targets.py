"""Where the sentences that classifiers learn from, and are tested on, name the target of their stance."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from sqlalchemy.orm import Session

from annotator.learning.panels import Panel
from annotator.learning.values import Example
from annotator.services.sighted_targets import every_target, finder, first_mentions
from annotator.services.votes import Material


class Namer:
    """Finds the targets of a project in sentences, each sentence once."""

    def __init__(self, session: Session, project_id: int) -> None:
        self._finder = finder(every_target(session, project_id))
        self._known: dict[str, Mapping[str, tuple[int, int]]] = {}

    def material(self, found: Material) -> Material:
        """Tell of each stance to learn where its sentence names the target."""
        return replace(found, examples=tuple(map(self._named, found.examples)))

    def panels(self, tests: Iterable[Panel]) -> list[Panel]:
        """Tell the same of units to test on."""
        return [replace(one, example=self._named(one.example)) for one in tests]

    def _named(self, example: Example) -> Example:
        if example.target is None:
            return example
        if example.text not in self._known:
            self._known[example.text] = first_mentions(self._finder.find(example.text))
        return replace(example, mention=self._known[example.text].get(example.target))
