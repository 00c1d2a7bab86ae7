"""Who may do what: asked by a decorator on every route and by every template that shows a button."""

from dataclasses import dataclass

#: The roles in which somebody labels.
LABELLING = frozenset({"owner", "adjudicator", "annotator"})


@dataclass(frozen=True, slots=True)
class Policy:
    """What one person may do in one project; ``role`` is None for an outsider."""

    user_id: int
    role: str | None

    @property
    def can_view(self) -> bool:
        """Read documents and the labels that are visible to them."""
        return self.role is not None

    @property
    def can_label(self) -> bool:
        """Give labels."""
        return self.role in LABELLING

    @property
    def can_adjudicate(self) -> bool:
        """Settle what annotators differ about."""
        return self.role in {"owner", "adjudicator"}

    @property
    def can_import(self) -> bool:
        """Bring documents in, correct them, add targets for everyone."""
        return self.role == "owner"

    @property
    def can_train(self) -> bool:
        """Train classifiers and choose the active one."""
        return self.role == "owner"

    @property
    def can_review(self) -> bool:
        """See how far annotators agree and what is disputed, as far as their labels are visible."""
        return self.role in {"owner", "adjudicator"}

    @property
    def can_export(self) -> bool:
        """Take the data set out."""
        return self.role in {"owner", "adjudicator"}

    @property
    def can_configure(self) -> bool:
        """Change the settings of the project."""
        return self.role == "owner"

    @property
    def can_manage(self) -> bool:
        """Invite people, change their roles, know who is behind a code."""
        return self.role == "owner"
