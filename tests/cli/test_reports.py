"""Where reports go."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from xml.etree import ElementTree

import click
import pytest

from doctor.cli.reports import FORMATS, Destination, destinations


def places(*forms: str, outputs: tuple[str, ...] = ()) -> set[tuple[str, str]]:
    return {(item.form, str(item.path)) for item in destinations(forms, outputs)}


@pytest.mark.parametrize(
    ("forms", "outputs", "expected"),
    [
        ((), (), {("text", "-")}),
        (("json",), (), {("json", "-")}),
        (("json",), ("a.json",), {("json", "a.json")}),
        ((), ("a.txt",), {("text", "a.txt")}),
        ((), ("a.json",), {("json", "a.json")}),
        ((), ("a.sarif",), {("sarif", "a.sarif")}),
        ((), ("a.html", "junit=b.xml"), {("html", "a.html"), ("junit", "b.xml")}),
        ((), ("a.html", "b.md"), {("html", "a.html"), ("markdown", "b.md")}),
        (("text",), ("a.json",), {("text", "a.json")}),
        ((), ("sarif=a.sarif",), {("sarif", "a.sarif"), ("text", "-")}),
        (("text", "sarif"), ("sarif=a.sarif",), {("sarif", "a.sarif"), ("text", "-")}),
        (("github",), ("junit=a.xml", "sarif=a.sarif"), {("github", "-"), ("junit", "a.xml"), ("sarif", "a.sarif")}),
        ((), ("json=-", "text=a.txt"), {("json", "-"), ("text", "a.txt")}),
        (("json",), ("text=a.txt", "b.json"), {("json", "b.json"), ("text", "a.txt")}),
        ((), ("./name=1.txt",), {("text", "name=1.txt")}),
    ],
)
def test_each_format_goes_where_it_is_said(forms, outputs, expected):
    assert places(*forms, outputs=outputs) == expected


@pytest.mark.parametrize(
    ("forms", "outputs", "said"),
    [
        (("text", "sarif"), (), "--output sarif=FILE"),
        (("text", "sarif"), ("a.sarif",), "sarif=a.sarif"),
        ((), ("a.txt", "b.txt"), "FORMAT=FILE"),
        ((), ("a.html", "b.txt"), "FORMAT=FILE"),
        (("json",), ("a.json", "b.html"), "FORMAT=FILE"),
        ((), ("sarif=a", "junit=a"), "two reports would go to a"),
        ((), ("sarf=a.sarif",), "no format 'sarf'"),
        ((), ("sarif=-", "junit=-"), "two reports would go to -"),
    ],
)
def test_what_is_not_clear_is_refused_with_what_to_write(forms, outputs, said):
    with pytest.raises(click.UsageError, match=said):
        destinations(forms, outputs)


def test_every_format_is_a_module_with_a_renderer():
    for form in FORMATS:
        assert callable(importlib.import_module(f"doctor.formats.{form}").render)
    assert Destination(form="text", path=Path("-")).to_file is False


class TestCheck:
    def test_one_run_writes_several(self, doctor, save, tmp_path):
        files = {form: tmp_path / f"report.{form}" for form in ("sarif", "junit", "gitlab", "markdown", "json")}
        outputs = [word for form, path in files.items() for word in ("-o", f"{form}={path}")]
        done = doctor("check", "--snapshot", save("busy"), *outputs)
        assert "Rules:" in done.stdout
        assert json.loads(files["sarif"].read_text())["version"] == "2.1.0"
        assert ElementTree.parse(files["junit"]).getroot().tag == "testsuites"
        assert json.loads(files["json"].read_text())["exit_code"] == done.returncode
        assert isinstance(json.loads(files["gitlab"].read_text()), list)
        assert files["markdown"].read_text().startswith("### doctor:")

    def test_the_summary_of_a_job_is_appended(self, doctor, save, tmp_path):
        summary = tmp_path / "summary.md"
        summary.write_text("before\n")
        doctor("check", "--snapshot", save("busy"), "--format", "github", GITHUB_STEP_SUMMARY=str(summary))
        assert summary.read_text().startswith("before\n### doctor:")

    def test_a_file_that_cannot_be_written_is_one_error_and_nothing_else_is_lost(self, doctor, save, tmp_path):
        old = tmp_path / "old.json"
        old.write_text("old")
        target = tmp_path / "no" / "such" / "a.sarif"
        done = doctor("check", "--snapshot", save("busy"), "-o", f"sarif={target}", "-o", f"json={old}")
        assert done.returncode == 2
        assert "cannot be written" in done.stderr
        assert done.stdout == ""
        assert old.read_text() == "old"
