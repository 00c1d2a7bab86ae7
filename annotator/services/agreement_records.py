"""The agreement report as plain values, for programs: names as scripts rely on them."""

from collections.abc import Iterator, Mapping
from typing import Any

from annotator.services.agreement import Agreement, PairRow, Row, label_rows, pair_rows, question_row
from annotator.services.asked import Asked
from annotator.services.figures import Figure

Record = dict[str, Any]
#: The columns of the figures as a table.
TABLE = (
    "question", "part", "name", "coefficient", "value", "low", "high", "jackknife_low", "jackknife_high", "units",
    "documents", "annotators", "share", "reason",
)  # fmt: skip


def as_record(agreement: Agreement, *, question: str | None = None) -> Record:
    """Return the report of a project, or of one question.

    Raises
    ------
    NotFoundError
        If the project has no such question.
    """
    asked = agreement.questions if question is None else [agreement.find(question)]
    return {"questions": [_question(agreement, one) for one in asked]}


def _question(agreement: Agreement, asked: Asked) -> Record:
    row = question_row(agreement, asked)
    ratings = agreement.ratings(asked)
    return {
        "name": row.name,
        "id": row.key,
        "type": row.type,
        "level": row.level,
        **_basis(row),
        "distance": str(row.alpha),
        **_figures(row.figures),
        "labels": [_label(label) for label in label_rows(ratings)],
        "targets": [{"name": target.name, **_basis(target), **_figures(target.figures)} for target in row.targets],
        "pairs": [_pair(pair) for pair in pair_rows(agreement.shared, ratings)],
        "remark": None if row.remark is None else str(row.remark),
    }


def _basis(row: Row) -> Record:
    basis = row.basis
    return {
        "units": basis.units, "annotators": basis.annotators, "documents": basis.documents, "values": basis.values,
    }  # fmt: skip


def _label(row: Row) -> Record:
    remark = None if row.remark is None else str(row.remark)
    return {"name": str(row.name), "share": row.share, **_figures(row.figures), "remark": remark}


def _pair(row: PairRow) -> Record:
    return {"annotators": list(row.annotators), "units": row.units, **_figures(row.figures)}


def _figures(figures: Mapping[str, Figure]) -> Record:
    return dict(_each(figures))


def _each(figures: Mapping[str, Figure]) -> Iterator[tuple[str, Record]]:
    for name, figure in figures.items():
        made: Record = {"value": figure.value, "low": figure.low, "high": figure.high}
        if figure.jackknife is not None:
            made["jackknife"] = {"low": figure.jackknife[0], "high": figure.jackknife[1]}
        if figure.reason is not None:
            made["reason"] = str(figure.reason)
        yield name, made


def as_table(record: Record) -> list[Record]:
    """Return the report as rows of ``TABLE``: one for each coefficient of each question, target, label and pair."""
    return [row for question in record["questions"] for row in _table_rows(question)]


def _table_rows(question: Record) -> Iterator[Record]:
    parts = {
        "question": [question],
        "target": question["targets"],
        "label": question["labels"],
        "pair": [{**pair, "name": " – ".join(pair["annotators"]), "annotators": 2} for pair in question["pairs"]],
    }
    for part, things in parts.items():
        for thing in things:
            for name, figure in thing.items():
                if isinstance(figure, dict) and "value" in figure:
                    yield _table_row(question["name"], part, thing, name, figure)


def _table_row(question: str, part: str, thing: Record, name: str, figure: Record) -> Record:
    jackknife = figure.get("jackknife", {})
    return {
        "question": question,
        "part": part,
        "coefficient": name,
        "value": figure["value"],
        "low": figure["low"],
        "high": figure["high"],
        "jackknife_low": jackknife.get("low"),
        "jackknife_high": jackknife.get("high"),
        "reason": figure.get("reason"),
        **{key: thing.get(key) for key in ("name", "units", "documents", "annotators", "share")},
    }
