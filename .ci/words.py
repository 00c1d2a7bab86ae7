#!/usr/bin/env python3
"""Brings the catalogues up to date with the words in pages, code and scripts.

``.ci/words.py`` updates every language there is, ``.ci/words.py fr`` begins another. Words that are new have no
translation yet, those that are gone are removed; a language with gaps fails the tests. Nothing has to be compiled.
"""

import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
CATALOGUES = ROOT / "annotator" / "translations"
WIDTH = 120
IN_CONTEXT = ((1, "c"), 2)
WORDS = {"_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2), "pgettext": IN_CONTEXT}
WORDS["lazy_pgettext"] = IN_CONTEXT
#: What is called with words; a script's ``say`` reads them out to people who do not see the page.
KEYWORDS = {"messages": {**WORDS, "say": None}, "scripts": WORDS}
#: By file of the catalogue: the folder, how its files are read, and what the reader has to know.
SOURCES = {
    "messages": (
        ("templates", [("**.html", "jinja2.ext:babel_extract")]),
        ("annotator", [("**.py", "python")]),
    ),
    "scripts": (("annotator/web/static", [("vendor/**", "ignore"), ("**.js", "javascript")]),),
}
# The same as in the application, or the words found here would not be the words looked up there.
OPTIONS = {"**.html": {"newstyle_gettext": "true", "trimmed": "true", "silent": "false"}}


def extract(domain: str) -> Catalog:
    """Return every word of one kind that has to be translated."""
    found = Catalog(project="Annotator", fuzzy=False)
    for folder, methods in SOURCES[domain]:
        for name, _, message, _, context in extract_from_dir(ROOT / folder, methods, OPTIONS, KEYWORDS[domain]):
            found.add(message, locations=[(f"{folder}/{Path(name).as_posix()}", 1)], context=context)
    return found


def languages() -> list[str]:
    """Return the codes of the languages there are."""
    return sorted(folder.name for folder in CATALOGUES.iterdir() if folder.is_dir())


def read(code: str, domain: str) -> Catalog:
    """Return a catalogue, an empty one where there is none."""
    path = place(code, domain)
    if not path.exists():
        return Catalog(locale=code, domain=domain, project="Annotator", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=code, domain=domain)


def place(code: str, domain: str) -> Path:
    """Return where a catalogue is kept."""
    return CATALOGUES / code / "LC_MESSAGES" / f"{domain}.po"


def update(code: str, domain: str) -> list[str]:
    """Write a catalogue anew and return what has no translation yet."""
    catalogue = read(code, domain)
    catalogue.update(extract(domain), no_fuzzy_matching=True, update_creation_date=False)
    path = place(code, domain)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalogue, width=WIDTH, sort_output=True, ignore_obsolete=True, include_lineno=False)
    return [str(message.id) for message in catalogue if message.id and not all(_forms(message.string))]


def _forms(said: str | tuple[str, ...]) -> tuple[str, ...]:
    return said if isinstance(said, tuple) else (said,)


def main() -> None:
    """Update all languages, or the ones named."""
    for code in sys.argv[1:] or languages():
        for domain in SOURCES:
            missing = update(code, domain)
            print(f"{code} {domain}: {len(missing)} without translation", *missing, sep="\n  ")


if __name__ == "__main__":
    main()
