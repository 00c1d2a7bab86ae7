"""Programs under measurement: their CPU time and memory, children included."""

import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True, slots=True)
class Usage:
    """What a command has used: CPU in seconds, peak memory in megabytes, of its whole process tree."""

    cpu_seconds: float
    peak_mb: float


class Server:
    """A running ``annotator serve``."""

    def __init__(self, process: subprocess.Popen[str], link: str) -> None:
        self.process = process
        self.link = link
        self.address = link.split("/sign-in/")[0]

    def cpu_seconds(self) -> float:
        """Return the CPU time of the server and of all its children so far, those that have ended too."""
        root = psutil.Process(self.process.pid)
        return sum(_cpu(process) for process in [root, *root.children(recursive=True)])

    def memory_mb(self) -> float:
        """Return the resident memory of the whole tree."""
        root = psutil.Process(self.process.pid)
        return sum(process.memory_info().rss for process in [root, *root.children(recursive=True)]) / 1e6


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system + times.children_user + times.children_system)


@contextmanager
def serving(python: Path, home: Path, *options: str, command: str = "serve") -> Iterator[Server]:
    """Start a server on a free port and stop it again."""
    process = subprocess.Popen(
        [str(python), "-m", "annotator", "--home", str(home), command, "--port", "0", *options],
        stdout=subprocess.PIPE,
        text=True,
        cwd=home,
    )
    try:
        yield Server(process, _link(process, python, home))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def _link(process: subprocess.Popen[str], python: Path, home: Path) -> str:
    assert process.stdout is not None
    address = None
    for line in process.stdout:
        link = re.search(r"http://\S+/sign-in/\S+", line)
        if link:
            return link[0]
        found = re.search(r"http://[\w.:]+", line)
        if found and address is None:
            address = found[0]
            command = [str(python), "-m", "annotator", "--home", str(home), "user", "link", "owner"]
            made = subprocess.run(command, capture_output=True, text=True, check=False, cwd=home)
            secret = re.search(r"/sign-in/(\S+)", made.stdout)
            if secret:
                return f"{address}/sign-in/{secret[1]}"
    raise RuntimeError("the server ended before it printed its address")


def run(python: Path, home: Path, *arguments: str) -> Usage:
    """Run one command to its end and return what it used."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    process = psutil.Popen(
        [str(python), "-m", "annotator", "--home", str(home), *arguments], cwd=home, stdout=subprocess.DEVNULL
    )
    peak = 0.0
    while process.poll() is None:
        try:
            tree = [process, *process.children(recursive=True)]
            peak = max(peak, sum(one.memory_info().rss for one in tree) / 1e6)
        except psutil.Error:
            pass
        time.sleep(0.02)
    if process.returncode != 0:
        sys.exit(f"“annotator {' '.join(arguments)}” failed")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Usage(cpu, peak)
