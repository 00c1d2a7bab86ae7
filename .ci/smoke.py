"""Start an installed Annotator in an empty folder, sign in with the printed link, fetch a page and its style, stop.

Run by the Python of the environment to be tried: ``python smoke.py [PORT]``. Standard library only.
"""

import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from http.client import HTTPResponse
from pathlib import Path

START_SECONDS = 90
STOP_SECONDS = 20


def main(port: str) -> None:
    """Go through a newcomer's first minute; raise where it does not work."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        program = str(Path(sys.executable).with_name("annotator"))
        command = [program, "demo", "--port", port]
        server = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            visit(wait_for_link(server, port))
        finally:
            server.send_signal(signal.SIGTERM)
            status = server.wait(STOP_SECONDS)
        print(f"The installed application starts, signs in and stops (exit status {status}).")


def wait_for_link(server: subprocess.Popen[str], port: str) -> str:
    """Read what the server prints until the one-time link comes, and keep reading so that it never blocks."""
    lines: list[str] = []

    def listen() -> None:
        for line in server.stdout or ():
            lines.append(line)
            print("  |", line, end="")

    threading.Thread(target=listen, daemon=True).start()
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        link = re.search(rf"http://127\.0\.0\.1:{port}/sign-in/\S+", "".join(lines))
        if link:
            return link.group()
        time.sleep(0.1)
    raise SystemExit(f"The server printed no sign-in link (exit status {server.poll()}).")


def visit(link: str) -> None:
    """Open the link, in German too, press its button, and see the first page with its style sheet."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    check('lang="de"' in fetch(browser, link, language="de"), "the catalogues are missing")
    page = fetch(browser, link)
    fields = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page))
    home = fetch(browser, link, urllib.parse.urlencode(fields).encode())
    for address in set(re.findall(r'<(?:link|script)[^>]*(?:href|src)="([^"]+)"', home)):
        with browser.open(urllib.parse.urljoin(link, address)) as answer:
            check(answer.status == 200 and answer.read(), f"{address} is missing")


def fetch(
    browser: urllib.request.OpenerDirector, address: str, form: bytes | None = None, *, language: str = "en"
) -> str:
    """Fetch a page and check that it is one of ours, under our policy."""
    # A browser says where a form comes from; the server asks for it.
    origin = "/".join(address.split("/")[:3])
    sender = {"Origin": origin, "Referer": address} if form is not None else {}
    request = urllib.request.Request(address, form, {"Accept-Language": language, **sender})
    answer: HTTPResponse
    with browser.open(request, timeout=30) as answer:
        text = answer.read().decode()
        policy = answer.headers.get("Content-Security-Policy", "")
    check(answer.status == 200, f"{address} answers {answer.status}")
    check("default-src 'none'" in policy and "unsafe" not in policy, f"the policy of {address} is “{policy}”")
    check("<h1" in text, f"{address} shows no page")
    return text


def check(holds: object, complaint: str) -> None:
    """Stop with the complaint unless the condition holds."""
    if not holds:
        raise SystemExit(complaint)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "8765")
