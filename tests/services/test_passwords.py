import pytest
from argon2 import PasswordHasher, extract_parameters

from annotator.errors import InvalidInputError
from annotator.services import passwords

GOOD = "correct horse battery staple"


def test_costs_are_those_that_were_decided():
    found = extract_parameters(passwords.hash_password(GOOD))
    assert (found.type.name, found.memory_cost, found.time_cost, found.parallelism) == ("ID", 19 * 1024, 2, 1)


def test_password_is_known_again_and_another_is_not():
    kept = passwords.hash_password(GOOD)
    assert passwords.is_right(GOOD, kept)
    assert not passwords.is_right(GOOD + ".", kept)
    assert passwords.hash_password(GOOD) != kept


def test_password_typed_on_another_keyboard_is_the_same():
    composed, apart = "Zoë und Chloé, heute", "Zoe\u0308 und Chloe\u0301, heute"
    assert passwords.is_right(apart, passwords.hash_password(composed))


def test_nobodys_hash_costs_as_much_as_anybodys_and_opens_nothing():
    assert not passwords.is_outdated(passwords.OF_NOBODY)
    assert not passwords.is_right("", None)
    assert not passwords.is_right(GOOD, None)


def test_hash_of_other_costs_is_outdated():
    assert passwords.is_outdated(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(GOOD))


def test_what_is_no_hash_matches_nothing():
    assert not passwords.is_right(GOOD, "plain text")


@pytest.mark.parametrize(
    "password",
    [
        "short one",
        "x" * 201,
        "aaaaaaaaaaaa",
        "abababababab",
        "Password 2026!",
        "ada lovelace",
        "ada lovelace1",
        "qwertzuiop",
    ],
)
def test_what_would_be_tried_first_is_refused(password: str):
    with pytest.raises(InvalidInputError):
        passwords.check_password(password, name="Ada Lovelace")


@pytest.mark.parametrize("password", [GOOD, "ada und vier Enten", "密码是一个很长的句子，谁也猜不到", "0x9!fJk2Qw"])  # noqa: RUF001  Chinese
def test_what_nobody_guesses_is_taken_in_any_script(password: str):
    passwords.check_password(password, name="Ada")
