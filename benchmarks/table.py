"""Print the table of speed and size with this machine's own numbers."""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from learning_rows import classifier_rows, learning_rows, suggest_rows
from page_rows import key_rows, presses_rows, weight_rows
from projects import HERE, Row
from server_rows import claims_rows, durability_rows, export_rows, import_rows, label_rows, size_rows
from team_rows import agreement_rows, rounds_rows


def main() -> None:
    """Measure the rows that are asked for and print them; exit 1 if a mark is missed."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="annotator-benchmark-") as folder:
        place = Path(folder)
        python = options.python or install_wheel(place)
        wanted = options.rows.split(",") if options.rows else list(ROWS)
        print("| what | mark | found | |\n|---|---|---|---|", flush=True)
        missed = 0
        for name in wanted:
            for row in ROWS[name](python, place / name):
                print(f"| {row.what} | {row.mark} | {row.found} | {'met' if row.is_met else 'MISSED'} |", flush=True)
                missed += not row.is_met
    sys.exit(1 if missed else 0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", type=Path, help="Python of an environment that has Annotator; else a new one.")
    parser.add_argument("--rows", help=f"Comma-separated, of {', '.join(ROWS)}; default all.")
    return parser.parse_args()


def install_wheel(place: Path) -> Path:
    """Build the wheel and install it without development dependencies into an empty environment."""
    environment = place / "environment"
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    python = environment / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    top = HERE.parent
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--require-hashes", "-r", top / "requirements.lock"], check=True)
    build = [python, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", place / "wheel", top]
    subprocess.run(build, check=True)
    subprocess.run([*pip, "--no-deps", *(place / "wheel").glob("*.whl")], check=True)
    return python


ROWS: dict[str, Callable[[Path, Path], Iterator[Row]]] = {
    "label": label_rows,
    "claims": claims_rows,
    "import": import_rows,
    "export": export_rows,
    "learning": learning_rows,
    "suggest": suggest_rows,
    "classifier": classifier_rows,
    "agreement": agreement_rows,
    "rounds": rounds_rows,
    "size": size_rows,
    "key": key_rows,
    "weight": weight_rows,
    "presses": presses_rows,
    "durability": durability_rows,
}

if __name__ == "__main__":
    main()
