"""The forms of an upload: files to send, and what was put right on the preview."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import MultipleFileField
from werkzeug.datastructures import MultiDict

from annotator.services.uploads import EDITABLE, Edits


class UploadForm(FlaskForm):  # type: ignore[misc]  # WTForms has no types
    """Files to import."""

    files = MultipleFileField(_("Files"))


def read_edits(form: MultiDict[str, str], number: int) -> Edits:
    """Return what the preview form says of file ``number``.

    Its fields begin with ``f<number>-``; ``old`` and ``new`` are parallel lists of speakers' names, and a
    ``merge`` "2:0" makes the third speaker the first.
    """
    prefix = f"f{number}-"
    metadata = {key: form[prefix + key] for key in EDITABLE if prefix + key in form}
    old, new = form.getlist(prefix + "old"), form.getlist(prefix + "new")
    final = dict(zip(old, new, strict=False))
    for pair in form.getlist(prefix + "merge"):
        merged, _, into = pair.partition(":")
        if _is_index(merged, old) and _is_index(into, old):
            final[old[int(merged)]] = final[old[int(into)]]
    changed = {name: final_name for name, final_name in final.items() if " ".join(final_name.split()) != name}
    return Edits(metadata or None, changed)


def _is_index(text: str, names: list[str]) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 6 and int(text) < len(names)
