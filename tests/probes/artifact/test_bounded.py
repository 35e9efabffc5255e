"""What a folder may lead its reader to: the files in it, and in Hugging Face's cache those of its own repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from doctor.core.fact import Known, Reason, Unknown
from doctor.probes.adapter.folder import read_adapter
from doctor.probes.artifact.bounded import read_inside
from doctor.probes.artifact.digests import read_content
from doctor.probes.artifact.values import scan_values
from doctor.probes.model.folder import read_folder
from tests.adapters import lora
from tests.models import llama

REVISION = "0e9e39f249a16976918f6564b8830bc894c89659"


def into_cache(folder: Path, hub: Path, name: str) -> Path:
    """Lay a folder as `huggingface_hub` does: blobs, a snapshot of links to them, and the name of its revision."""
    repository = hub / f"models--{name}"
    snapshot = repository / "snapshots" / REVISION
    for path in sorted(item for item in folder.rglob("*") if item.is_file()):
        link = snapshot / path.relative_to(folder)
        blob = repository / "blobs" / f"{len(list(repository.glob('blobs/*'))):040x}"
        blob.parent.mkdir(parents=True, exist_ok=True)
        link.parent.mkdir(parents=True, exist_ok=True)
        path.rename(blob)
        link.symlink_to(Path(*[".."] * (len(link.relative_to(repository).parts) - 1), "blobs", blob.name))
    (repository / "refs").mkdir()
    (repository / "refs/main").write_text(REVISION)
    return snapshot


def test_a_snapshot_of_the_cache_is_read_like_the_folder_that_was_uploaded(tmp_path: Path):
    plain = read_folder(str(llama().write(tmp_path / "plain")))
    cached = read_folder(str(into_cache(llama().write(tmp_path / "model"), tmp_path / "hub", "meta-llama--tiny")))
    assert cached.config == _at(plain.config, cached.config)
    assert [fact.value for fact in cached.weights] == [fact.value for fact in plain.weights]
    assert {item.link.rpartition("/")[0] for item in cached.files} == {"../../blobs"}


def _at(fact: Known, other: Known) -> Known:
    return Known(value=fact.value, source=other.source)


def test_an_adapter_and_hashes_of_the_cache_are_read(tmp_path: Path):
    plain = lora().write(tmp_path / "plain")
    cached = into_cache(lora().write(tmp_path / "adapter"), tmp_path / "hub", "me--adapter")
    assert read_adapter(str(cached)).weights.value == read_adapter(str(plain)).weights.value
    assert read_content(str(cached), whole=True) == read_content(str(plain), whole=True)


@pytest.mark.parametrize("way", ["a link to the snapshot", "a link to the cache", "a cache on another disk"])
def test_the_way_to_the_cache_may_lead_over_links(tmp_path: Path, way: str):
    snapshot = into_cache(llama().write(tmp_path / "model"), tmp_path / "hub", "x")
    if way == "a link to the snapshot":
        given = tmp_path / "served"
        given.symlink_to(snapshot)
    else:
        real = tmp_path / ("hub" if way == "a link to the cache" else "disk")
        if way == "a cache on another disk":
            (tmp_path / "hub").rename(real)
        (tmp_path / "cache").symlink_to(real)
        given = tmp_path / "cache" / snapshot.relative_to(tmp_path / "hub")
    assert all(isinstance(fact, Known) for fact in read_folder(str(given)).weights)


def test_blobs_of_another_repository_are_not_followed(tmp_path: Path):
    private = into_cache(llama().write(tmp_path / "private"), tmp_path / "hub", "me--private")
    snapshot = into_cache(llama().write(tmp_path / "public"), tmp_path / "hub", "they--public")
    plain = llama().write(tmp_path / "plain")
    for folder in (snapshot, plain):
        for name in ("config.json", "model.safetensors"):
            (folder / name).unlink()
            (folder / name).symlink_to(private / name)
        found = read_folder(str(folder))
        for fact in (found.config, *found.weights, scan_values(str(folder), "model.safetensors")):
            assert isinstance(fact, Unknown)
            assert fact.reason is Reason.NO_PERMISSION
            assert "link out of the folder" in fact.detail
            assert "cp -rL" in fact.detail
        with pytest.raises(PermissionError, match="link out of the folder"):
            read_content(str(folder), whole=False)


def test_blobs_that_lead_on_to_elsewhere_are_not_followed(tmp_path: Path):
    snapshot = into_cache(llama().write(tmp_path / "model"), tmp_path / "hub", "x")
    (tmp_path / "secret").write_text("{}")
    blobs = tmp_path / "hub/models--x/blobs"
    (blobs / "leads-on").symlink_to(tmp_path / "secret")
    (snapshot / "extra.json").symlink_to("../../blobs/leads-on")
    with pytest.raises(PermissionError):
        read_inside(str(snapshot), "extra.json", 10)


def test_links_within_the_folder_are_followed(tmp_path: Path):
    """As Kubernetes mounts a ConfigMap."""
    folder = llama().write(tmp_path / "model")
    (folder / "..2026").mkdir()
    (folder / "config.json").rename(folder / "..2026/config.json")
    (folder / "..data").symlink_to("..2026")
    (folder / "config.json").symlink_to("..data/config.json")
    assert isinstance(read_folder(str(folder)).config, Known)
