import csv
import io
import json
import re
from html import unescape

import pytest
from sqlalchemy import select, update

from annotator.db import Annotator, Project, Round, User
from annotator.importing.values import ImportedDocument
from annotator.services import imports
from annotator.services.recording import record_act
from studies import make_act, sit

PAGE = "/projects/study/monitoring"
SENTENCES = tuple(f"Sentence number {number} is about the tunnel." for number in range(24))
SUGGESTION = {"question": "bias", "label": "biased", "probability": 0.8}


@pytest.fixture
def labelled(site):
    """Let one call everything biased and one hardly anything; the first was shown suggestions."""
    with site.database.reading() as session:
        project_id = session.scalars(select(Project.id).where(Project.slug == "study")).one()
    text = ImportedDocument(id="a", text="\n".join(SENTENCES), name="a.txt", line=1)
    imports.import_documents(site.database, project_id, [text], name="a.txt")
    with site.database.transaction() as session:
        for code, biased in (("HARSH", 24), ("CALM", 6)):
            seat = sit(session, project_id, code)
            for number, unit in enumerate(units_of(session, project_id)):
                shown = {"timing": "before", "suggestions": [SUGGESTION]} if code == "HARSH" else None
                answers = {"bias": "biased" if number < biased else "not-biased"}
                act = make_act(unit=unit, answers=answers, active_seconds=4.0, suggestions_shown=shown)
                record_act(session, seat, act)
    return project_id


def units_of(session, project_id: int) -> list[str]:
    from annotator.db import Unit

    query = select(Unit.external_id).where(Unit.project_id == project_id, Unit.kind == "sentence")
    return list(session.scalars(query.order_by(Unit.position)))


def charts(text: str) -> dict[str, dict]:
    found = re.findall(r'data-chart="([^"]+)" data-name="(\w+)"', text)
    return {name: json.loads(unescape(spec)) for spec, name in found}


def test_the_owner_sees_charts_and_the_same_data_as_tables(owner, labelled):
    text = owner.get(PAGE).text
    found = charts(text)
    assert [*found] == ["pace", "labels", "agreement", "suggestions"]
    (harsh,) = [
        row for row in found["labels"]["data"]["values"] if row["annotator"] == "C-HARSH" and row["label"] == "biased"
    ]
    assert (harsh["share"], harsh["others"]) == (1.0, 0.25)
    assert "C-HARSH gives “biased” 4.0 × as often as the others (bias): 100 % against 25 %." in text
    assert "at least 20 answers" in text
    row = re.search(r'<th scope="row">C-HARSH</th>(.*?)</tr>', text.partition('id="labels"')[2], re.DOTALL)
    assert row
    assert re.findall(r"<td[^>]*>([^<]+)</td>", row[1]) == ["biased", "100 %", "25 %", "24", "24"]


def test_agreement_and_monitoring_lead_to_each_other(owner, labelled):
    for page in (PAGE, "/projects/study/agreement"):
        text = owner.get(page).text
        assert f'href="{PAGE}"' in text
        assert 'href="/projects/study/agreement"' in text


def test_only_those_who_review_may_see_it(site, labelled):
    for path in (PAGE, f"{PAGE}/figures.json", f"{PAGE}/pace.csv"):
        names = ("owner", "adjudicator", "reader", "annotator", "outsider")
        assert [site.visitor(name).get(path).status_code for name in names] == [200, 200, 403, 403, 404]


def test_whoever_labels_blind_is_told_so_and_sees_nothing(site, owner, labelled):
    with site.database.transaction() as session:
        owner_id = session.scalars(select(User.id).where(User.name == "owner")).one()
        annotator = Annotator(project_id=labelled, user_id=owner_id, code="C-ME")
        session.add(annotator)
        session.flush()
        session.execute(update(Round).values(phase="blind"))
        record_act(
            session,
            sit(session, labelled, "ME"),
            make_act(unit=units_of(session, labelled)[0], answers={"bias": "biased"}),
        )
    text = owner.get(PAGE).text
    assert "You label blind in this project" in text
    assert "HARSH" not in text
    assert owner.get(f"{PAGE}/figures.json").json == {"codebook_versions": []}
    assert owner.get(f"{PAGE}/labels.csv").status_code == 404


def test_data_can_be_downloaded(owner, labelled):
    answer = owner.get(f"{PAGE}/labels.csv?about=bias")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="monitoring-labels-study.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert rows[0].keys() == {"annotator", "label", "share", "others", "given", "answers"}
    figures = owner.get(f"{PAGE}/figures.json").json
    assert len(figures["labels"]) == len(rows) == 4
    assert [row["taken"] for row in figures["suggestions"] if row["timing"]]
    assert figures["codebook_versions"][0]["version"] == 1
    assert owner.get(f"{PAGE}/nothing.csv").status_code == 404


@pytest.mark.parametrize(
    "query", ["round=x", "round=99999999999", "round=77", "about=x", "about=bias:x", "about=%00", "about=:", "round=²"]
)
def test_what_makes_no_sense_counts_as_not_said(owner, labelled, query):
    answer = owner.get(f"{PAGE}?{query}")
    assert answer.status_code == 200
    assert '<option selected value="">all rounds</option>' in answer.text


def test_one_round_can_be_looked_at(site, owner, labelled):
    with site.database.transaction() as session:
        other = Round(project_id=labelled, name="<b>second</b>", kind="main")
        session.add(other)
        session.flush()
        number = other.id
        main = session.scalar(select(Round.id).where(Round.project_id == labelled, Round.id != number))
    assert charts(owner.get(f"{PAGE}?round={main}").text)
    text = owner.get(f"{PAGE}?round={number}").text
    assert "Nobody has labelled anything yet" in text
    assert "Show all rounds" in text
    assert "&lt;b&gt;second&lt;/b&gt;" in owner.get(PAGE).text


def test_charts_load_their_library_on_this_page_alone(owner, labelled):
    assert "vendor/vega" in owner.get(PAGE).text
    assert "vendor/vega" not in owner.get("/projects/study/agreement").text


def test_before_anybody_has_labelled_it_says_so(owner):
    text = owner.get(PAGE).text
    assert "Nobody has labelled anything yet" in text
    assert "vendor/vega" not in text
