"""Forms of a document: what is known of it, and who speaks."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import StringField

FIELDS = ("title", "outlet", "author", "date", "url")


class MetadataForm(FlaskForm):  # type: ignore[misc]  # WTForms has no types
    """What is known of a document."""

    title = StringField(_("Title"))
    outlet = StringField(_("Outlet"))
    author = StringField(_("Author"))
    date = StringField(_("Date"))
    url = StringField(_("Address"))

    def changes(self) -> dict[str, str | None]:
        """Return the fields that were sent."""
        return {name: self[name].data or None for name in FIELDS if self[name].raw_data}


class SpeakerForm(FlaskForm):  # type: ignore[misc]  # WTForms has no types
    """A speaker's name, old and new."""

    name = StringField(_("Speaker"))
    new_name = StringField(_("New name"))
