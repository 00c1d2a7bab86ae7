import pytest
from sqlalchemy import select

from annotator.codebook.builtin import builtin_codebooks
from annotator.db import Project, Unit
from annotator.db.engines import Database
from annotator.services import data_rows, imports, labelling, summaries
from annotator.services.claiming import claim_next
from annotator.services.data_lines import unit_line
from annotator.services.summaries import Summary
from studies import CODEBOOK, Study, make_study

TEXT = "Ann Lee sold jobs for money.\n\nIt is brutal 😀 and corrupt.\n\n習近平主席說不。\n\nAnd then?\n"
BOTH = CODEBOOK + "  - {id: whole, name: primary frame, type: choice, unit: document, labels: [{name: x}, {name: y}]}\n"


@pytest.fixture
def study(database: Database, tmp_path) -> Study:
    """A codebook with questions about sentences and about the whole, and one text of four sentences."""
    empty = make_study(database, documents=0, codebook=BOTH)
    path = tmp_path / "text.txt"
    path.write_text(TEXT, encoding="utf-8")
    imports.import_file(database, empty.project_id, path, name=path.name)
    with database.reading() as session:
        query = select(Unit.external_id).order_by(Unit.kind.desc(), Unit.position)
        return Study(database, empty.project_id, list(session.scalars(query)), empty.targets)


def summary(study: Study, name: str = "A", masked: tuple[str, ...] = ()) -> Summary:
    seat = study.seat(name)
    with study.database.reading() as session:
        unit = labelling.view_unit(session, seat, study.units[-1])
        assert unit.unit_kind == "document"
        found = summaries.summary_of_document(session, seat, unit)
    assert found is not None
    return found


def test_the_whole_text_comes_after_its_last_sentence_also_when_it_was_chosen(study: Study):
    seat, given = study.seat("A"), []
    document = study.units[0].rsplit(":", 1)[0]
    for _ in study.units:
        with study.database.transaction() as session:
            given.append(claim_next(session, seat, document=document))
        study.record(seat, unit=given[-1], act="skip")
    assert given == study.units


def test_own_answers_are_counted_and_what_is_open_is_listed(study: Study):
    study.record(study.seat("A"), unit=study.units[0], answers={"frames": ["economic"], "strength": "strong"})
    study.record(study.seat("A"), unit=study.units[1], answers={"frames": [], "loaded": [{"start": 6, "end": 12}]})
    study.record(study.seat("A"), unit=study.units[2], act="skip")
    study.record(study.seat("B"), unit=study.units[3], answers={"frames": ["moral"]})
    found = summary(study)
    assert (found.labelled, found.skipped, found.total, found.left) == (2, 1, 4, 1)
    assert [(one.unit, one.position) for one in found.open] == [(study.units[3], 4)]
    frames, strength, loaded = found.questions
    assert [(line.name, line.count) for _, lines in frames.groups for line in lines] == [("economic", 1), ("none", 1)]
    assert strength.tally.median == ("strong",)
    assert (loaded.tally.marks, loaded.words) == (1, ("brutal",))


def test_undo_takes_an_answer_out_again(study: Study):
    first = study.record(study.seat("A"), unit=study.units[0], answers={"topic": "war"})
    study.record(study.seat("A"), unit=study.units[0], act="undo", supersedes=first.key)
    assert summary(study).questions == ()
    assert len(summary(study).open) == 4


def test_stances_are_grouped_by_target(study: Study):
    stance = {"target": study.targets[0], "holder": {"kind": "author"}, "label": "against"}
    study.record(
        study.seat("A"), unit=study.units[0], answers={"stance": [stance], "targets_offered": study.targets[:1]}
    )
    ((about, lines),) = summary(study).questions[0].groups
    assert (about, [line.name for line in lines]) == ("Russia", ["against"])


def test_values_of_frames_are_exported_with_the_items(database: Database, tmp_path):
    study = make_study(database, documents=0, codebook=builtin_codebooks()["generic-frames"])
    path = tmp_path / "text.txt"
    path.write_text(TEXT, encoding="utf-8")
    imports.import_file(database, study.project_id, path, name=path.name)
    with database.reading() as session:
        whole = session.scalars(select(Unit.external_id).where(Unit.kind == "document")).one()
    study.record(study.seat("A"), unit=whole, answers={"items": ["government-can-help", "solution"]})
    with database.reading() as session:
        project = session.get_one(Project, study.project_id)
        (row,) = data_rows.documents(session, project)
        lines = [unit_line(unit, document=row.document, split=None, names={}) for unit in row.units]
    (annotation,) = [annotation for line in lines for annotation in line["annotations"]]
    values = annotation["frame_values"]["items"]
    assert (values["responsibility"], values["conflict"]) == (0.4, 0.0)
