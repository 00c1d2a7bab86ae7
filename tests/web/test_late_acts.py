"""What somebody learns who sends labels after they were removed from the project: that they are stored, and no more."""

import re
import uuid
from typing import Any

import pytest
from sqlalchemy import select, update

from annotator.codebook import editing
from annotator.codebook.reading import read_codebook
from annotator.db import Membership, Project, Unit
from annotator.db.base import now
from annotator.services import accounts, chain, holding, members, projects, seats
from services.test_codebook_changes import publish
from studies import CODEBOOK, Study, make_study

LABEL = "/projects/study/label"
SENTENCE = "Prices rose, and nobody knows why."


@pytest.fixture
def study(site) -> Study:
    return make_study(site.database, documents=3, sentences=(SENTENCE, "It was brutal."))


@pytest.fixture
def held(site, study) -> tuple[Any, str, str]:
    """Return the browser of an annotator who has a sentence on the screen, the sentence, and one waiting behind it."""
    client = site.visitor("annotator")
    site.send(client, f"{LABEL}/claim")
    ahead = exchange(site, client, ahead=2).json["ahead"]
    with site.database.reading() as session:
        project = projects.find_project(session, "study")
        seat = seats.find_seat(session, project, accounts.find_user(session, "annotator").id)
        unit = holding.held_unit(session, seat)
    return client, unit, next(one["unit"] for one in ahead if one["unit"] != unit)


def exchange(site, client, *acts: dict[str, Any], **sent: Any):
    return client.post(
        f"{LABEL}/acts", json={"acts": list(acts), **sent}, headers={"X-CSRFToken": site.token(client)}
    )  # fmt: skip


def act(unit: str, **fields: str) -> dict[str, Any]:
    given = {"key": str(uuid.uuid4()), "act": "answer", "codebook": "2", "kind": "sentence"}
    given |= {"holder": "author", "q1": "war", **fields}
    return {"unit": unit, "fields": [list(pair) for pair in given.items()], "first": None}


def remove(site, name: str = "annotator") -> None:
    """Remove a person from the project, who takes part in another one and so stays signed in."""
    with site.database.transaction() as session:
        user = accounts.find_user(session, name)
        other = projects.find_project(session, "elsewhere")
        session.add(Membership(project_id=other.id, user_id=user.id, role="reader"))
        owner = accounts.find_user(session, "owner")
        members.remove_member(session, projects.find_project(session, "study"), owner, user.uuid)


def history(site) -> list[dict[str, Any]]:
    with site.database.reading() as session:
        return list(chain.history(session, session.scalar(select(Project.id).where(Project.slug == "study"))))


def test_what_was_not_sent_yet_is_stored_and_nothing_is_told_of_the_project(site, held):
    client, unit, behind = held
    remove(site)
    answer = exchange(site, client, act(unit), act(behind, q1="trade"), ahead=3, here=unit)
    assert answer.status_code == 200
    assert answer.json == {
        "left": "What you sent is stored. You do not label in this project any more.",
        "results": [
            {"status": "stored", "key": row["key"], "unit": row["unit"]} for row in history(site)
        ],
    }  # fmt: skip
    assert [(row["late"], row["answers"]["topic"]) for row in history(site)] == [(True, "war"), (True, "trade")]


def test_one_sentence_is_said_of_whatever_is_not_taken(site, study, held):
    client, unit, _ = held
    remove(site)
    strange = next(one for one in reversed(study.units) if one != unit)
    wrong = (act(strange), act("nowhere"), act(unit, codebook="3"), act(unit, q1="peace"), {"unit": unit}, 7)
    results = exchange(site, client, *wrong, act(unit)).json["results"]
    assert [result["status"] for result in results] == ["refused"] * 6 + ["stored"]
    assert len({str(result) for result in results[:6]}) == 1


@pytest.mark.parametrize("sent", ["nothing", "another's sentence"])
def test_without_anything_of_theirs_the_project_is_not_there(site, study, held, sent):
    client, *_ = held
    remove(site)
    # The first three were handed out.
    acts = [act(unit) for unit in study.units[3:]] if sent != "nothing" else []
    never, left = (exchange(site, one, *acts, ahead=3) for one in (site.visitor("outsider"), client))
    assert (left.status_code, left.data) == (never.status_code, never.data) == (404, never.data)
    assert history(site) == []


def test_who_was_never_there_stores_nothing_whatever_they_name(site, study, held):
    outsider = site.visitor("outsider")
    assert exchange(site, outsider, *(act(unit) for unit in study.units)).status_code == 404
    assert outsider.get(f"{LABEL}/status", headers={"Accept": "application/json"}).status_code == 404
    assert history(site) == []


def test_no_other_page_is_open_to_who_was_removed(site, held):
    client, unit, _ = held
    remove(site)
    exchange(site, client, act(unit))
    for path in ("", f"/{unit}", f"/{unit}/text", f"/{unit}/suggestions"):
        assert client.get(f"{LABEL}{path}").status_code == 404
    assert client.get("/projects/study/documents").status_code == 404


def test_an_open_page_learns_who_is_signed_in_and_gets_a_token(site, held):
    client, _, _ = held
    remove(site)
    status = client.get(f"{LABEL}/status", headers={"Accept": "application/json"})
    assert sorted(status.json) == ["csrf_token", "person"]


def test_acts_of_somebody_else_are_not_taken(site, held):
    client, unit, _ = held
    remove(site)
    assert exchange(site, client, act(unit), person=str(uuid.uuid4())).status_code == 409
    assert history(site) == []


def test_a_plain_form_is_stored_too_and_says_so(site, held):
    client, unit, _ = held
    remove(site)
    answer = site.send(client, f"{LABEL}/{unit}", **dict(act(unit)["fields"]))
    assert (answer.status_code, "What you sent is stored." in answer.text) == (403, True)
    assert [row["unit"] for row in history(site)] == [unit]
    assert site.send(client, f"{LABEL}/nowhere", **dict(act(unit)["fields"])).status_code == 404


def test_who_may_only_read_by_now_is_told_the_same(site, held):
    client, unit, _ = held
    with site.database.transaction() as session:
        owner, user = (accounts.find_user(session, name) for name in ("owner", "annotator"))
        members.change_role(session, projects.find_project(session, "study"), owner, user.uuid, "reader")
    assert "left" in exchange(site, client, act(unit)).json
    assert exchange(site, client, ahead=1).status_code == 403


def test_it_waits_in_adjudication_with_its_reason(site, held):
    client, unit, _ = held
    remove(site)
    exchange(site, client, act(unit))
    page = site.visitor("owner").get("/projects/study/adjudication?late=y").text
    assert "answered late" in page
    assert "came after the place was gone" in page
    assert (
        "came after the place was gone"
        in site.visitor("owner").get(f"/projects/study/adjudication/unit?unit={unit}").text
    )


def test_an_answer_to_what_was_withdrawn_is_flagged_where_the_text_is_read(site, study, held):
    client, unit, _ = held
    with site.database.transaction() as session:
        session.execute(update(Unit).where(Unit.external_id == unit).values(withdrawn_at=now()))
    assert exchange(site, client, act(unit)).json["results"][0]["status"] == "stored"
    page = site.visitor("owner").get(f"/projects/study/documents/read?document={unit.partition(':')[0]}").text
    assert "came after the sentence was withdrawn" in page


def test_the_queue_of_what_is_to_be_given_anew_is_named_in_the_language_of_the_page(site, study, held):
    client, unit, _ = held
    exchange(site, client, act(unit))
    with site.database.transaction() as session:
        owner = accounts.find_user(session, "owner")
        accounts.find_user(session, "annotator").preferences = {"language": "de"}
    war = editing.change_label(read_codebook(CODEBOOK), "topic", "war", definition="Only what soldiers do.")
    assert publish(study, owner, war, choices={"label-definition:topic:war": "relabel"}, base=2) == 1
    assert "Stapel: Neu codieren: Version" in client.get(f"{LABEL}/{unit}").text
    assert re.search(r"queue-title[^>]*>Neu codieren: Version \d+ ", client.get("/projects/study/search").text)
