"""Let annotators into a project: ``seed_team.py HOME SLUG COUNT`` prints, for each, the path that signs them in."""

import sys
from pathlib import Path

from annotator.config import read_settings
from annotator.db import Membership
from annotator.db.upgrading import open_database
from annotator.services import accounts, projects


def seed_team(home: Path, slug: str, count: int) -> list[str]:
    """Make accounts, each a member of the project; return the paths of their sign-in links."""
    database = open_database(read_settings({}, home=home))
    paths = []
    with database.transaction() as session:
        project = projects.find_project(session, slug)
        for number in range(count):
            user = accounts.create_user(session, f"annotator {number + 1}")
            session.add(Membership(project_id=project.id, user_id=user.id, role="annotator"))
            session.flush()
            paths.append(f"/sign-in/{accounts.create_sign_in_link(session, user)}")
    database.dispose()
    return paths


if __name__ == "__main__":
    print("\n".join(seed_team(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))))
