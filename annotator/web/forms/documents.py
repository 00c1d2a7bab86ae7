"""Forms of a document: what is known of it, and who speaks."""

from flask_wtf import FlaskForm
from wtforms import StringField

FIELDS = ("title", "outlet", "author", "date", "url")


class MetadataForm(FlaskForm):  # type: ignore[misc]  # WTForms has no types
    """What is known of a document."""

    title = StringField("Title")
    outlet = StringField("Outlet")
    author = StringField("Author")
    date = StringField("Date")
    url = StringField("Address")

    def changes(self) -> dict[str, str | None]:
        """Return the fields that were sent."""
        return {name: self[name].data or None for name in FIELDS if self[name].raw_data}


class SpeakerForm(FlaskForm):  # type: ignore[misc]  # WTForms has no types
    """A speaker's name, old and new."""

    name = StringField("Speaker")
    new_name = StringField("New name")
