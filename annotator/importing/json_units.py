"""Reads ready-made units and labels out of JSON values."""

from collections.abc import Iterable, Mapping

from annotator.errors import InvalidInputError
from annotator.importing.strict_json import kind_of
from annotator.importing.values import ImportedDocument, ImportedLabel, ImportedUnit
from annotator.words import say


def units_in(value: object, document: ImportedDocument, where: str) -> tuple[ImportedUnit, ...]:
    """Return the units of a document's ``units`` list, each with its place in the document's text.

    A unit says where it is by ``start`` and ``end``, or by a ``text`` that is looked for after the unit before.
    """
    units: list[ImportedUnit] = []
    seen: set[str] = set()
    position = 0
    for number, item in enumerate(_objects(value, "units", where), start=1):
        here = say("{where}, unit {number}", where=where, number=number)
        id = strings_in(item, ("id",), here)["id"]
        if id is not None and id in seen:
            raise InvalidInputError(
                say("{here}: the id “{id}” occurs twice in this document; make it unique.", here=here, id=id)
            )
        seen.update(() if id is None else (id,))
        start, position = _span(item, document.text, position, here)
        units.append(
            ImportedUnit(
                id=id,
                start=start,
                end=position,
                text=document.text[start:position],
                line=document.line or 1,
                labels=labels_in(item.get("labels", []), here),
            )
        )
    return tuple(units)


def labels_in(value: object, where: str) -> tuple[ImportedLabel, ...]:
    """Return the labels of a ``labels`` list: objects with question, labels (or label), annotator, target."""
    return tuple(_label(item, where) for item in _objects(value, "labels", where))


def strings_in(item: Mapping[str, object], names: Iterable[str], where: str) -> dict[str, str | None]:
    """Return the named values; each must be a string that is not empty, a number, null or absent."""
    return {name: _string(item.get(name), name, where) for name in names}


def _string(value: object, name: str, where: str) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise InvalidInputError(
            say('{where}: "{name}" must be a string, but is {kind}.', where=where, name=name, kind=kind_of(value))
        )
    return value


def _span(item: Mapping[str, object], text: str, after: int, where: str) -> tuple[int, int]:
    start, end, given = item.get("start"), item.get("end"), strings_in(item, ("text",), where)["text"]
    if start is None and end is None and given:
        found = text.find(given, after)
        if found < 0:
            raise InvalidInputError(
                say("{where}: its text is not found in the document after the unit before it.", where=where)
            )
        return found, found + len(given)
    if type(start) is not int or type(end) is not int:  # not isinstance: true is no offset
        raise InvalidInputError(
            say('{where}: a unit needs "start" and "end" as whole numbers, or a "text".', where=where)
        )
    if not 0 <= start < end <= len(text):
        raise InvalidInputError(
            say(
                "{where}: {start} to {end} is no stretch of the text of {count:,} characters.",
                where=where,
                start=start,
                end=end,
                count=len(text),
            )
        )
    if given is not None and text[start:end] != given:
        raise InvalidInputError(
            say(
                "{where}: its text is not what stands at {start} to {end}; offsets count code points of "
                "the text as it is.",
                where=where,
                start=start,
                end=end,
            )
        )
    return start, end


def _label(item: Mapping[str, object], where: str) -> ImportedLabel:
    texts = strings_in(item, ("annotator", "question", "target", "label"), where)
    labels = item.get("labels", [texts["label"]] if texts["label"] else [])
    if texts["question"] is None:
        raise InvalidInputError(say('{where}: a label needs its "question".', where=where))
    if not isinstance(labels, list) or not all(isinstance(label, str) and label for label in labels):
        raise InvalidInputError(say('{where}: "labels" of a question must be a list of strings.', where=where))
    return ImportedLabel(
        annotator=texts["annotator"], question=texts["question"], labels=tuple(labels), target=texts["target"]
    )


def _objects(value: object, name: str, where: str) -> list[dict[str, object]]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise InvalidInputError(say('{where}: "{name}" must be a list of objects.', where=where, name=name))
    return value
