"""What a datasheet tells of a data set, counted while its lines go by."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from annotator.services.answers import OFFERED

#: What a marked stretch counts as in the table of labels.
MARKED = "marked"


class Facts:
    """Counts of documents and units as they are exported."""

    def __init__(self) -> None:
        self.codebooks: list[int] = []
        self._counts: Counter[str] = Counter()
        self._labels: dict[str, Counter[str]] = {}
        self._annotators: Counter[str] = Counter()
        self._outlets: Counter[str] = Counter()
        self._languages: Counter[str] = Counter()
        self._splits: Counter[str] = Counter()
        self._selection: Counter[str] = Counter()
        self._dates: list[str] = []

    def add_document(self, line: Mapping[str, Any]) -> None:
        """Count a line of ``documents.jsonl``."""
        self._counts["documents"] += 1
        for name, counter in (("outlet", self._outlets), ("language", self._languages)):
            if line[name]:
                counter[line[name]] += 1
        if line["date"]:
            self._dates = [min([*self._dates[:1], line["date"]]), max([*self._dates[1:], line["date"]])]

    def add_unit(self, line: Mapping[str, Any]) -> None:
        """Count a line of ``units.jsonl``."""
        self._counts["units"] += 1
        self._counts["gold_units"] += line["gold"] is not None
        if line["split"]:
            self._splits[line["split"]] += 1
        if not line["annotations"]:
            return
        answered = [given for given in line["annotations"] if given["answers"] is not None]
        self._counts["labelled_units"] += bool(answered)
        for given in answered:
            self._annotators[given["annotator"]] += 1
            self._selection[(given["selection"] or {}).get("mode", "not recorded")] += 1
            self._add_answers(given["answers"])

    def counted(self) -> dict[str, Any]:
        """Return the facts under the names the datasheet knows."""
        return {
            **{name: self._counts[name] for name in ("documents", "units", "labelled_units", "gold_units")},
            "labels": self._labels,
            "annotators": self._annotators,
            "codebooks": self.codebooks,
            "outlets": self._outlets,
            "languages": self._languages,
            "dates": tuple(self._dates) if self._dates else None,
            "selection": self._selection,
            "splits": self._splits,
        }

    def _add_answers(self, answers: Mapping[str, Any]) -> None:
        for question, given in answers.items():
            if question == OFFERED or given is None:
                continue
            counts = self._labels.setdefault(question, Counter())
            for item in given if isinstance(given, list) else [given]:
                counts[item if isinstance(item, str) else item.get("label", MARKED)] += 1
