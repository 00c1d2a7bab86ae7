"""The form of a person's preferences."""

from dataclasses import replace

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField
from wtforms.fields.choices import SelectChoice

from annotator.services.preferences import Preferences
from annotator.web.language import gettext, own_names

#: Stands for the language that the browser asks for.
OF_BROWSER = ""


class PreferencesForm(FlaskForm):  # type: ignore[misc]  # WTForms has no types
    """The language, and whether labelling goes on by itself."""

    language = RadioField(_("Language"))
    advance = BooleanField(_("Go on by itself when every required question is answered"))

    def __init__(self, chosen: Preferences | None = None) -> None:
        given = {} if chosen is None else {"language": chosen.language or OF_BROWSER, "advance": chosen.advance}
        super().__init__(**given)
        names = own_names()
        of_browser = SelectChoice(OF_BROWSER, gettext("The one my browser asks for"))
        self.language.choices = [of_browser, *(SelectChoice(code, name) for code, name in names.items())]
        if chosen is not None and self.language.data not in names:
            self.language.data = OF_BROWSER

    def changed(self, before: Preferences) -> Preferences:
        """Return the preferences with what was chosen here."""
        return replace(before, language=self.language.data or None, advance=self.advance.data)
