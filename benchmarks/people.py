"""Add annotators to a project: run by the environment under measurement as ``people.py HOME SLUG COUNT``."""

import json
import sys
from pathlib import Path

from annotator.config import read_settings
from annotator.db import Membership
from annotator.db.upgrading import open_database
from annotator.services import accounts, projects


def add_annotators(home: Path, slug: str, count: int) -> list[str]:
    """Return the secrets of sign-in links of ``count`` new annotators."""
    database = open_database(read_settings({}, home=home))
    with database.transaction() as session:
        project = projects.find_project(session, slug)
        secrets = []
        for number in range(count):
            user = accounts.create_user(session, f"annotator {number}")
            session.add(Membership(project_id=project.id, user_id=user.id, role="annotator"))
            secrets.append(accounts.create_sign_in_link(session, user))
    return secrets


if __name__ == "__main__":
    print(json.dumps(add_annotators(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))))
