"""What changes of a codebook are called on the page."""

from annotator.codebook.changes import Change
from annotator.codebook.values import Codebook
from annotator.web.language import gettext


def title_of(change: Change, before: Codebook, after: Codebook) -> str:
    """Say in a few words what changed, with the names of question and label."""
    said = _TITLES[change.kind]
    return gettext(said, question=_question(change, before, after), label=_label(change, before, after))


def sides_of(change: Change) -> tuple[str, str]:
    """Return what stood and what stands, as people read it; what is either so or not is said in words."""
    if change.kind in ("question-required", "label-exclusive"):
        yes, no = gettext("yes"), gettext("no")
        return (yes, no) if change.before == "yes" else (no, yes)
    return change.before, change.after


def choice_words(kind: str, choice: str) -> str:
    """Say what a choice means for the answers that a change touches."""
    if choice == "relabel":
        return gettext("Relabel: they are collected as a queue and count for nothing until they are given anew")
    if choice == "keep":
        if kind == "question-added":
            return gettext("Keep: what is labelled stays without an answer to it")
        return gettext("Keep: they stay under their version and count for nothing new")
    if kind == "label-merged":
        return gettext("Convert: they count as the label that takes its place")
    if kind == "label-added":
        return gettext("Keep on: earlier answers count as they did")
    if kind == "question-type":
        return gettext("Convert: they are read as answers of the new type wherever that is possible")
    return gettext("Convert: they go on counting under the new version")


def _question(change: Change, before: Codebook, after: Codebook) -> str:
    asked = after.question(change.question or "") or before.question(change.question or "")
    return asked.name if asked else ""


def _label(change: Change, before: Codebook, after: Codebook) -> str:
    if change.question is None:
        return _WORDS[change.label]() if change.label in _WORDS else change.label or ""
    for codebook in (before, after):
        asked = codebook.question(change.question)
        label = asked.label(change.label or "") if asked else None
        if label is not None:
            return label.name
    return change.label or ""


def _(template: str) -> str:
    """Mark a text for the catalogue; it is looked up when it is said."""
    return template


_WORDS = {
    "name": lambda: gettext("name"),
    "description": lambda: gettext("description"),
    "source": lambda: gettext("source"),
    "guidelines": lambda: gettext("guidelines"),
}
_TITLES = {
    "codebook-words": _("The codebook’s %(label)s"),
    "targets-added": _("Target “%(label)s” added"),
    "targets-changed": _("Other names of the target “%(label)s”"),
    "targets-removed": _("Target “%(label)s” left out of the file"),
    "questions-reordered": _("Order of the questions"),
    "question-added": _("Question “%(question)s” added"),
    "question-retired": _("Question “%(question)s” retired"),
    "question-renamed": _("Question “%(question)s” renamed"),
    "question-text": _("What “%(question)s” asks"),
    "question-type": _("Type of “%(question)s”"),
    "question-unit": _("What “%(question)s” is asked of"),
    "question-level": _("Level of measurement of “%(question)s”"),
    "question-required": _("Whether “%(question)s” must be answered"),
    "labels-reordered": _("Order of the labels of “%(question)s”"),
    "label-added": _("%(question)s: label “%(label)s” added"),
    "label-retired": _("%(question)s: label “%(label)s” retired"),
    "label-renamed": _("%(question)s: label “%(label)s” renamed"),
    "label-merged": _("%(question)s: label “%(label)s” merged"),
    "label-split": _("%(question)s: label “%(label)s” split"),
    "label-definition": _("%(question)s: definition of “%(label)s”"),
    "label-examples": _("%(question)s: examples of “%(label)s”"),
    "label-key": _("%(question)s: key of “%(label)s”"),
    "label-colour": _("%(question)s: colour of “%(label)s”"),
    "label-frame": _("%(question)s: frame of “%(label)s”"),
    "label-exclusive": _("%(question)s: whether “%(label)s” stands alone"),
}
