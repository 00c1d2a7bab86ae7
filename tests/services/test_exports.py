import json
from pathlib import Path

import pytest
from sqlalchemy import select, update

from annotator.db import Document, Event
from annotator.db.engines import Database
from annotator.errors import ConflictError, InvalidInputError, NotFoundError
from annotator.services.exports import ExportOptions, export_data_set
from studies import make_study


def units(path: Path) -> list[dict]:  # type: ignore[type-arg]
    return [json.loads(line) for line in (path / "units.jsonl").read_bytes().splitlines()]


def test_unit_is_written_with_its_labels_by_name_and_its_gold(database: Database, tmp_path: Path):
    study = make_study(database)
    stance = {"target": study.targets[0], "holder": {"kind": "reported", "name": "Ulgen"}, "label": "against"}
    study.record(study.seat("A"), unit=study.units[0], answers={"stance": [stance], "targets_offered": study.targets})
    study.record(study.seat("G", kind="adjudication"), unit=study.units[0], answers={"frames": []})
    export_data_set(database, "Study", format_name="jsonl", path=tmp_path / "out")
    line = units(tmp_path / "out")[0]
    (annotation,) = line["annotations"]
    assert annotation["answers"] == {
        "stance": [{"target": "Russia", "holder": {"kind": "reported", "name": "Ulgen"}, "label": "against"}],
        "targets_offered": ["Russia", "Ukraine"],
    }
    assert annotation["selection"] == {"mode": "sequential", "probability": 1.0}
    assert line["gold"] == {"frames": []}
    assert (line["id"], line["document"], line["start"]) == ("d0:s0", "d0", 0)


def test_drawn_splits_never_part_near_duplicates(database: Database, tmp_path: Path):
    make_study(database, documents=30)
    with database.transaction() as session:
        session.execute(update(Document).where(Document.position < 15).values(near_duplicate_group="same"))
    options = ExportOptions(split=(0.5, 0.25, 0.25), seed=3)
    export_data_set(database, "Study", format_name="jsonl", path=tmp_path / "out", options=options)
    split_of = {line["document"]: line["split"] for line in units(tmp_path / "out")}
    assert len({split_of[f"d{number}"] for number in range(15)}) == 1
    assert len(set(split_of.values())) == 3


def test_pending_documents_stay_inside(database: Database, tmp_path: Path):
    make_study(database, documents=2)
    with database.transaction() as session:
        session.execute(update(Document).where(Document.external_id == "d1").values(is_pending=True))
    export_data_set(database, "Study", format_name="jsonl", path=tmp_path / "out")
    assert {line["document"] for line in units(tmp_path / "out")} == {"d0"}


def test_datasheet_counts_what_is_there(database: Database, tmp_path: Path):
    study = make_study(database, documents=2)
    with database.transaction() as session:
        session.execute(update(Document).values(outlet="Le Soir", date="2026-05"))
    study.record(study.seat("A"), unit=study.units[0])
    export_data_set(database, "Study", format_name="jsonl", path=tmp_path / "out")
    sheet = (tmp_path / "out" / "README.md").read_text()
    assert "Units: 8, labelled: 1" in sheet
    assert "| Le Soir | 2 |" in sheet
    assert "2026-05 to 2026-05" in sheet


def test_export_is_logged_and_what_is_there_is_not_replaced(database: Database, tmp_path: Path):
    make_study(database)
    for expected in (None, ConflictError):
        if expected is None:
            export_data_set(database, "Study", format_name="csv", path=tmp_path / "t.csv")
            continue
        with pytest.raises(expected, match="exists already"):
            export_data_set(database, "Study", format_name="csv", path=tmp_path / "t.csv")
    with database.reading() as session:
        assert session.scalars(select(Event.details).where(Event.kind == "exported")).all() == [{"format": "csv"}]
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["t.csv"]


def test_unknown_format_and_project_are_told(database: Database, tmp_path: Path):
    with pytest.raises(InvalidInputError, match="“xml” is no export format"):
        export_data_set(database, "Study", format_name="xml", path=tmp_path / "x")
    with pytest.raises(NotFoundError, match="no project “Nope”"):
        export_data_set(database, "Nope", format_name="csv", path=tmp_path / "x")
