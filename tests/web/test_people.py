"""The people of a project: who sees them, who changes them, and that names are found nowhere else."""

import re

import pytest
from sqlalchemy import select, update

from annotator.db import BackgroundQuestion, Event, Invitation, Membership, Project, User
from annotator.services import background, invitations, projects, seats
from annotator.services.accounts import find_user
from annotator.services.projects import find_project
from studies import make_study

PEOPLE = "/projects/study/people"


def uuid_of(site, name):
    with site.database.reading() as session:
        return find_user(session, name).uuid


def link_in(page):
    found = re.search(r'readonly value="http://localhost(/join/[^"]+)"', page)
    assert found, "the page shows no link"
    return found[1]


@pytest.fixture
def things(site):
    """Return a member, an open invitation and a question of a project, by its slug."""
    found = {}
    with site.database.transaction() as session:
        for slug, owner_name in (("study", "owner"), ("elsewhere", "outsider")):
            project, owner = find_project(session, slug), find_user(session, owner_name)
            invitations.invite(session, project, owner, role="reader", note=slug)
            question = background.add_question(session, project, owner, text="Age band", options=["young", "old"])
            invitation = session.scalars(select(Invitation.uuid).where(Invitation.note == slug)).one()
            found[slug] = {"person": owner.uuid, "invitation": invitation, "question": question.uuid}
    return found


def test_owners_see_names_roles_and_codes(site, owner):
    with site.database.transaction() as session:
        study, annotator = find_project(session, "study"), find_user(session, "annotator")
        code = projects.annotator_of(session, study, annotator).code
    page = owner.get(PEOPLE).text
    assert all(words in page for words in (">owner</bdi>", ">reader</bdi>", ">annotator</bdi>", code))
    assert ">outsider</bdi>" not in page


@pytest.mark.parametrize(
    ("name", "status"), [("owner", 200), ("adjudicator", 403), ("annotator", 403), ("reader", 403), ("outsider", 404)]
)
def test_only_owners_see_the_page(site, name, status):
    assert site.visitor(name).get(PEOPLE).status_code == status
    assert ('href="/projects/study/people"' in site.visitor(name).get("/projects/study/documents").text) == (
        status == 200
    )


def test_an_invitation_is_shown_once_and_can_be_followed(site, owner):
    page = site.send(owner, f"{PEOPLE}/invitations", role="annotator", note="Nina of the desk", uses="1").text
    link = link_in(page)
    assert "Nina of the desk" in page
    assert link not in owner.get(PEOPLE).text
    assert "Nina of the desk" not in site.visitor(None).get(link).text
    assert site.send(site.visitor("outsider"), link).status_code == 302
    assert "Nina of the desk" not in owner.get(PEOPLE).text


def test_an_invitation_can_be_withdrawn(site, owner):
    link = link_in(site.send(owner, f"{PEOPLE}/invitations", role="owner", uses="5").text)
    action = re.search(rf'action="({PEOPLE}/invitations/[^"]+/revoke)"', owner.get(PEOPLE).text)
    assert action
    assert site.send(owner, action[1]).headers["Location"] == PEOPLE
    assert site.visitor(None).get(link).status_code == 404
    assert "/revoke" not in owner.get(PEOPLE).text


@pytest.mark.parametrize("fields", [{"role": "king", "uses": "1"}, {"role": "reader", "uses": "0"}, {"role": "reader"}])
def test_an_invitation_that_cannot_be_is_refused(site, owner, fields):
    assert site.send(owner, f"{PEOPLE}/invitations", **fields).status_code == 422
    with site.database.reading() as session:
        assert session.scalars(select(Invitation)).all() == []


def test_a_changed_role_counts_from_the_next_request_on(site, owner):
    client = site.visitor("reader")
    assert client.get("/projects/study/label").status_code == 403
    site.send(owner, f"{PEOPLE}/{uuid_of(site, 'reader')}/role", role="annotator")
    assert client.get("/projects/study/label").status_code != 403
    site.send(owner, f"{PEOPLE}/{uuid_of(site, 'reader')}/role", role="reader")
    assert client.get("/projects/study/label").status_code == 403


def test_who_is_removed_finds_nothing_any_more(site, owner):
    client = site.visitor("annotator")
    assert client.get("/projects/study/documents").status_code == 200
    answer = site.send(owner, f"{PEOPLE}/{uuid_of(site, 'annotator')}/remove")
    assert answer.headers["Location"] == PEOPLE
    assert "annotator is not in the project any more" in owner.get(PEOPLE).text
    # It was their last project, so they are signed out; signed in again, they find what strangers find.
    assert client.get("/projects/study/documents").headers["Location"] == "/sign-in"
    assert site.visitor("annotator").get("/projects/study/documents").status_code == 404


def test_the_last_owner_stays(site, owner):
    own = uuid_of(site, "owner")
    for action, fields in (("role", {"role": "reader"}), ("remove", {})):
        answer = site.send(owner, f"{PEOPLE}/{own}/{action}", **fields)
        assert (answer.status_code, "is the only owner" in answer.text) == (409, True)
    assert owner.get(PEOPLE).status_code == 200


def test_an_owner_who_leaves_is_led_out(site, owner):
    site.send(owner, f"{PEOPLE}/{uuid_of(site, 'reader')}/role", role="owner")
    assert site.send(owner, f"{PEOPLE}/{uuid_of(site, 'owner')}/role", role="reader").headers["Location"] == "/projects"
    assert owner.get(PEOPLE).status_code == 403


ACTIONS = {
    "role": ("person", {"role": "annotator"}),
    "remove": ("person", {}),
    "revoke": ("invitation", {}),
    "question": ("question", {}),
}
PATHS = {
    "role": "people/{}/role",
    "remove": "people/{}/remove",
    "revoke": "people/invitations/{}/revoke",
    "question": "people/questions/{}/remove",
}


def state(site):
    with site.database.reading() as session:
        return (
            sorted(session.execute(select(Membership.project_id, Membership.user_id, Membership.role)).all()),
            session.scalars(select(Invitation.revoked_at).order_by(Invitation.id)).all(),
            session.scalars(select(BackgroundQuestion.uuid).order_by(BackgroundQuestion.id)).all(),
        )


@pytest.mark.parametrize("what", ACTIONS)
def test_things_of_another_project_and_things_that_are_gone_are_not_found(site, owner, things, what):
    kind, fields = ACTIONS[what]
    before = state(site)
    for other in (things["elsewhere"][kind], "00000000-0000-0000-0000-000000000000"):
        answer = site.send(owner, f"/projects/study/{PATHS[what].format(other)}", **fields)
        assert answer.status_code == 404
    assert state(site) == before


@pytest.mark.parametrize("what", ACTIONS)
@pytest.mark.parametrize(
    ("name", "status"), [("reader", 403), ("annotator", 403), ("adjudicator", 403), ("outsider", 404)]
)
def test_who_may_not_changes_nothing(site, things, what, name, status):
    kind, fields = ACTIONS[what]
    before = state(site)
    answer = site.send(site.visitor(name), f"/projects/study/{PATHS[what].format(things['study'][kind])}", **fields)
    assert (answer.status_code, state(site)) == (status, before)


def test_questions_are_asked_and_deleted_and_small_groups_are_not_counted(site, owner):
    site.send(owner, f"{PEOPLE}/questions", text="Age band", options="young\nold\n")
    page = owner.get(PEOPLE).text
    assert ("Age band" in page, page.count(">fewer than three<")) == (True, 2)
    action = re.search(rf'action="({PEOPLE}/questions/[^"]+/remove)"', page)
    assert action
    site.send(owner, action[1])
    assert "Age band" not in owner.get(PEOPLE).text


@pytest.mark.parametrize("options", ["only one", ""])
def test_a_question_that_cannot_be_is_shown_again(site, owner, options):
    answer = site.send(owner, f"{PEOPLE}/questions", text="Age band", options=options)
    assert (answer.status_code, 'value="Age band"' in answer.text) == (422, True)


# Who is behind a code is known on this page alone


def pages_of(site, client, *, but=()):
    """Return every page of the project that can be fetched, by its address."""
    found = {}
    for rule in site.app.url_map.iter_rules():
        values = {name: 1 if "Integer" in type(part).__name__ else "nix" for name, part in rule._converters.items()}
        if "GET" not in rule.methods or rule.endpoint in ("static", "assets.static_file", *but):
            continue
        _, address = rule.build({**values, **({"slug": "study"} if "slug" in values else {})}, append_unknown=False)
        found[address] = client.get(address, follow_redirects=True).text
    return found


def test_no_other_page_shows_anybody_elses_name(site):
    names = {
        "owner": "Ottilie Ownersworth",
        "annotator": "Annabel Annington",
        "reader": "Reto Readman",
        "adjudicator": "Judith Settler",
    }
    study = make_study(site.database)
    clients = {name: site.visitor(name) for name in names}
    with site.database.transaction() as session:
        for name, full in names.items():
            session.execute(update(User).where(User.name == name).values(name=full))
        seat = seats.take_seat(session, find_project(session, "study"), find_user(session, names["annotator"]))
    study.record(seat, unit=study.units[0], codebook=2, comment="so it seems")
    shown = f"/projects/study/documents/read?document={study.units[0].partition(':')[0]}"
    for name, client in clients.items():
        others = [full for other, full in names.items() if other != name]
        pages = {
            **pages_of(site, client, but=("people.list_members", "rounds.new_round", "rounds.show_round")),
            shown: client.get(shown).text,
        }
        assert seat.code in pages[shown] or name == "annotator"
        for address, page in pages.items():
            assert not [full for full in others if full in page], (name, address)
    assert names["annotator"] in clients["owner"].get(PEOPLE).text


def test_the_log_names_people_by_number_and_id_only(site, owner):
    site.send(owner, f"{PEOPLE}/invitations", role="reader", note="Nina", uses="1")
    site.send(owner, f"{PEOPLE}/{uuid_of(site, 'reader')}/role", role="annotator")
    site.send(owner, f"{PEOPLE}/{uuid_of(site, 'reader')}/remove")
    with site.database.reading() as session:
        study = session.scalars(select(Project.id).where(Project.slug == "study")).one()
        log = session.scalars(select(Event).where(Event.project_id == study).order_by(Event.id)).all()
        assert [event.kind for event in log][-3:] == ["invited", "role-changed", "removed"]
        assert uuid_of(site, "reader") in str(log[-1].details)
        assert "Nina" not in str([event.details for event in log])
