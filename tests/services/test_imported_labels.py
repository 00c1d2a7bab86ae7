from pathlib import Path

import pytest
from sqlalchemy import func, select

from annotator.codebook.builtin import builtin_codebooks
from annotator.db import Annotation, Annotator, Assignment, ChainHead, CurrentAnnotation, Project, Target, Unit
from annotator.db.engines import Database
from annotator.errors import InvalidInputError
from annotator.importing.values import TableColumns
from annotator.services import chain, imports
from annotator.services.codebooks import publish_codebook
from annotator.services.histories import check_chain

STANCES = TableColumns(text="text", id="id", target="about", labels=("stance",), annotator="who", document="doc")


@pytest.fixture
def coded(database: Database, project: Project) -> Project:
    """Give the project the default codebook."""
    with database.transaction() as session:
        publish_codebook(session, session.get_one(Project, project.id), builtin_codebooks()["stance-and-frames"])
    return project


def bring(database: Database, project: Project, path: Path, text: str, columns: TableColumns) -> imports.ImportResult:
    path.write_text(text, encoding="utf-8")
    return imports.import_file(database, project.id, path, name=path.name, columns=columns)


def acts(database: Database, project: Project) -> list[dict]:  # type: ignore[type-arg]
    with database.reading() as session:
        return list(chain.history(session, project.id))


def test_stances_of_several_raters_become_acts_of_annotators_with_random_codes(
    database: Database, coded: Project, tmp_path: Path
) -> None:
    text = (
        "id,doc,text,about,stance,who\n"
        "u1,a,The plan is bad.,Plan,against,Ann\n"
        "u1,a,The plan is bad.,Mayor,neither,Ann\n"
        "u1,a,The plan is bad.,plan,favor,Bob\n"
        "u2,a,It rains.,Plan,neither,Ann\n"
    )
    result = bring(database, coded, tmp_path / "x.csv", text, STANCES)
    with database.reading() as session:
        targets = dict(session.execute(select(Target.uuid, Target.name).where(Target.project_id == coded.id)).all())
        raters = session.scalars(select(Annotator)).all()
        head = session.scalars(select(ChainHead)).one()
    assert (result.annotations, head.sequence, head.labelled) == (3, 3, 2)
    assert [name for name in targets.values() if name in ("Plan", "Mayor", "plan")] == ["Plan", "Mayor"]
    assert {rater.origin for rater in raters} == {"import"}
    assert not {"Ann", "Bob"} & {rater.code for rater in raters}
    said = {(act["unit"], act["annotator"]): act for act in acts(database, coded)}
    by_ann = next(act for act in said.values() if act["unit"] == "u1" and len(act["answers"]["stance"]) == 2)
    assert {(targets[row["target"]], row["label"]) for row in by_ann["answers"]["stance"]} == {
        ("Plan", "against"),
        ("Mayor", "neither"),
    }
    assert {targets[uuid] for uuid in by_ann["answers"]["targets_offered"]} == {"Plan", "Mayor"}
    assert {act["kind"] for act in said.values()} == {"import"}


def test_imported_acts_are_links_of_the_chain_and_count(database: Database, coded: Project, tmp_path: Path) -> None:
    for name in ("a", "b"):
        rows = "".join(f"{name}{index},{name},Sentence {index}.,Plan,favor,Ann\n" for index in range(700))
        bring(database, coded, tmp_path / f"{name}.csv", "id,doc,text,about,stance,who\n" + rows, STANCES)
    assert check_chain(iter(acts(database, coded)), source="test") == 1400
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(CurrentAnnotation)) == 1400
        assert session.scalar(select(func.count()).select_from(Annotator)) == 2
        assert session.scalar(select(func.count()).where(Assignment.state == "open")) == 1400


def test_labels_of_several_columns_and_cells_are_joined(database: Database, coded: Project, tmp_path: Path) -> None:
    columns = TableColumns(text="text", labels=("first", "second"), question="frames")
    known = [label.name for label in question_labels("frames")]
    names = known[:3]
    text = f"text,first,second\nOne.,{names[0]}|{names[1].upper()},{names[2]}\nTwo.,,\nThree.,{names[0]},\n"
    result = bring(database, coded, tmp_path / "x.csv", text, columns)
    labels = [[label.id for label in question_labels("frames")][index] for index in range(3)]
    assert result.annotations == 2
    assert [act["answers"]["frames"] for act in acts(database, coded)] == [labels, labels[:1]]


def question_labels(name: str):  # type: ignore[no-untyped-def]
    from annotator.codebook.reading import read_codebook

    question = read_codebook(builtin_codebooks()["stance-and-frames"]).question(name)
    assert question is not None
    return question.labels


@pytest.mark.parametrize(
    ("columns", "row", "problem"),
    [
        (TableColumns(text="text", labels=("l",), question="mood"), "One.,favor,T", "no question “mood”"),
        (TableColumns(text="text", labels=("l",), question="stance", target="t"), "One.,nice,T", "“nice” is no label"),
        (TableColumns(text="text", labels=("l",), question="stance"), "One.,favor,T", "--target-column"),
        (
            TableColumns(text="text", labels=("l",), question="stance", target="t"),
            "One.,favor|against,T",
            "has one label, not favor and against",
        ),
        (TableColumns(text="text", labels=("l",), question="loaded"), "One.,rains,T", "marks stretches of text"),
    ],
)
def test_label_that_does_not_fit_the_codebook_is_told_with_its_line(
    database: Database, coded: Project, tmp_path: Path, columns: TableColumns, row: str, problem: str
) -> None:
    with pytest.raises(InvalidInputError) as error:
        bring(database, coded, tmp_path / "x.csv", f"text,l,t\n{row}\nTwo.,,\n", columns)
    assert [line for line in error.value.problems if line.startswith("x.csv, line 2: ") and problem in line]
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Unit)) == 0
        assert session.scalar(select(func.count()).select_from(Annotation)) == 0


def test_every_bad_label_of_a_file_is_told_once_per_unit(database: Database, coded: Project, tmp_path: Path) -> None:
    columns = TableColumns(text="text", id="id", labels=("l",), question="frames", annotator="who")
    rows = ["u1,One.,nice,A", "u1,One.,nice,B", "u2,Two.,economic,A", "u3,Three.,odd,A"]
    with pytest.raises(InvalidInputError) as error:
        bring(database, coded, tmp_path / "x.csv", "id,text,l,who\n" + "\n".join(rows) + "\n", columns)
    assert [problem.split(" is no")[0] for problem in error.value.problems] == [
        "x.csv, line 2: “nice”",
        "x.csv, line 5: “odd”",
    ]


def test_labels_are_known_whatever_their_case_and_separators(
    database: Database, coded: Project, tmp_path: Path
) -> None:
    columns = TableColumns(text="text", labels=("l",), question="frames")
    bring(database, coded, tmp_path / "x.csv", "text,l\nOne.,Capacity-and_RESOURCES\n", columns)
    assert [act["answers"]["frames"] for act in acts(database, coded)] == [["capacity"]]


def test_project_without_codebook_takes_no_labels(database: Database, project: Project, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="no codebook"):
        bring(database, project, tmp_path / "x.csv", "text,stance,about\nOne.,favor,T\n", STANCES_BARE)


STANCES_BARE = TableColumns(text="text", labels=("stance",), target="about")


def test_units_without_text_are_known_by_their_ids(database: Database, coded: Project, tmp_path: Path) -> None:
    columns = TableColumns(id="id", labels=("stance",), target="about", annotator="who")
    text = "id,about,stance,who\nu1,Plan,favor,Ann\nu1,Plan,against,Bob\nu2,Plan,favor,Ann\n"
    result = bring(database, coded, tmp_path / "x.csv", text, columns)
    assert (result.units, result.annotations) == (2, 3)
    assert sorted(act["unit"] for act in acts(database, coded)) == ["u1", "u1", "u2"]


def test_split_of_a_document_is_kept(database: Database, coded: Project, tmp_path: Path) -> None:
    from annotator.db import Document

    columns = TableColumns(text="text", document="doc", split="part")
    bring(database, coded, tmp_path / "x.csv", "doc,text,part\na,One.,train\nb,Two.,test\n", columns)
    with database.reading() as session:
        rows = session.execute(select(Document.external_id, Document.split, Document.variables))
        assert [tuple(row) for row in rows] == [("a", "train", {}), ("b", "test", {})]
