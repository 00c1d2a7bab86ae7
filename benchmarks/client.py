"""A signed-in client that makes the labelling page's own calls."""

import gzip
import json
import re
import uuid
from http.client import HTTPConnection, HTTPResponse
from typing import Any
from urllib.parse import quote, urlencode, urlsplit


class Client:
    """Keeps a connection and the session's cookie, as a browser does."""

    def __init__(self, link: str) -> None:
        parts = urlsplit(link)
        self._connection = HTTPConnection(parts.netloc, timeout=60)
        self._cookie = ""
        self.token = ""
        page = self.get(parts.path)
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        assert token is not None
        self.send("POST", parts.path, {"csrf_token": token[1]})
        self._read_token(self.get("/projects"))

    def get(self, path: str) -> str:
        """Fetch a page, following redirects."""
        return self.send("GET", path).decode()

    def send(self, method: str, path: str, form: dict[str, str] | None = None) -> bytes:
        """Send a plain form or fetch a page; follow redirects."""
        body = urlencode(form).encode() if form else None
        response, content = self._request(method, path, body, "application/x-www-form-urlencoded")
        location = response.getheader("Location")
        if location:
            return self.send("GET", urlsplit(location).path)
        if response.status >= 400:
            raise RuntimeError(f"{method} {path}: {response.status}\n{content.decode(errors='replace')[:600]}")
        return content

    def post_json(self, path: str, value: Any) -> Any:
        """Send JSON as the page's script does."""
        response, content = self._request("POST", path, json.dumps(value).encode(), "application/json")
        if response.status >= 400:
            raise RuntimeError(f"POST {path}: {response.status} {content.decode(errors='replace')[:600]}")
        return json.loads(content)

    def _request(self, method: str, path: str, body: bytes | None, kind: str) -> tuple[HTTPResponse, bytes]:
        headers = {"Accept-Encoding": "gzip", "Cookie": self._cookie, "Sec-Fetch-Site": "same-origin"}
        headers["Accept"] = "application/json" if kind == "application/json" else "text/html"
        if body is not None:
            headers |= {"Content-Type": kind, "X-CSRFToken": self.token}
        self._connection.request(method, path, body, headers)
        response = self._connection.getresponse()
        content = response.read()
        if response.headers.get("Content-Encoding") == "gzip":
            content = gzip.decompress(content)
        for cookie in response.headers.get_all("Set-Cookie") or []:
            self._cookie = cookie.partition(";")[0]
        return response, content

    def _read_token(self, page: str) -> None:
        token = re.search(r'name="csrf-token" content="([^"]+)"', page)
        assert token is not None
        self.token = token[1]


class Labeller:
    """Labels one sentence after the other, with the next ones at hand as the page has them."""

    AHEAD = 3

    def __init__(self, client: Client, slug: str) -> None:
        self._client = client
        self._path = f"/projects/{slug}/label"
        page = client.send("POST", f"{self._path}/claim", {"csrf_token": client.token}).decode()
        unit = re.search(r'data-unit="([^"]+)"', page)
        assert unit is not None
        self.unit: str | None = unit[1]
        self._waiting: list[str] = []
        self._exchange()

    def label(self) -> None:
        """Save an answer to the current sentence and go on to the next."""
        assert self.unit is not None
        key = str(uuid.uuid4())
        fields = [["act", "answer"], ["key", key], ["codebook", "1"], ["q1", "economic"], ["active_seconds", "4.2"]]
        act = {"unit": self.unit, "fields": fields}
        self.unit = self._waiting.pop(0) if self._waiting else None
        answer = self._exchange(act)
        result = answer["results"][0]
        assert (result.get("key"), result["status"], result["late"]) == (key, "stored", False), result
        if self.unit is None and self._waiting:
            self.unit = self._waiting.pop(0)

    def label_all(self) -> int:
        """Label until nothing is given out any more; return how many sentences."""
        done = 0
        while self.unit is not None:
            self.label()
            done += 1
        return done

    def _exchange(self, *acts: dict[str, Any]) -> Any:
        wanted = {"document": None, "here": self.unit, "have": self._waiting, "ahead": self.AHEAD}
        answer = self._client.post_json(f"{self._path}/acts", {"acts": acts, **wanted})
        self._waiting = [following["unit"] for following in answer["ahead"]]
        return answer

    def suggestions(self) -> Any:
        """Ask what the classifiers think of the current sentence."""
        assert self.unit is not None
        return json.loads(self._client.get(f"{self._path}/{quote(self.unit)}/suggestions"))
