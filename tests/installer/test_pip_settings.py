"""What pip is configured with reaches uv, and no password reaches a report."""

from __future__ import annotations

import os
import shutil
import sys

import pytest

from doctor.installer.pip_settings import hide_passwords, parse_settings, pip_settings, uv_environ, uv_options

CONFIGURATION = """
[global]
index-url = https://user:word@mirror.example/simple
extra-index-url =
    file:///one/simple
    file:///two/simple
find-links = /wheels
cert = /certs/ca.pem
[install]
find-links = /other
[list]
format = columns
"""


def clean():
    return {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}


@pytest.mark.skipif(shutil.which("pip") is None, reason="there is no pip to ask")
def test_a_real_pip_is_asked_and_later_sections_win(tmp_path):
    file = tmp_path / "pip.conf"
    file.write_text(CONFIGURATION)
    environ = clean() | {"PIP_CONFIG_FILE": str(file), "PIP_CERT": "/from/variable.pem"}
    found = pip_settings(environ)
    assert found["index-url"] == "https://user:word@mirror.example/simple"
    assert found["extra-index-url"].split()[-2:] == ["file:///one/simple", "file:///two/simple"]
    assert found["find-links"] == "/other"
    assert found["cert"] == "/from/variable.pem"


def test_without_pip_its_variables_are_read():
    environ = {"PATH": "/nonexistent", "PIP_FIND_LINKS": "/wheels", "PIP_NO_INDEX": "1"}
    assert pip_settings(environ, "/nonexistent/python") == {"find-links": "/wheels", "no-index": "1"}


def test_lines_that_are_no_settings_are_passed_over():
    listing = "WARNING: old\nglobal.cert='/a'\n:env:.cert='/b'\nlist.format='columns'\nglobal.trusted-host='a\\nb'\n"
    assert parse_settings(listing) == {"cert": "/b", "trusted-host": "a\nb"}


def test_uv_is_given_everything_through_variables():
    settings = {
        "index-url": "https://a.example/simple",
        "extra-index-url": "\nfile:///one\nfile:///two",
        "find-links": "/wheels /more",
        "no-index": "1",
        "trusted-host": "a.example",
        "cert": "/ca.pem",
        "proxy": "http://proxy:3128",
    }
    found = uv_environ(settings, {"HOME": "/h"}, ("https://torch.example",))
    assert found == {
        "HOME": "/h",
        "UV_DEFAULT_INDEX": "https://a.example/simple",
        "UV_EXTRA_INDEX_URL": "file:///one file:///two https://torch.example",
        "UV_FIND_LINKS": "/wheels,/more",
        "UV_INSECURE_HOST": "a.example",
        "SSL_CERT_FILE": "/ca.pem",
        "ALL_PROXY": "http://proxy:3128",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
    }


@pytest.mark.parametrize(("value", "options"), [("1", ("--no-index",)), ("True", ("--no-index",)), ("0", ()), ("", ())])
def test_what_uv_has_no_variable_for_is_an_option(value, options):
    assert uv_options({"no-index": value}) == options


def test_what_the_user_told_uv_itself_stands():
    found = uv_environ({"index-url": "https://a"}, {"UV_DEFAULT_INDEX": "https://b"})
    assert found == {"UV_DEFAULT_INDEX": "https://b"}


def test_nothing_configured_changes_nothing():
    assert uv_environ({}, {"A": "b"}) == {"A": "b"}


def test_passwords_are_hidden():
    said = hide_passwords("looked at https://user:word@mirror.example/simple and http://token@x/y and a@b")
    assert said == "looked at https://***@mirror.example/simple and http://***@x/y and a@b"


def test_the_default_is_the_pip_beside_doctor():
    assert pip_settings.__defaults__ == (sys.executable,)
