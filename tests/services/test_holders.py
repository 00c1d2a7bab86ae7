from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from annotator.db import Unit
from annotator.db.engines import Database
from annotator.services import holders, imports, labelling
from annotator.services.holders import People
from studies import CODEBOOK, Study, make_study, sit

TALK = """It is early in the capital.

ANNA BELL, HOST: Dunn says the vote will be close. Weber said so, too. She thanked Carl Dunn.

CARL DUNN (MINISTER): Mrs Bell asked me that before. The economist Ida Weber agrees.
"""
SHARED = Path(__file__).parents[3] / "shared" / "data" / "transcripts" / "erdogan-putin-2022.txt"


def people_of(database: Database, path: Path, *, masked: tuple[str, ...] = ()) -> dict[str, tuple[str | None, People]]:
    """Import a text and return speaker and people for each of its sentences."""
    study = make_study(database, documents=0, codebook=CODEBOOK)
    imports.import_file(database, study.project_id, path, name=path.name)
    with database.transaction() as session:
        seat = replace(sit(session, study.project_id, "A"), masked=masked)
    with database.reading() as session:
        units = session.scalars(select(Unit.external_id).order_by(Unit.position))
        views = [labelling.view_unit(session, seat, unit) for unit in units]
        return {view.text: (view.speaker, holders.people_reported(session, view)) for view in views}


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    path = tmp_path / "talk.txt"
    path.write_text(TALK, encoding="utf-8")
    return path


def test_who_says_something_comes_first_and_in_full(database: Database, talk: Path):
    found = people_of(database, talk)
    assert found["Dunn says the vote will be close."] == ("Anna Bell", People(("Carl Dunn",), "Carl Dunn"))
    assert found["Weber said so, too."][1] == People(("Ida Weber",), "Ida Weber")
    assert found["Mrs Bell asked me that before."] == ("Carl Dunn", People(("Anna Bell",), "Anna Bell"))


def test_who_is_only_named_is_offered_but_not_reported(database: Database, talk: Path):
    assert people_of(database, talk)["She thanked Carl Dunn."][1] == People(("Carl Dunn",), None)


def test_masked_names_are_not_offered(database: Database, talk: Path):
    found = people_of(database, talk, masked=("speaker", "names"))
    assert [people.offered for _, people in found.values() if people.offered] == [("Ida Weber",)]


def test_where_only_the_line_of_the_speaker_is_masked_a_name_stays_as_printed(database: Database, talk: Path):
    found = people_of(database, talk, masked=("speaker",))
    assert found["Dunn says the vote will be close."] == (None, People(("Dunn",), "Dunn"))


def test_nobody_is_offered_for_articles_in_other_scripts(database: Database):
    study: Study = make_study(database)
    seat = study.seat("A")
    with database.reading() as session:
        view = labelling.view_unit(session, seat, study.units[2])
        assert holders.people_reported(session, view) == People()


@pytest.mark.skipif(not SHARED.exists(), reason="the shared data is not beside this clone")
def test_a_real_transcript(database: Database):
    found = people_of(database, SHARED)
    reported = {text[:24]: people.reported for text, (_, people) in found.items() if people.reported}
    assert reported == {
        "NPR’s Peter Kenyon repor": "Peter Kenyon",
        "Erdogan said the move, w": "Recep Tayyip Erdogan",
        "Kerim Has, a Moscow-base": "Kerim Has",
        "Sinan Ulgen of the Istan": "Sinan Ulgen",
        "Ulgen says a cross-borde": "Sinan Ulgen",
        "Ulgen says Putin will li": "Sinan Ulgen",
        "So far, says Ulgen, Turk": "Sinan Ulgen",
        "Analyst Kerim Has says w": "Kerim Has",
    }
