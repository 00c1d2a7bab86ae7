import csv
import io
import re
import subprocess
import sys

import pytest
from sqlalchemy import select, update

from annotator.db import Annotator, Assignment, Membership, Project, Round, User
from annotator.importing.values import ImportedDocument, ImportedLabel, ImportedUnit
from annotator.services import imports

PAGE = "/projects/study/agreement"
SENTENCES = (
    "The mayor rammed her pet tunnel through a sleepy council.",
    "The council approved the tunnel by eleven votes to nine.",
    "Some say <b>nobody</b> wants it.",
    "It will cost four million.",
)
GIVEN = {"one": "bnbn", "two": "bnnn", "three": "nnbb"}


def unit(number: int, document: str, start: int, text: str) -> ImportedUnit:
    labels = tuple(
        ImportedLabel(annotator=who, question="bias", labels=("biased" if letters[number] == "b" else "non-biased",))
        for who, letters in GIVEN.items()
    )
    return ImportedUnit(
        id=f"{document}:{number}", start=start, end=start + len(text), text=text, line=number + 1, labels=labels
    )


@pytest.fixture
def labelled(site):
    """Let three raters answer about four sentences of three texts."""
    documents = []
    for name, outlet in (("a", "NPR"), ("b", "NPR"), ("c", "The Daily Quay")):
        starts = [sum(len(text) + 1 for text in SENTENCES[:number]) for number in range(4)]
        units = tuple(unit(number, name, starts[number], text) for number, text in enumerate(SENTENCES))
        documents.append(
            ImportedDocument(id=name, text="\n".join(SENTENCES), outlet=outlet, name="raw.csv", line=1, units=units)
        )
    with site.database.reading() as session:
        project_id = session.scalars(select(Project.id).where(Project.slug == "study")).one()
    imports.import_documents(site.database, project_id, documents, name="raw.csv")
    return project_id


def test_the_owner_sees_alpha_with_its_interval_and_the_disputes(owner, labelled):
    page = owner.get(PAGE)
    assert page.status_code == 200
    assert "Do the annotators agree?" in page.text
    assert "12 sentences or texts from 3 documents, labelled by 3 of 3 annotators" in page.text
    assert re.search(r"\.\d\d <span class=\"interval\">\[−?-?\.\d\d, \.\d\d\]", page.text)
    assert "9 disputed sentences" in page.text
    assert "/projects/study/documents/read?document=a&amp;unit=a:0" in page.text


def test_text_of_people_is_shown_as_text(owner, labelled):
    assert "Some say &lt;b&gt;nobody&lt;/b&gt; wants it." in owner.get(PAGE).text


def test_a_cell_leads_to_its_disputes(owner, labelled):
    text = owner.get(PAGE).text
    pairs = re.findall(r'href="([^"]+first=[^"]+row=[^"]+)#disputed"', text)
    assert pairs
    found = owner.get(pairs[0].replace("&amp;", "&")).text
    assert re.search("[36] disputed sentences", found)
    assert "Only what" in found
    label = owner.get(f"{PAGE}?question=bias&label=0").text
    assert "given by some, not by others" in label
    assert "3 disputed sentences" in owner.get(f"{PAGE}?by=outlet&group=The+Daily+Quay").text


@pytest.mark.parametrize("coefficient", ["cohen_kappa", "fleiss_kappa", "ac1", "percent"])
def test_another_coefficient_can_be_chosen(owner, labelled, coefficient):
    text = owner.get(f"{PAGE}?coefficient={coefficient}").text
    assert f'<option selected value="{coefficient}">' in text
    assert f"coefficient={coefficient}" in text


@pytest.mark.parametrize(
    "query",
    ["coefficient=x", "question=x", "target=x", "label=99", "label=x", "first=C-1&second=C-2", "row=1", "by=x&group=y",
     "by=outlet&group=nowhere", "page=0", "page=999", "page=x", "question=%00", "label=-1"],
)  # fmt: skip
def test_what_makes_no_sense_counts_as_not_said(owner, labelled, query):
    assert owner.get(f"{PAGE}?{query}").status_code == 200


def test_only_owner_and_adjudicator_may_see_it(site, labelled):
    statuses = [site.visitor(name).get(PAGE).status_code for name in ("reader", "annotator", "outsider")]
    assert statuses == [403, 403, 404]
    with site.database.transaction() as session:
        person = session.scalars(select(User.id).where(User.name == "reader")).one()
        session.execute(update(Membership).where(Membership.user_id == person).values(role="adjudicator"))
    assert site.visitor("reader").get(PAGE).status_code == 200


def test_without_a_second_annotator_it_says_how_to_get_one(owner):
    text = owner.get(PAGE).text
    assert "Nobody has labelled anything yet" in text
    assert "--annotator-column" in text


def test_whoever_labels_blind_sees_nothing_of_the_others(site, owner, labelled):
    with site.database.transaction() as session:
        owner_id = session.scalars(select(User.id).where(User.name == "owner")).one()
        me = Annotator(project_id=labelled, user_id=owner_id, code="C-ME")
        session.add(me)
        session.flush()
        session.execute(update(Round).values(phase="blind"))
        session.execute(update(Assignment).values(state="claimed", annotator_id=me.id))
    text = owner.get(PAGE).text
    assert "You label blind in this project" in text
    assert "disputed" not in text
    assert owner.get(f"{PAGE}/figures.json").json["questions"][0]["units"] == 0


def test_figures_can_be_downloaded(owner, labelled):
    figures = owner.get(f"{PAGE}/figures.json")
    assert figures.headers["Content-Disposition"] == 'attachment; filename="agreement-study.json"'
    (bias, *_rest) = figures.json["questions"]
    rows = list(csv.DictReader(io.StringIO(owner.get(f"{PAGE}/figures.csv").text)))
    (alpha,) = [
        row for row in rows if (row["question"], row["part"], row["coefficient"]) == ("bias", "question", "alpha")
    ]
    assert float(alpha["value"]) == bias["alpha"]["value"]


def test_disputes_lead_to_adjudication(owner, labelled):
    assert "/projects/study/adjudication/unit?unit=a:0" in owner.get(PAGE).text


def test_a_server_starts_without_numbers(site):
    code = "import sys, annotator.web.agreement; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_what_is_masked_is_neither_shown_nor_told_apart(site, labelled):
    with site.database.transaction() as session:
        person = session.scalars(select(User.id).where(User.name == "reader")).one()
        session.execute(update(Membership).where(Membership.user_id == person).values(role="adjudicator"))
        session.execute(update(Project).values(masked=["outlet", "author", "speaker", "names"]))
    adjudicator = site.visitor("reader")
    for query in ("", "?by=outlet&group=NPR"):
        text = adjudicator.get(PAGE + query).text
        assert "9 disputed sentences" in text
        assert "By outlet" not in text
        assert "The Daily Quay" not in text


def test_two_who_answered_different_questions_have_nothing_to_compare(site, owner):
    labels = (
        ImportedLabel(annotator="one", question="bias", labels=("biased",)),
        ImportedLabel(annotator="two", question="opinion", labels=("mixed",)),
    )
    units = (ImportedUnit(id="u", start=0, end=8, text="It rains", line=1, labels=labels),)
    document = ImportedDocument(id="d", text="It rains", name="raw.csv", line=1, units=units)
    with site.database.reading() as session:
        project_id = session.scalars(select(Project.id).where(Project.slug == "study")).one()
    imports.import_documents(site.database, project_id, [document], name="raw.csv")
    text = owner.get(PAGE).text
    assert "No unit has an answer to this from two annotators." in text
    assert "disputed" not in text
