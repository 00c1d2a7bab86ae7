"""Static files under addresses that change with their content, so that browsers keep them for good."""

import gzip
import hashlib
import mimetypes
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, current_app, request

from annotator.web.security import public_route

FOLDER = Path(__file__).parent / "static"
FOR_GOOD = "public, max-age=31536000, immutable"
SMALLEST_GZIPPED = 500
TEXT_TYPES = frozenset({"text/css", "text/javascript", "image/svg+xml", "text/plain", "application/json"})
#: Not asked of the machine, whose registry may say something else.
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".json": "application/json"}

blueprint = Blueprint("assets", __name__)


@dataclass(frozen=True, slots=True)
class Asset:
    """One file, ready to be sent."""

    content: bytes
    gzipped: bytes | None
    mimetype: str


class Assets:
    """The files of one folder; the whole tree has one hash, so that modules may import each other relatively."""

    def __init__(self, folder: Path) -> None:
        self._files = {file.relative_to(folder).as_posix(): file for file in folder.rglob("*") if file.is_file()}
        self.hash = _hash(self._files)
        # Compressed once, when first asked for.
        self.find = cache(self._load)

    def url(self, path: str) -> str:
        """Return the address of a file.

        Raises
        ------
        ValueError
            If there is no such file.
        """
        if path not in self._files:
            raise ValueError(f"there is no static file {path}")
        return f"/static/{self.hash}/{path}"

    def _load(self, path: str) -> Asset | None:
        file = self._files.get(path)
        if file is None:
            return None
        content = file.read_bytes() if "vendor" in path.split("/") else _lean(file)
        mimetype = TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        is_small = len(content) < SMALLEST_GZIPPED or mimetype not in TEXT_TYPES
        return Asset(content, None if is_small else gzip.compress(content, mtime=0), mimetype)


def _lean(file: Path) -> bytes:
    """Return a file of ours without the lines of comments and the indentation, which are a fifth of what is sent."""
    content = file.read_bytes()
    if file.suffix not in (".js", ".css"):
        return content
    content = _COMMENT.sub(b"", content)
    return _INDENT.sub(b"", _LINE.sub(b"", content) if file.suffix == ".js" else content)


#: Comments that have their lines to themselves; what stands beside code stays.
_COMMENT = re.compile(rb"^[ \t]*/\*.*?\*/[ \t]*\n", re.DOTALL | re.MULTILINE)
_LINE = re.compile(rb"^[ \t]*//.*\n", re.MULTILINE)
_INDENT = re.compile(rb"^[ \t]+", re.MULTILINE)


def _hash(files: dict[str, Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(path.encode() + b"\0" + hashlib.sha256(files[path].read_bytes()).digest())
    return digest.hexdigest()[:16]


def init_app(app: Flask) -> None:
    """Serve the files and tell templates their addresses."""
    assets = Assets(FOLDER)
    app.extensions["annotator.assets"] = assets
    app.jinja_env.globals["asset_url"] = assets.url
    app.register_blueprint(blueprint)


@public_route(blueprint, "/static/<tree>/<path:path>")
def static_file(tree: str, path: str) -> Response:
    """Send a file; one asked for under an older hash is the present one, and is not to be kept."""
    assets: Assets = current_app.extensions["annotator.assets"]
    asset = assets.find(path)
    if asset is None:
        abort(404)
    is_gzipped = asset.gzipped is not None and request.accept_encodings["gzip"] > 0
    response = Response(asset.gzipped if is_gzipped else asset.content, mimetype=asset.mimetype)
    if is_gzipped:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = FOR_GOOD if tree == assets.hash else "no-cache"
    return response
