"""Settings, read once from ``ANNOTATOR_*`` at the entry points and passed on as one frozen value."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from annotator.errors import InvalidInputError

DATABASE_FILE = "annotator.sqlite"


@dataclass(frozen=True, slots=True)
class Settings:
    """Where things are kept and how the server answers.

    ``home`` holds the database, ``models/``, ``exports/`` and the secret key.
    """

    home: Path
    database_url: str
    behind_tls: bool = False
    max_upload_bytes: int = 64 * 1024 * 1024
    #: Folder of a sentence embedding that classifiers may use; it may not be there, which only they have to know.
    embedding: Path | None = None

    @property
    def is_sqlite(self) -> bool:
        """Whether the embedded database is in use."""
        return self.database_url.startswith("sqlite")

    @property
    def models(self) -> Path:
        """Folder of the trained classifiers."""
        return self.home / "models"

    @property
    def exports(self) -> Path:
        """Folder of the finished data sets."""
        return self.home / "exports"

    @property
    def queue(self) -> Path:
        """File in which waiting jobs are kept."""
        return self.home / "queue.sqlite"

    @property
    def key_file(self) -> Path:
        """File with the secret that signs cookies."""
        return self.home / "annotator.key"

    @property
    def address_file(self) -> Path:
        """File that says where the server runs, while it does."""
        return self.home / "server.address"


def read_settings(environ: Mapping[str, str], *, home: Path | None = None) -> Settings:
    """Read the settings from the environment; ``home`` given on the command line wins.

    Raises
    ------
    InvalidInputError
        If a variable holds something that cannot be used.
    """
    place = (home or Path(environ.get("ANNOTATOR_HOME") or Path.cwd())).expanduser().resolve()
    return Settings(
        home=place,
        database_url=_database_url(environ.get("ANNOTATOR_DATABASE_URL", ""), place),
        behind_tls=_flag(environ, "ANNOTATOR_BEHIND_TLS"),
        embedding=embedding_folder(environ),
    )


def embedding_folder(environ: Mapping[str, str]) -> Path | None:
    """Read which folder ``ANNOTATOR_EMBEDDING`` names on this machine."""
    name = environ.get("ANNOTATOR_EMBEDDING", "").strip()
    return Path(name).expanduser().resolve() if name else None


def _database_url(url: str, home: Path) -> str:
    if not url:
        return f"sqlite:///{home / DATABASE_FILE}"
    scheme, _, rest = url.partition("://")
    if scheme in {"postgresql", "postgres", "postgresql+pg8000"}:
        _check_server(rest)
        return f"postgresql+pg8000://{rest}"
    if scheme == "sqlite" and rest.startswith("/") and rest.strip("/") not in {"", ":memory:"}:
        return url
    raise InvalidInputError(
        f"ANNOTATOR_DATABASE_URL starts with “{scheme}://”, which is not supported; "
        "use sqlite:////path/to/file or postgresql://user@host/name, or leave it out for a file in the home folder."
    )


def _check_server(rest: str) -> None:
    # Without the address itself: it may hold a password.
    try:
        parts = urlsplit(f"postgresql://{rest}")
        is_complete = parts.port != 0 and bool(parts.username and parts.hostname and parts.path.strip("/"))
    except ValueError:
        is_complete = False
    if not is_complete:
        raise InvalidInputError(
            "ANNOTATOR_DATABASE_URL is incomplete; it has the form postgresql://user:password@host:5432/name."
        )


def _flag(environ: Mapping[str, str], name: str) -> bool:
    value = environ.get(name, "0").lower()
    if value in {"1", "true", "yes"}:
        return True
    if value in {"", "0", "false", "no"}:
        return False
    raise InvalidInputError(f"{name} is “{value}”; it must be 1 or 0.")
