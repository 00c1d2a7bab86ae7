"""Non-interference: whatever B says in a blind round, A is told the same to the byte."""

import os
from collections.abc import Iterator
from dataclasses import replace
from random import Random

import pytest
from sqlalchemy import func, select, true

from annotator.config import read_settings
from annotator.db import Annotation, Annotator, Answer, Round, User
from annotator.db.upgrading import open_database
from annotator.services import (
    checks,
    counting,
    documents,
    given,
    managing_rounds,
    matching,
    reviewing,
    training,
    trainings,
    visibility,
)
from crawling import WITHOUT_LABELS, addresses, crawl
from two_worlds import CHANCE, PROJECT, ROUND, Base, World, make_base, steps_of

PAIRS = int(os.environ.get("ANNOTATOR_R13", "100"))
#: So many worlds are compared with one: all of them differ from it in nothing but what B says.
OTHERS = 4
#: A pair is looked at on every so manieth page; all pairs together, and one of each kind by itself, on all of them.
SLICES = 12
CHECKED = {"known": 3, "check_share": 0.3}
KINDS = {
    "annotator": ("annotator", {}),
    "checked owner": ("owner", CHECKED),
    "checked annotator": ("annotator", CHECKED),
    "adjudicator": ("adjudicator", {}),
}
IS_CHECKED = [kind for kind, (_, more) in KINDS.items() if more]


@pytest.fixture(scope="module", autouse=True)
def _chance() -> Iterator[None]:
    """Let checks come early, and by a chance that is the same in both worlds."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(checks, "_CHANCE", CHANCE)
        patched.setattr(checks, "GAP", 1)
        yield


class Bases:
    """The worlds before the round, each made when it is first wanted."""

    def __init__(self, folders: pytest.TempPathFactory) -> None:
        self._folders = folders
        self._made: dict[str, Base] = {}

    def __getitem__(self, kind: str) -> Base:
        if kind not in self._made:
            role, more = KINDS[kind]
            self._made[kind] = self.fresh(role, **more)
        return self._made[kind]

    def fresh(self, role: str, **more: float) -> Base:
        """Make one in a folder of its own."""
        return make_base(open_database(read_settings({}, home=self._folders.mktemp("base"))), role, **more)


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> Bases:
    return Bases(tmp_path_factory)


def world_of(base: Base, seed: int, *, says: int = 1, settled: int = 1) -> World:
    return base.world(steps_of(Random(seed)), says=says, settled=settled)


def differences(
    base: Base, seed: int, *, says: tuple[int, ...] = (1, 2), settled: tuple[int, ...] = (1, 1), part: int = 0,
    of: int = 1,
) -> Iterator[str]:  # fmt: skip
    """Yield where A is told something else in the other worlds than in the first."""
    first = list(crawl(world_of(base, seed, says=says[0], settled=settled[0]), part=part, of=of))
    for number in range(1, len(says)):
        other = crawl(world_of(base, seed, says=says[number], settled=settled[number]), part=part, of=of)
        for (name, words), (same, others) in zip(first, other, strict=True):
            assert name == same
            if words != others:
                yield name


@pytest.mark.parametrize("group", range(-(-PAIRS // OTHERS)))
def test_nothing_that_b_says_in_a_blind_round_reaches_a(bases: Bases, group: int):
    base, says = bases[list(KINDS)[group % len(KINDS)]], tuple(range(OTHERS + 1))
    part = group // len(KINDS) % SLICES
    assert list(differences(base, group, says=says, settled=(1,) * len(says), part=part, of=SLICES)) == []


@pytest.mark.parametrize("kind", KINDS)
def test_nor_does_it_on_any_page(bases: Bases, kind: str):
    assert list(differences(bases[kind], 1000)) == []


@pytest.mark.postgresql
def test_nor_does_it_on_postgresql(postgresql_url: str, tmp_path):
    settings = read_settings({"ANNOTATOR_DATABASE_URL": postgresql_url}, home=tmp_path)
    base = make_base(open_database(settings), "annotator", **CHECKED)
    for seed in range(2):
        assert list(differences(base, seed, says=(0, 1, 2, 3), settled=(1,) * 4, part=5 * seed, of=SLICES)) == []
    base.database.dispose()


@pytest.mark.parametrize("kind", IS_CHECKED)
def test_what_is_known_reaches_nobody_whom_it_may_check(bases: Bases, kind: str):
    assert list(differences(bases[kind], 1001, says=(1, 1), settled=(1, 2))) == []


@pytest.mark.parametrize("kind", IS_CHECKED)
def test_both_are_checked_and_b_answers_differently(bases: Bases, kind: str):
    told = {says: list(_checks(bases[kind], says)) for says in (1, 2)}
    assert {(who, act) for who, act, _ in told[1]} == {(who, act) for who in "AB" for act in ("gold-check", "retest")}
    assert [one for one in told[1] if one[0] == "A"] == [one for one in told[2] if one[0] == "A"]
    for act in ("gold-check", "retest"):
        first, second = ([one for one in told[says] if one[:2] == ("B", act)] for says in (1, 2))
        assert first != second


def _checks(base: Base, says: int) -> Iterator[tuple[str, str, int]]:
    """Yield who answered which check with which labels, in six worlds."""
    acts = select(User.name, Annotation.kind, Answer.label_id).join_from(Annotation, Annotator).join(User)
    answers = acts.join(Answer, Answer.annotation_id == Annotation.id).where(Answer.label_id.is_not(None))
    for seed in range(6):
        with world_of(base, seed, says=says).database.reading() as session:
            checked = answers.where(Annotation.kind.in_(("gold-check", "retest"))).order_by(Answer.id)
            yield from map(tuple, session.execute(checked))


#: What A is told nothing by while they label blind: it is there, and opens with the end of the round.
REFUSED = {"exports.fetch_export", "monitoring.fetch_table"}


def test_the_crawl_opens_every_page_that_could_tell(bases: Bases):
    world = world_of(bases["checked owner"], 1)
    opened = addresses(world)
    endpoints = {rule.endpoint for rule in world.app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert endpoints - opened.keys() - WITHOUT_LABELS == set()

    def is_open(endpoint: str) -> bool:
        return world.ask(opened[endpoint][0])[:3] in (b"200", b"302")

    # There is no classifier yet; see below.
    closed = {endpoint for endpoint in opened if not is_open(endpoint)} - {
        "classifiers.show_card", "classifiers.show_label", "classifiers.compare", "classifiers.list_changes",
    }  # fmt: skip
    assert closed == REFUSED
    _close_and_open(world, is_closed=True)
    assert [endpoint for endpoint in REFUSED if not is_open(endpoint)] == []


def test_a_classifier_learns_and_suggests_the_same(bases: Bases):
    base = bases.fresh("owner", documents=8, gold=16)
    told = []
    for says in (1, 2):
        world = world_of(base, 3, says=says)
        training.train_project(world.database, 1, question="topic")
        found = addresses(world)
        pages = [*found["classifiers.list_classifiers"], *found["classifiers.show_card"][:1]]
        pages += [found[f"classifiers.{name}"][0] for name in ("show_label", "compare", "list_changes")]
        pages += [*found["labelling.show_suggestions"], f"{PROJECT}/search?unsure=topic", f"{PROJECT}/label/status"]
        told.append([(page, world.ask(page)) for page in pages])
    assert told[0][1][1].startswith(b"200"), "there is a card"
    assert any(b'"probability"' in words for _, words in told[0]), "something is suggested"
    assert told[0] == told[1]


def test_a_classifier_that_learned_from_everybody_is_silent_in_a_blind_round(bases: Bases):
    world = world_of(bases.fresh("owner", documents=8, gold=16), 3)
    _close_and_open(world, is_closed=True)
    training.train_project(world.database, 1, question="topic")
    pages = addresses(world)["labelling.show_suggestions"]
    assert any(b'"probability"' in world.ask(page) for page in pages)
    _close_and_open(world, is_closed=False)
    assert not any(b'"probability"' in world.ask(page) for page in pages)


def _close_and_open(world: World, *, is_closed: bool) -> None:
    with world.database.transaction() as session:
        round_ = session.scalars(select(Round).where(Round.name == ROUND)).one()
        change = managing_rounds.close_round if is_closed else managing_rounds.open_round
        change(session, round_)


def _show_everything(monkeypatch: pytest.MonkeyPatch, _base: Base) -> None:
    for module in (documents, given, matching, reviewing):
        monkeypatch.setattr(module, "visible_annotations", lambda seat, *, phase: true())


def _count_everything(monkeypatch: pytest.MonkeyPatch, _base: Base) -> None:
    everything = counting._all
    monkeypatch.setattr(counting, "labelled_units", everything)


def _order_by_comments(monkeypatch: pytest.MonkeyPatch, _base: Base) -> None:
    listed = documents.list_documents

    def by_comments(session, project, **given):
        found = listed(session, project, **given)
        size = _comments(session)
        return replace(found, rows=found.rows[size % 3 :] + found.rows[: size % 3])

    monkeypatch.setattr(documents, "list_documents", by_comments)


def _comments(session) -> int:
    return session.scalar(select(func.sum(func.length(Annotation.comment)))) or 0


def _tell_in_a_header(monkeypatch: pytest.MonkeyPatch, base: Base) -> None:
    def tell(response):
        with base.database.reading() as session:
            response.headers["ETag"] = f'"{_comments(session)}"'
        return response

    there = base.app.after_request_funcs.get(None, [])
    monkeypatch.setitem(base.app.after_request_funcs, None, [*there, tell])


@pytest.mark.parametrize("leak", [_show_everything, _count_everything, _order_by_comments, _tell_in_a_header])
def test_it_would_be_seen_if_anything_did(bases: Bases, monkeypatch, leak):
    base = bases["annotator"]
    leak(monkeypatch, base)
    for seed in range(5):
        if next(differences(base, seed), None):
            return
    pytest.fail("five pairs of worlds were told apart by nothing")


def _figures(world: World) -> dict[str, list[bytes]]:
    """Return what A is told of how all label, by endpoint."""
    about = ("agreement.", "monitoring.", "exports.fetch_export")
    found = {endpoint: several for endpoint, several in addresses(world).items() if endpoint.startswith(about)}
    return {endpoint: [world.ask(address) for address in several] for endpoint, several in found.items()}


def test_it_would_be_seen_if_who_labels_blind_were_told_figures(bases: Bases, monkeypatch):
    monkeypatch.setattr(visibility, "labels_blind", lambda *_: False)
    monkeypatch.setattr(visibility, "reviewable_annotations", lambda *_: true())
    there, told_apart = set(), set()
    for seed in range(8):
        one, other = (_figures(world_of(bases["checked owner"], seed, says=says)) for says in (1, 2))
        there |= one.keys()
        told_apart |= {endpoint for endpoint, words in one.items() if words != other[endpoint]}
    assert len(there) == 7
    assert told_apart == there


def _show_what_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visibility, "_may_check", lambda seat: ~true())


def _tell_what_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainings, "_has_said", lambda *_: True)


@pytest.mark.parametrize("leak", [_show_what_is_known, _tell_what_is_known])
def test_it_would_be_seen_if_what_is_known_were_told(bases: Bases, monkeypatch, leak):
    leak(monkeypatch)
    assert next(differences(bases["checked annotator"], 1001, says=(1, 1), settled=(1, 2)), None)


def test_who_labels_blind_cannot_take_the_data_set_out(bases: Bases):
    world = world_of(bases["checked owner"], 2)
    assert b"a data set holds what the others said" in world.ask(f"{PROJECT}/exports")
    assert world.send(f"{PROJECT}/exports", data={"format": "csv", "seed": "0"}).startswith(b"403")
    assert world.ask(f"{PROJECT}/exports/study.csv").startswith(b"403")
    _close_and_open(world, is_closed=True)
    assert b"Make the data set" in world.ask(f"{PROJECT}/exports")
    assert world.ask(f"{PROJECT}/exports/study.csv").startswith(b"200")
