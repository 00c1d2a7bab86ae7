"""In which language a page speaks: the one a person chose, else the one the browser asks for."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel.support import Translations
from flask import Flask, g, request
from flask_babel import Babel, get_locale, gettext

from annotator.words import Sentence

#: What there is a catalogue for; English is the language of the templates.
LANGUAGES = {"en": "English", "de": "Deutsch"}
CATALOGUES = Path(__file__).parents[1] / "translations"


def init_app(app: Flask) -> None:
    """Teach the application to translate."""
    Babel(app, default_translation_directories=str(CATALOGUES), locale_selector=_chosen)
    app.jinja_env.globals.update(language=language, script_words=script_words, translated=translated)


def language() -> str:
    """Return the code of the language this page is in."""
    return str(get_locale() or "en")


def translated(text: str) -> str:
    """Say a sentence that was made below the web in the language of the page; other texts stay as they are."""
    if not isinstance(text, Sentence):
        return text
    values = {name: translated(value) if isinstance(value, str) else value for name, value in text.values.items()}
    return str(gettext(text.template)).format(**values) if values else str(gettext(text.template))


def script_words() -> str:
    """Return the translations that scripts may need, as JSON; nothing in English."""
    return _script_words(language())


@lru_cache(maxsize=8)
def _script_words(code: str) -> str:
    catalogue = Translations.load(str(CATALOGUES), [code], domain="scripts")
    found: dict[Any, Any] = getattr(catalogue, "_catalog", {})
    words: dict[str, Any] = {}
    for key, value in found.items():
        name, form = key if isinstance(key, tuple) else (key, None)
        if name and form is None:
            words[name] = value
        elif name:
            words.setdefault(name, {})[str(form)] = value
    return json.dumps(words, ensure_ascii=False) if words else ""


def _chosen() -> str:
    visit = g.get("visit")
    wanted = ((visit.user.preferences or {}) if visit else {}).get("language")
    if wanted in LANGUAGES:
        return str(wanted)
    return request.accept_languages.best_match(LANGUAGES, "en")
