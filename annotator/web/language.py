"""In which language a page speaks: the one a person chose, else the one the browser asks for.

A translation is a folder in ``annotator/translations`` with two files, ``messages.po`` for pages and errors and
``scripts.po`` for what scripts say. They are read as they are, once, when somebody first wants the language.
"""

import gettext as standard
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

import flask_babel
from babel import Locale
from babel.dates import format_date, format_time
from babel.numbers import format_decimal, get_decimal_symbol
from babel.support import NullTranslations, Translations
from flask import Flask, g, has_request_context, request
from jinja2 import pass_context
from jinja2.runtime import Context
from wtforms.i18n import messages_path

from annotator.services.preferences import read_preferences
from annotator.words import Sentence, unpacked

CATALOGUES = Path(__file__).parents[1] / "translations"
#: The language of the templates, for which there is no catalogue.
SOURCE = "en"


def _available() -> tuple[str, ...]:
    found = (file.parents[1].name for file in CATALOGUES.glob("*/LC_MESSAGES/messages.po"))
    return (SOURCE, *sorted(found))


#: The codes of the languages that pages can be in.
LANGUAGES = _available()


class _Domain(flask_babel.Domain):  # type: ignore[misc]  # Flask-Babel has no types
    """Looks words up in the catalogues that are read as they are."""

    def get_translations(self) -> NullTranslations:
        return _words()


class _Babel(flask_babel.Babel):  # type: ignore[misc]  # Flask-Babel has no types
    domain_instance = _Domain()


def init_app(app: Flask) -> None:
    """Teach the application to translate."""
    _Babel(app, locale_selector=_chosen)
    environment = app.jinja_env
    environment.install_gettext_callables(  # type: ignore[attr-defined]  # an extension brings it
        gettext=lambda text: _words().ugettext(text),
        ngettext=lambda one, many, count: _words().ungettext(one, many, count),
        pgettext=lambda context, text: _words().upgettext(context, text),
        newstyle=True,
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.globals.update(language=language, script_words=script_words, translated=translated, of_job=of_job)
    said_once = _said_once(environment.globals["gettext"])
    environment.globals.update(_=said_once, gettext=said_once)
    environment.globals["ngettext"] = _with_written_number(environment.globals["ngettext"])
    environment.filters.update(translated=translated, number=number, decimal=decimal, moment=moment)
    environment.filters.update(decimal_mark=decimal_mark, capitalised=capitalised)


def language() -> str:
    """Return the code of the language this page is in, as HTML and scripts write it."""
    return _code().replace("_", "-")


def of_browser() -> str:
    """Return the code of the language that the browser asks for, as far as there is one."""
    # Not best_match: to someone who asks for British English, then German, it would speak German.
    wanted = (code for code, quality in request.accept_languages if quality > 0)
    return next(filter(None, map(_closest, wanted)), SOURCE)


def _closest(wanted: str) -> str | None:
    """Return the language that is meant, by its whole code or by its first part."""
    asked = wanted.replace("-", "_").lower()
    whole = (code for code in LANGUAGES if code.lower() == asked)
    part = (code for code in LANGUAGES if code.lower().split("_")[0] == asked.split("_")[0])
    return next(whole, None) or next(part, None)


def own_names() -> dict[str, str]:
    """Return what each language calls itself, by its code."""
    return {code: str(Locale.parse(code).get_display_name(code)).capitalize() for code in LANGUAGES}


def capitalised(text: str) -> str:
    """Begin with a capital and leave the rest as people wrote it: “US bias” is not “Us bias”."""
    return text[:1].title() + text[1:]


def gettext(template: str, **values: Any) -> str:
    """Say something in the language of the page; ``%(names)s`` are replaced by values."""
    found: str = _words().ugettext(template)
    return found % values if values else found


def ngettext(one: str, many: str, count: int, **values: Any) -> str:
    """Say something about a number of things, which is written as ``%(num)s``."""
    template: str = _words().ungettext(one, many, count)
    return template % {"num": number(count), **values}


def translated(text: str) -> str:
    """Say a sentence that was made below the web in the language of the page; other texts stay as they are."""
    if not isinstance(text, Sentence) or _code() == SOURCE:
        return str(text)
    template = _words().ugettext(text.template)
    return template.format(**{name: _shown(value) for name, value in text.values.items()}) if text.values else template


def of_job(message: str | None) -> str:
    """Say what a job's row tells, which is kept in English, with the values in it."""
    return translated(unpacked(message)) if message else ""


def number(value: int) -> str:
    """Write a whole number; in English with thin spaces between the thousands."""
    if _code() == SOURCE:
        return f"{value:,}".replace(",", "\u202f")
    return str(format_decimal(value, locale=_code()))


def decimal(value: float, digits: int = 2) -> str:
    """Write a number with so many digits after the point, or the comma."""
    if _code() == SOURCE:
        return f"{value:.{digits}f}"
    return str(format_decimal(value, format="0." + digits * "0", locale=_code()))


def decimal_mark(written: str) -> str:
    """Return a number that was written with a point with the sign of the page's language."""
    return written if _code() == SOURCE else written.replace(".", str(get_decimal_symbol(_code())))


def moment(value: datetime) -> str:
    """Write a date with its time of day, which is UTC."""
    if _code() == SOURCE:
        return f"{value:%d %b %Y %H:%M} UTC"
    return f"{format_date(value, locale=_code())} {format_time(value, 'short', locale=_code())} UTC"


def script_words() -> str:
    """Return the translations that scripts may need, as JSON; nothing in English."""
    return _script_words(_code())


@lru_cache(maxsize=8)
def _script_words(code: str) -> str:
    catalogue = _catalogue(code, "scripts")
    found: dict[Any, str] = getattr(catalogue, "_catalog", {})
    words: dict[str, Any] = {key: said for key, said in found.items() if isinstance(key, str) and key}
    for one in {key[0] for key in found if isinstance(key, tuple)}:
        words[one] = {category: found[one, index] for category, index in _plural_forms(code, catalogue).items()}
    return json.dumps(words, ensure_ascii=False) if words else ""


def _plural_forms(code: str, catalogue: Any) -> dict[str, int]:
    """Return which form of a catalogue is for which of the categories that browsers know, such as "one"."""
    category_of = Locale.parse(code).plural_form
    return {category_of(count): catalogue.plural(count) for count in range(200, -1, -1)}


def form_words() -> standard.NullTranslations:
    """Return where the messages that WTForms brings are looked up."""
    return _form_words(_code())


@lru_cache(maxsize=16)
def _form_words(code: str) -> standard.NullTranslations:
    return standard.translation("wtforms", messages_path(), [code], fallback=True)


def _words() -> NullTranslations:
    return _catalogue(_code(), "messages")


@lru_cache(maxsize=16)
def _catalogue(code: str, domain: str) -> NullTranslations:
    file = CATALOGUES / code / "LC_MESSAGES" / f"{domain}.po"
    if not file.is_file():
        return NullTranslations()
    # Nobody who reads English pays for these.
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = BytesIO()
    with file.open("rb") as source:
        write_mo(compiled, read_po(source, locale=code, domain=domain))
    compiled.seek(0)
    return Translations(compiled, domain=domain)


class _Shown(int):
    """A whole number in a sentence that is said in another language."""

    def __format__(self, form: str) -> str:
        return number(int(self)) if form == "," else super().__format__(form)


def _shown(value: Any) -> Any:
    if isinstance(value, str):
        return translated(value)
    return _Shown(value) if type(value) is int else value


def _said_once(gettext_of_jinja: Any) -> Any:
    """Let templates look up words without values in them, which are most, once for each language."""
    known: dict[tuple[str, str, bool], Any] = {}

    @pass_context
    def said(context: Context, template: str, **values: Any) -> Any:
        if values:
            return gettext_of_jinja(context, template, **values)
        key = (_code(), template, bool(context.eval_ctx.autoescape))
        if key not in known:
            known[key] = gettext_of_jinja(context, template)
        return known[key]

    return said


def _with_written_number(ngettext_of_jinja: Any) -> Any:
    """Let templates say a number with its thousands apart."""

    @pass_context
    def written(context: Context, one: str, many: str, count: int, **values: Any) -> Any:
        return ngettext_of_jinja(context, one, many, count, **{"num": number(count), **values})

    return written


@contextmanager
def speaking(code: str | None) -> Iterator[None]:
    """Speak another language than the page's for a while; without a code, the browser's."""
    before = _code()
    g.language = code if code in LANGUAGES else of_browser()
    yield
    g.language = before


def _code() -> str:
    """Return the language of the page, found out once; English where there is no page, as in a worker."""
    if not has_request_context():
        return SOURCE
    code: str | None = g.get("language")
    if code is None:
        code = g.language = _chosen()
    return code


def _chosen() -> str:
    visit = g.get("visit")
    wanted = read_preferences(visit.user).language if visit else None
    return str(wanted) if wanted in LANGUAGES else of_browser()
