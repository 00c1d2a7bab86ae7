#!/usr/bin/env python3
"""Set up a private environment in this folder, then run the application or its tests in it.

    python3 bootstrap.py demo [ARGUMENTS OF annotator demo]
    python3 bootstrap.py test [ARGUMENTS OF pytest]

Needs nothing but Python itself. The syntax is kept old on purpose, so that an interpreter too old for the
application can still read this file, look for a newer one, or say in one sentence what is missing.
"""

import hashlib
import os
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(ROOT, ".venv")
OURS = os.path.join(VENV, "made-by-bootstrap")
OLDEST = (3, 11)
ON_WINDOWS = os.name == "nt"
VENV_PYTHON = os.path.join(VENV, "Scripts", "python.exe") if ON_WINDOWS else os.path.join(VENV, "bin", "python")
COMMANDS = {
    "demo": {"lock": "requirements.lock", "module": "annotator", "arguments": ["demo"]},
    # As many processes as there are processors, up to four: each brings a browser and a database of its own. In the
    # order of the folders: files with few tests, which would else be the last, have the longest ones.
    "test": {
        "lock": "requirements-test.lock",
        "module": "pytest",
        "arguments": ["--numprocesses=logical", "--maxprocesses=4", "--dist=loadfile", "--no-loadscope-reorder"],
    },
}
USAGE = """usage: python3 bootstrap.py demo [ARGUMENTS]    start the application with the sample project
       python3 bootstrap.py test [ARGUMENTS]    run the tests

The first run installs what is needed into the folder .venv beside this file; nothing else on the machine is changed."""


class SetupError(Exception):
    """Setting up cannot go on; the text says why and what to do."""


def main(arguments):
    """Do what the command line asks; return the exit status."""
    if not arguments or arguments[0] not in COMMANDS:
        asked_for_help = arguments[:1] in (["-h"], ["--help"])
        (sys.stdout if asked_for_help else sys.stderr).write(USAGE + "\n")
        return 0 if asked_for_help else 2
    try:
        if sys.version_info[:2] < OLDEST:
            return run([newer_python(), os.path.abspath(__file__)] + arguments)
        return set_up_and_run(arguments[0], arguments[1:])
    except SetupError as reason:
        sys.stderr.write("{0}\n".format(reason))
    except EnvironmentError as error:
        sys.stderr.write("Setting up in {0} failed: {1}.\n".format(ROOT, error))
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped; the next run takes it up again.\n")
        return 130
    return 1


def set_up_and_run(name, arguments):
    """Bring the environment up to date if needed and hand over to the command."""
    command = COMMANDS[name]
    prepare(name, os.path.join(ROOT, command["lock"]))
    if name == "test":
        os.chdir(ROOT)
    # -P: a folder that happens to be called "annotator" where the person stands is not the application.
    return run([VENV_PYTHON, "-P", "-m", command["module"]] + command["arguments"] + arguments)


# Which Python


def newer_python():
    """Find a Python on this machine that is new enough."""
    candidates = ["python3.{0}".format(minor) for minor in (13, 12, 11, 14)] + ["python3", "python"]
    for candidate in candidates:
        if answers([candidate], "import sys; sys.exit(sys.version_info[:2] < (3, 11))"):
            say("Python {0} is too old; using {1} instead.".format(version(), candidate))
            return candidate
    raise SetupError(
        "Annotator needs Python 3.11 or newer; found {0}, and no newer one on the search path. Install one, "
        "then run this command with it, for example: python3.13 bootstrap.py demo".format(version())
    )


def version():
    """Name the version of the running Python."""
    return ".".join(str(number) for number in sys.version_info[:3])


def answers(python, code):
    """Can this interpreter run, and does the code end well in it?"""
    try:
        with open(os.devnull, "w") as nowhere:
            return subprocess.call(python + ["-c", code], stdout=nowhere, stderr=nowhere) == 0
    except EnvironmentError:
        return False


# The environment


def prepare(name, lock):
    """Install what the lock names, unless that was done before and nothing has changed since."""
    wanted = fingerprint(lock)
    if read(stamp(name)) == wanted and answers([VENV_PYTHON], ""):
        return
    if not is_usable():
        make_environment()
    # Only an install that has come to its end leaves a stamp: without any, the environment is made anew.
    for other in COMMANDS:
        if os.path.exists(stamp(other)):
            os.remove(stamp(other))
    install(lock)
    with open(stamp(name), "w") as file:
        file.write(wanted)
    say("Ready.")


def stamp(name):
    """Name the file that tells what was installed for a command."""
    return os.path.join(VENV, "installed-for-" + name)


def fingerprint(lock):
    """Sum up what decides over the content of the environment: the lock, the project's settings and the place."""
    digest = hashlib.sha256(ROOT.encode("utf-8", "surrogateescape"))
    for path in (lock, os.path.join(ROOT, "pyproject.toml")):
        with open(path, "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()


def read(path):
    """Return a small file's text, or nothing if there is no such file."""
    if not os.path.exists(path):
        return None
    with open(path) as file:
        return file.read()


def is_usable():
    """Is there an environment that can be added to: a finished one of ours, or somebody's own?"""
    if not answers([VENV_PYTHON], "import sys; sys.exit(sys.version_info[:2] < (3, 11))"):
        return False
    return not os.path.exists(OURS) or any(os.path.exists(stamp(name)) for name in COMMANDS)


def make_environment():
    """Make .venv, clearing away a half-made one of ours but nothing that we did not make."""
    if os.path.exists(VENV):
        if os.listdir(VENV) and not os.path.exists(OURS):
            raise SetupError("The folder {0} is in the way: move it somewhere else and run this again.".format(VENV))
        shutil.rmtree(VENV)
    say("Making a private environment in {0} with Python {1} ...".format(VENV, version()))
    os.mkdir(VENV)
    with open(OURS, "w") as file:
        file.write("This folder may be deleted; bootstrap.py makes it again.\n")
    # Debian keeps ensurepip in a package of its own; without it the pip of the system can serve the environment.
    without_pip = [] if answers([sys.executable], "import ensurepip; ensurepip.version()") else ["--without-pip"]
    step([sys.executable, "-m", "venv"] + without_pip + [VENV], "Python could not make an environment in " + VENV + ".")


def install(lock):
    """Install the locked packages, each checked against its hash, and then the project itself."""
    pip = pip_command()
    say("Installing the packages named in {0}; the first time takes a minute ...".format(os.path.basename(lock)))
    step(
        pip + ["install", "--quiet", "--require-hashes", "--only-binary", ":all:", "--requirement", lock],
        "The packages could not be installed (pip's own message is above). Check the network; if that is fine, use "
        "Python 3.11, 3.12 or 3.13 in a 64-bit build, for which every package has a ready-made release.",
    )
    step(
        pip + ["install", "--quiet", "--no-deps", "--no-build-isolation", "--editable", ROOT],
        "Annotator itself could not be installed from {0} (pip's own message is above).".format(ROOT),
    )


def pip_command():
    """Choose the pip that installs into the environment: its own, or the one of the Python running this."""
    if answers([VENV_PYTHON], "import pip; pip.__version__"):
        return [VENV_PYTHON, "-m", "pip"]
    # "pip --python" came with version 22.3.
    has_pip = "import pip, sys; sys.exit([int(part) for part in pip.__version__.split('.')[:2]] < [22, 3])"
    if answers([sys.executable], has_pip):
        return [sys.executable, "-m", "pip", "--python", VENV_PYTHON]
    raise SetupError(
        "This Python comes without pip and without the means to install it. Install them with the system's package "
        "manager (on Debian and Ubuntu: apt install python3-venv), then run this command again."
    )


def step(command, complaint):
    """Run one step of the installation; a failure stops with the complaint."""
    environment = dict(os.environ, PIP_USER="0", PIP_NO_INPUT="1", PIP_DISABLE_PIP_VERSION_CHECK="1")
    # Settings of the person's shell that would send the packages elsewhere.
    for name in ("PIP_TARGET", "PIP_PREFIX", "PIP_NO_BINARY", "PYTHONHOME"):
        environment.pop(name, None)
    if subprocess.call(command, env=environment) != 0:
        raise SetupError(complaint)


def say(sentence):
    """Tell how far it is; not on standard output, which belongs to the command."""
    sys.stderr.write(sentence + "\n")
    sys.stderr.flush()


def run(command):
    """Become the command where that is possible, else wait for it; its exit status is ours."""
    if not ON_WINDOWS:
        os.execvp(command[0], command)
    child = subprocess.Popen(command)
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            # The child has received it too and ends in its own time.
            continue


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
