"""Everything that one annotator can ask in a world, and what they are told."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from sqlalchemy import select

from annotator.db import Annotator, Classifier, Document, Target, Unit
from two_worlds import LABELS, NAMES, PROJECT, TOPICS, World, key_of


def addresses(world: World) -> Mapping[str, list[str]]:
    """Return what can be opened, by endpoint: every page with every filter there is."""
    with world.database.reading() as session:
        units = list(session.scalars(select(Unit.external_id).order_by(Unit.id)))
        documents = list(session.scalars(select(Document.external_id).order_by(Document.id)))
        codes = list(session.scalars(select(Annotator.code).order_by(Annotator.id)))
        targets = list(session.scalars(select(Target.uuid).where(Target.accepted_at.is_not(None))))
        numbers = list(session.scalars(select(Classifier.number)))
    labels = [f"topic:{label}" for label in TOPICS] + [f"stance:{label}" for label in LABELS] + ["frames:moral"]
    one = [f"{PROJECT}/label/{unit}" for unit in units[::3]]
    filters = ["", *(f"&label={label}" for label in labels), *(f"&annotator={code}" for code in codes)]
    filters += [f"&target={target}" for target in targets] + [
        "&only=y&label=topic:war",
        f"&annotator={codes[1]}&only=y",
    ]
    looked = [f"label={label}" for label in labels] + [f"target={target}&target_as=judged" for target in targets]
    looked += [f"labelled={value}" for value in ("yes", "no", "by-me", "not-by-me")]
    looked += ["flagged=y", "commented=y", "skipped=y", "words=talks", "unsure=topic", "words=Prices&labelled=no"]
    return {
        "accounts.show_account": ["/account"],
        "projects.home": ["/"],
        "projects.list_projects": ["/projects"],
        "projects.project_home": [PROJECT],
        "preferences.edit": ["/preferences"],
        "background.edit_answers": [f"{PROJECT}/background"],
        "targets.list_targets": [f"{PROJECT}/targets"],
        "documents.list_documents": [f"{PROJECT}/documents", f"{PROJECT}/documents?search=Text+1"],
        "documents.read_document": [
            *(f"{PROJECT}/documents/read?document={documents[0]}{filter_}" for filter_ in filters),
            *(f"{PROJECT}/documents/read?document={document}" for document in documents[1:]),
        ],
        "search.search": [f"{PROJECT}/search", *(f"{PROJECT}/search?{query}" for query in looked)],
        "labelling.page": [f"{PROJECT}/label", f"{PROJECT}/label?document={documents[2]}"],
        "labelling.show_unit": [*one, f"{PROJECT}/label/nowhere", *(f"{one[0]}?said={unit}" for unit in units[1::3])],
        "labelling.show_text": [f"{address}/text" for address in one],
        "labelling.show_suggestions": [f"{address}/suggestions" for address in one],
        "labelling.show_status": [f"{PROJECT}/label/status"],
        "labelling.codebook_stylesheet": [f"{PROJECT}/codebook/1.css"],
        "labelling.codebook_meanings": [f"{PROJECT}/codebook/1/meanings"],
        "precedents.show_precedents": [f"{address}/precedents" for address in one],
        "codebook.show_codebook": [f"{PROJECT}/codebook"],
        "codebook.list_versions": [f"{PROJECT}/codebook/versions"],
        "codebook.show_version": [f"{PROJECT}/codebook/versions/1"],
        "codebook.fetch_version": [f"{PROJECT}/codebook/versions/1.yaml"],
        "codebook.compare_versions": [f"{PROJECT}/codebook/compare"],
        "codebook_drafts.edit_draft": [f"{PROJECT}/codebook/draft"],
        "codebook_drafts.edit_file": [f"{PROJECT}/codebook/draft/file"],
        "codebook_drafts.fetch_draft": [f"{PROJECT}/codebook/draft.yaml"],
        "codebook_drafts.draft_stylesheet": [f"{PROJECT}/codebook/draft.css"],
        "codebook_drafts.choose_examples": [f"{PROJECT}/codebook/draft/examples?question=topic&label=war"],
        "codebook_drafts.dry_run": [f"{PROJECT}/codebook/draft/changes"],
        "classifiers.list_classifiers": [f"{PROJECT}/classifiers"],
        "classifiers.show_overview": [f"{PROJECT}/classifiers/overview"],
        "classifiers.show_card": [f"{PROJECT}/classifiers/{number}" for number in (*numbers, 99)],
        "agreement.show_agreement": [f"{PROJECT}/agreement?question={name}" for name in ("topic", "stance", "frames")],
        "agreement.fetch_figures": [f"{PROJECT}/agreement/figures.json?question=topic"],
        "agreement.fetch_table": [f"{PROJECT}/agreement/figures.csv?question=topic"],
        "monitoring.show_monitoring": [f"{PROJECT}/monitoring"],
        "monitoring.fetch_figures": [f"{PROJECT}/monitoring/figures.json"],
        "monitoring.fetch_table": [f"{PROJECT}/monitoring/{name}.csv" for name in ("pace", "labels", "agreement")],
        "classifiers.show_label": [f"{PROJECT}/classifiers/{number}/labels/war" for number in (*numbers, 99)],
        "classifiers.compare": [f"{PROJECT}/classifiers/compare?second={number}" for number in (*numbers, 99)],
        "classifiers.list_changes": [f"{PROJECT}/classifiers/changes?second={number}" for number in (*numbers, 99)],
        "influence.show_influence": [f"{PROJECT}/influence"],
        "influence.fetch_figures": [f"{PROJECT}/influence/figures.json"],
        "influence.fetch_table": [f"{PROJECT}/influence/figures.csv"],
        "rounds.new_round": [f"{PROJECT}/rounds/new"],
        "adjudication.queue": [
            f"{PROJECT}/adjudication",
            *(f"{PROJECT}/adjudication?{what}" for what in ("show=settled", "why=unlikely", "why=twin")),
        ],
        "codebook_notes.list_notes": [f"{PROJECT}/codebook/notes"],
        "consensus.show_consensus": [f"{PROJECT}/adjudication/consensus"],
        "adjudication.decide": [f"{PROJECT}/adjudication/unit?unit={unit}" for unit in units[::3]],
        "exports.list_exports": [f"{PROJECT}/exports"],
        "exports.show_finished": [f"{PROJECT}/exports/finished"],
        "exports.fetch_export": [f"{PROJECT}/exports/study.csv", f"{PROJECT}/exports/nothing.csv"],
    }


#: Pages on which nothing of the labels can stand: files, forms for what is new, and who is in the project.
WITHOUT_LABELS = {
    "accounts.sign_in", "accounts.confirm_sign_in", "assets.static_file", "datasets.choose_data_set",
    "datasets.review", "invitations.show_invitation", "projects.new_project", "projects.edit_settings",
    "people.list_members", "uploads.choose_files", "uploads.review",
    "administration.list_people",
    # How far a round and everybody in it are is for its owner to know.
    "rounds.list_rounds", "rounds.show_making", "rounds.show_round",
}  # fmt: skip


Asked = tuple[str, Callable[[], bytes]]


def crawl(world: World, *, part: int = 0, of: int = 1) -> Iterator[tuple[str, bytes]]:
    """Yield everything that A is told: on every page, as JSON where there is some, and after what they send.

    With ``of`` above one, only every so manieth page and form is asked for, beginning with ``part``.
    """
    pages = [(address, partial(world.ask, address)) for several in addresses(world).values() for address in several]
    for name, ask in (*pages[part::of], *sent(world)[part::of]):
        yield name, ask()


def sent(world: World) -> list[Asked]:
    """Return what A sends, and what they look at afterwards; nothing that would answer what is known."""
    with world.database.reading() as session:
        units = list(session.scalars(select(Unit.external_id).order_by(Unit.id)))
    free = [unit for unit in units if unit not in world.known]
    label, send, asked = f"{PROJECT}/label", world.send, list[Asked]()
    for unit in units[::3]:
        asked.append((f"{unit} as JSON", partial(world.ask, f"{label}/{unit}", Accept="application/json")))
    for number, unit in enumerate(free[1::4]):
        fields = [["act", "answer"], ["key", key_of("A", "sent", number)], ["codebook", "1"], ["q1", "war"]]
        fields += [["holder", "author"], ["chosen", "y"]]
        act = {"unit": unit, "fields": fields}
        asked.append((f"form of {unit}", partial(send, f"{label}/{unit}/form", json=act)))
        asked.append((f"act on {unit}", partial(send, f"{label}/acts", json={"acts": [act], "ahead": 3})))
    for name in NAMES:
        asked.append((f"target {name}", partial(send, f"{label}/targets", json={"name": name})))
    asked.append(("export", partial(send, f"{PROJECT}/exports", data={"format": "csv", "seed": "0"})))
    for unit in free[2::4]:
        asked.append((f"claim {unit}", partial(send, f"{label}/claim", data={"unit": unit})))
    for query in ({"label": "topic:war"}, {"flagged": "y"}, {"labelled": "no"}):
        asked.append((f"queue {query}", partial(send, f"{PROJECT}/search/queue", data=query)))
    return [*asked, ("documents at last", partial(world.ask, f"{PROJECT}/documents"))]
