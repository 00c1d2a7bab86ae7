"""Describes a data set in Markdown, under the headings of Gebru et al. (2021), from what is known of it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

NOT_RECORDED = "not recorded"
#: What Markdown and HTML would take for more than text.
_SPECIAL = str.maketrans({char: "\\" + char for char in "\\`*_{}[]<>#|&~!"} | dict.fromkeys("\r\n\t", " "))


def datasheet(facts: Mapping[str, Any]) -> str:
    """Return the README of a data set; it holds no time of export, so the same data give the same text.

    Known facts: ``project``, ``description``; ``documents``, ``units``, ``labelled_units``, ``gold_units`` (counts);
    ``labels`` ({question: {label: count}}), ``annotators`` ({code: units}), ``codebooks`` (versions),
    ``outlets`` ({outlet: documents}), ``languages`` ({language: documents}), ``dates`` (first, last),
    ``agreement`` ({question: sentence}), ``selection`` ({mode: units}), ``split`` (shares of train, dev, test),
    ``splits`` ({split: units}), ``seed``, ``with_text``, ``licence``.
    Of a fact that is not there it says so.
    """
    sections = (
        _motivation(facts),
        _composition(facts),
        _collection(facts),
        _labelling(facts),
        _splits(facts),
        _distribution(facts),
    )
    return "\n\n".join(sections) + "\n"


def plain(value: object) -> str:
    """Return a value as Markdown that shows it as it is, on one line."""
    text = f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
    return text.translate(_SPECIAL).strip()


def _fact(facts: Mapping[str, Any], name: str) -> str:
    value = facts.get(name)
    return NOT_RECORDED if value is None or value == "" else plain(value)


def _motivation(facts: Mapping[str, Any]) -> str:
    return f"# Data set: {_fact(facts, 'project')}\n\n## Motivation\n\nPurpose: {_fact(facts, 'description')}."


def _composition(facts: Mapping[str, Any]) -> str:
    first, last = facts.get("dates") or (None, None)
    span = f"{plain(first)} to {plain(last)}" if first and last else NOT_RECORDED
    lines = (
        f"- Documents: {_fact(facts, 'documents')}",
        f"- Units: {_fact(facts, 'units')}, labelled: {_fact(facts, 'labelled_units')}, "
        f"with a gold label: {_fact(facts, 'gold_units')}",
        f"- Dates: {span}",
    )
    tables = [_table((question, "given"), counts) for question, counts in (facts.get("labels") or {}).items()]
    return "\n\n".join(("## Composition", "\n".join(lines), *tables))


def _collection(facts: Mapping[str, Any]) -> str:
    parts = ["## Collection"]
    for heading, name in (("outlet", "outlets"), ("language", "languages")):
        counts = facts.get(name)
        parts.append(_table((heading, "documents"), counts) if counts else f"{name.capitalize()}: {NOT_RECORDED}.")
    return "\n\n".join(parts)


def _labelling(facts: Mapping[str, Any]) -> str:
    versions = facts.get("codebooks")
    listed = ", ".join(plain(version) for version in versions) if versions else NOT_RECORDED
    parts = ["## Labelling", f"Codebook versions: {listed}. Annotators are named by random codes only."]
    if versions and len(versions) > 1:
        parts.append(
            "Every annotation is given under the version it names and is never rewritten; gold labels stand here as "
            "they count under the newest version, by what `project.json` says was decided at each publication."
        )
    if facts.get("annotators"):
        parts.append(_table(("annotator", "units"), facts["annotators"]))
    if facts.get("selection"):
        parts.append(_table(("chosen by", "units"), facts["selection"]))
    agreement = facts.get("agreement") or {}
    parts += [f"Agreement on {plain(question)}: {plain(sentence)}" for question, sentence in agreement.items()]
    return "\n\n".join(parts)


def _splits(facts: Mapping[str, Any]) -> str:
    parts = ["## Splits", _how_split(facts.get("split"), facts)]
    if facts.get("splits"):
        parts.append(_table(("split", "units"), facts["splits"]))
    return "\n\n".join(parts)


def _how_split(shares: Sequence[float] | None, facts: Mapping[str, Any]) -> str:
    if shares is None:
        return "No splits were drawn for this export; a split that came with an import is kept."
    percent = "/".join(f"{100 * share:.4g}" for share in shares)
    return (
        f"Train, dev and test were drawn {percent} by a hash of each document's group "
        f"with seed {_fact(facts, 'seed')}. "
        "Units of one document, and documents that are near-duplicates, are never in different splits; "
        "the shares are met on average."
    )


def _distribution(facts: Mapping[str, Any]) -> str:
    texts = (
        "The texts are included."
        if facts.get("with_text", True)
        else "The texts are left out; offsets, lengths and SHA-256 hashes tell which texts belong here."
    )
    return f"## Distribution\n\n{texts} Licence of the texts: {_fact(facts, 'licence')}."


def _table(heading: tuple[str, str], counts: Mapping[str, int]) -> str:
    return "\n".join(_table_lines(heading, counts))


def _table_lines(heading: tuple[str, str], counts: Mapping[str, int]) -> Iterable[str]:
    """Yield a table, the most frequent first and equals by name, however the counts were gathered."""
    yield f"| {plain(heading[0])} | {plain(heading[1])} |"
    yield "|---|---:|"
    for name, count in sorted(counts.items(), key=lambda entry: (-entry[1], entry[0])):
        yield f"| {plain(name)} | {plain(count)} |"
