"""Agreement divided: by outlet, speaker, codebook version, round and time."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from sqlalchemy import Select, select

from annotator.db import CodebookVersion, Document, Round, Speaker, Turn, Unit
from annotator.services.agreement import Agreement, Row
from annotator.services.figures import basis_of, figures_of
from annotator.services.ratings import Ratings
from annotator.services.seats import round_title
from annotator.services.shared_acts import shared_units
from annotator.statistics.tables import Ints
from annotator.words import say

#: Rows of one part; more are left out, those with the fewest units first.
MOST_ROWS = 20
#: Days between the first and the last answer, and how finely time is divided then.
_FINE = ((14, "%Y-%m-%d"), (90, "%G-W%V"))
_MONTHS = "%Y-%m"


@dataclass(frozen=True, slots=True)
class Part:
    """One way to divide, with agreement within each part."""

    by: str
    title: str
    rows: tuple[Row, ...]
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class _Division:
    """Names of groups by key, and how ratings are narrowed to one of them."""

    title: str
    groups: Mapping[str, str]
    within: Callable[[str], Ratings]


TITLES = {
    "outlet": say("By outlet"),
    "speaker": say("By speaker"),
    "version": say("By codebook version"),
    "round": say("By round"),
    "time": say("Over time"),
}


class Parts:
    """Divides the ratings of one question; what documents and units say of themselves is read once."""

    def __init__(self, agreement: Agreement, ratings: Ratings, *, hidden: Collection[str] = ()) -> None:
        """``hidden`` names what the person may not see: "outlet", "speaker"."""
        self._agreement = agreement
        self._ratings = ratings
        self._ways = [by for by in TITLES if by not in hidden]

    def all(self, coefficients: Collection[str]) -> list[Part]:
        """Return every division that has at least two groups."""
        return [part for by in self._ways if (part := self._part(by, coefficients)) is not None]

    def within(self, by: str, group: str) -> Ratings:
        """Return the ratings of one group; those of no group are empty."""
        if by not in self._ways:
            return self._ratings
        return _DIVISIONS[by](self).within(group)

    def _part(self, by: str, coefficients: Collection[str]) -> Part | None:
        division = _DIVISIONS[by](self)
        if len(division.groups) < 2:
            return None
        narrowed = {key: division.within(key) for key in division.groups}
        filled = [key for key, ratings in narrowed.items() if len(ratings.units)]
        kept = set(filled if by == "time" else sorted(filled, key=lambda key: -len(narrowed[key].units))[:MOST_ROWS])
        rows = tuple(
            Row(
                key=key, name=division.groups[key], basis=basis_of(narrowed[key]),
                figures=figures_of(narrowed[key], coefficients, beside=("percent",)),
            )
            for key in filled if key in kept
        )  # fmt: skip
        return Part(by, division.title, rows, len(filled) - len(rows)) if len(rows) > 1 else None

    def _outlet(self) -> _Division:
        query = select(Document.id, Document.outlet).where(Document.project_id == self._agreement.project.id)
        return self._by_item("outlet", dict(self._read(query)), self._ratings.documents)

    def _speaker(self) -> _Division:
        query = (
            select(Unit.id, Speaker.name)
            .join(Turn, Turn.id == Unit.turn_id)
            .join(Speaker, Speaker.id == Turn.speaker_id)
            .where(Unit.id.in_(shared_units(self._agreement.project, self._agreement.may_see)))
        )
        return self._by_item("speaker", dict(self._read(query)), self._ratings.units)

    def _version(self) -> _Division:
        query = select(CodebookVersion.id, CodebookVersion.number)
        numbers = dict(self._read(query.where(CodebookVersion.project_id == self._agreement.project.id)))
        given = [numbers[act.version] for act in self._agreement.shared.acts]
        names = {str(number): say("version {number}", number=number) for number in sorted(set(given))}
        return self._by_act("version", [str(number) for number in given], names)

    def _round(self) -> _Division:
        query = select(Round.id, Round.name).where(Round.project_id == self._agreement.project.id)
        names = {str(number): round_title(name) for number, name in self._read(query)} | {"0": say("imported")}
        given = [str(act.round or 0) for act in self._agreement.shared.acts]
        return self._by_act("round", given, {key: name for key, name in names.items() if key in set(given)})

    def _time(self) -> _Division:
        days = np.array([*(act.at.toordinal() for act in self._agreement.shared.acts), 0])
        # An item belongs to the day of its last answer.
        last = days[self._ratings.acts].max(axis=1)
        form = _form(int(days[:-1].max() - days[:-1].min()))
        known, position = np.unique(last, return_inverse=True)
        written = np.array([date.fromordinal(day).strftime(form) for day in known.tolist()])[position]
        groups = {str(name): str(name) for name in np.unique(written)}
        return _Division(TITLES["time"], groups, lambda key: self._ratings.only(written == key))

    def _by_item(self, by: str, names: Mapping[int, str | None], of_item: Ints) -> _Division:
        found = np.array([names.get(number) or "" for number in of_item.tolist()], dtype=object)
        groups = {name: name or say("unknown") for name in sorted(set(found.tolist()))}
        return _Division(TITLES[by], groups, lambda key: self._ratings.only(np.asarray(found == key, dtype=bool)))

    def _by_act(self, by: str, given: list[str], names: Mapping[str, str]) -> _Division:
        keys = np.array(given)
        return _Division(TITLES[by], names, lambda key: self._ratings.of_acts(np.asarray(keys == key, dtype=bool)))

    def _read(self, query: Select[*tuple[Any, ...]]) -> list[Any]:
        return list(self._agreement.session.execute(query))


_DIVISIONS: Mapping[str, Callable[[Parts], _Division]] = {
    "outlet": Parts._outlet,
    "speaker": Parts._speaker,
    "version": Parts._version,
    "round": Parts._round,
    "time": Parts._time,
}


def _form(days: int) -> str:
    """Return how a period is written: a day, a week or a month, the finer the shorter all of it took."""
    return next((form for most, form in _FINE if days <= most), _MONTHS)
