"""What is said when something goes wrong."""

import pytest

from annotator.errors import (
    ConflictError,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    StorageFullError,
)

CASES = [
    (InvalidInputError("Line 1 is odd.", "Line 2 is odd."), 422),
    (NotFoundError("It is gone."), 404),
    (NotAllowedError("It is not yours."), 403),
    (ConflictError("It has changed."), 409),
    (StorageFullError("The disk is full."), 507),
]


@pytest.fixture
def failing(site, monkeypatch):
    """Return a browser on whose projects page an error happens."""
    client = site.visitor("owner")

    def fail_with(error):
        def fail(*_arguments, **_options):
            raise error

        monkeypatch.setattr("annotator.services.overview.overview_of_projects", fail)
        return client

    return fail_with


@pytest.mark.parametrize(("error", "status"), CASES)
def test_people_get_a_page_with_every_sentence(failing, error, status):
    answer = failing(error).get("/projects")
    assert answer.status_code == status
    assert all(sentence in answer.text for sentence in str(error).split("\n"))
    assert "</html>" in answer.text


@pytest.mark.parametrize(("error", "status"), CASES)
def test_programs_get_json(failing, error, status):
    answer = failing(error).get("/projects", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json["problems"]) == (status, str(error).split("\n"))


def test_a_mistake_of_ours_is_logged_and_its_text_kept_from_people(failing, caplog):
    answer = failing(ValueError("secret detail")).get("/projects")
    assert answer.status_code == 500
    assert "secret detail" not in answer.text
    assert "secret detail" in caplog.text


def test_text_of_an_error_is_shown_as_text(failing):
    answer = failing(NotFoundError("<b>bold</b>")).get("/projects")
    assert "<b>bold</b>" not in answer.text


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nix", 404), ("DELETE", "/projects", 405)])
def test_unknown_addresses_and_methods_say_what_to_do(site, owner, method, path, status):
    answer = owner.open(path, method=method, headers={"X-CSRFToken": site.token(owner)})
    assert answer.status_code == status
    assert "Your projects" in answer.text
