"""Comparing claimed files with the disk: by size, and on request by hash."""

from __future__ import annotations

import base64
import errno
import os
import stat
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path

from doctor.core.packages.distribution import DamagedFile
from doctor.probes.packages.claims import Claim, Claims, Files, Share
from doctor.probes.packages.folders import printable

# A link that leads nowhere, or to itself, is as good as no file. (A disk or a server that fails is not.)
_NO_FILE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)

Undisputed = list[tuple[Share, Files]]
"""Shares of a folder with those of their files that are compared."""

_MOST = 20
"""Damaged files of one distribution that are listed one by one."""


def find_damage(claims: Claims, scripts: str, *, deep: bool = False) -> list[DamagedFile]:
    """Hold every claimed file against the disk; with `deep` by content as well as by size.

    The commands in the folder `scripts` are left out, because installers rewrite them, and so
    are files on which their owners disagree: that is a conflict, not damage.
    """
    found: list[DamagedFile] = []
    to_hash: list[tuple[str, Claim]] = []
    for folder in sorted(claims.folders):
        if folder == scripts or (not deep and _is_as_claimed(folder, claims.folders[folder])):
            continue
        undisputed = _undisputed(claims, folder)
        damaged = _damage_in(folder, undisputed)
        if damaged is None:
            found += _missing_folder(folder, undisputed, claims.sites)
            continue
        found += damaged
        if deep:
            paths = {damage.path for damage in damaged}
            to_hash += [item for item in _hashed(folder, undisputed) if printable(item[0]) not in paths]
    return [*found, *_compare_hashes(to_hash)]


def _is_as_claimed(folder: str, shares: Iterable[Share]) -> bool:
    """Whether every file of a folder is there, can be read, and has the size of every claim on it.

    So is nearly every folder; what is wrong with another one is found out file by file. The inner loop runs for every
    file of an environment. Names relative to the open folder spare the kernel the walk along the path, once a file.
    """
    look = os.stat
    try:
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return False
    try:
        for share in shares:
            fields = share.lines.split("\n")
            for name, size in zip(fields[::3], fields[2::3], strict=True):
                seen = look(name, dir_fd=opened)
                if size and seen.st_size != int(size):
                    return False
                if not seen.st_mode & stat.S_IROTH and not os.access(name, os.R_OK, dir_fd=opened):
                    return False
    except OSError:
        return False
    finally:
        os.close(opened)
    return True


def _hashed(folder: str, undisputed: Undisputed) -> Iterator[tuple[str, Claim]]:
    for share, files in undisputed:
        for name, digest, size in zip(*files, strict=True):
            if digest:
                yield f"{folder}/{name}", share.claim(digest, size)


def _compare_hashes(claims: list[tuple[str, Claim]]) -> list[DamagedFile]:
    if not claims:
        return []
    # Late: only `deep` needs it. hashlib lets other threads run: as many files at once as there are cores.
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return [damage for damage in pool.map(lambda item: compare_hash(*item), claims) if damage]


def _agree(owners: list[Claim]) -> bool:
    return len({(claim.digest, claim.size) for claim in owners}) == 1


def _undisputed(claims: Claims, folder: str) -> Undisputed:
    """The files of a folder, each once, without those on which their owners disagree."""
    found = [(share, share.files()) for share in claims.folders[folder]]
    names = [name for _, files in found for name in files.names]
    if len(set(names)) == len(names):
        return found
    done = {name for name, owners in claims.repeated(folder).items() if not _agree(owners)}
    once: Undisputed = []
    for share, files in found:
        left = {name: stated for name, *stated in zip(*files, strict=True) if name not in done}
        digests, sizes = [digest for digest, _ in left.values()], [size for _, size in left.values()]
        once.append((share, Files([*left], digests, sizes)))
        done |= left.keys()
    return once


def _damage_in(folder: str, undisputed: Undisputed) -> list[DamagedFile] | None:
    """Compare the sizes of files of a folder, or say what kept from looking; None without folder."""
    try:
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        unseen = [(share, [(*file, error) for file in zip(*files, strict=True)]) for share, files in undisputed]
        return [damage for share, files in unseen for damage in _compare(folder, share, files)]
    try:
        return [damage for share, files in undisputed for damage in _compare(folder, share, _unlike(opened, files))]
    finally:
        os.close(opened)


def _unlike(opened: int, files: Files) -> Iterator[tuple[str, str, str, int | OSError]]:
    """Yield the files whose size is not the claimed one, with what is there."""
    look = os.stat
    for name, digest, size in zip(*files, strict=True):
        try:
            seen = look(name, dir_fd=opened)
        except OSError as error:  # noqa: PERF203 - each file has its own answer
            yield name, digest, size, error
        else:
            if size and seen.st_size != int(size):
                yield name, digest, size, seen.st_size
            elif not seen.st_mode & stat.S_IROTH and not os.access(name, os.R_OK, dir_fd=opened):
                yield name, digest, size, PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def _compare(folder: str, share: Share, files: Iterable[tuple[str, str, str, int | OSError]]) -> Iterator[DamagedFile]:
    for name, digest, size, seen in files:
        damage = compare(f"{folder}/{name}", seen, share.claim(digest, size))
        if damage is not None:
            yield damage


def compare(path: str, size: int | OSError | None, claim: Claim) -> DamagedFile | None:
    """Compare a file's size, None for a file that is not there, with a claim on it."""
    damage, found = "", ""
    if size is None or (isinstance(size, OSError) and size.errno in _NO_FILE):
        damage = "missing"
    elif isinstance(size, OSError):
        damage = "permission" if isinstance(size, PermissionError) else "unreadable"
        found = str(size.strerror)
    elif claim.size is not None and size != claim.size:
        damage, found = "truncated" if _is_cut(path, size) else "size", str(size)
    if not damage:
        return None
    expected = "" if claim.size is None else str(claim.size)
    return DamagedFile(distribution=claim.owner, path=printable(path), damage=damage, expected=expected, found=found)


def _is_cut(path: str, size: int) -> bool:
    """Whether a shared library is shorter than its own tables say.

    A library that was stripped or patched after installation differs in size too, but works.
    Offsets are those of the ELF header (https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html).
    """
    if not (path.endswith(".so") or ".so." in path) or not Path(path).is_file():
        return False
    try:
        with Path(path).open("rb") as file:
            head = file.read(64)
    except OSError:
        return False
    if len(head) < 64 or head[:4] != b"\x7fELF":
        return True
    order = "<" if head[5] == 1 else ">"
    if head[4] != 2:
        return False
    program_at, sections_at = struct.unpack_from(f"{order}QQ", head, 32)
    program_size, programs, section_size, sections = struct.unpack_from(f"{order}HHHH", head, 54)
    if max(program_at + program_size * programs, sections_at + section_size * sections) > size:
        return True
    return _longest_segment(path, order, program_at, program_size, programs) > size


def _longest_segment(path: str, order: str, start: int, size: int, count: int) -> int:
    if size < 40:
        return 0
    with Path(path).open("rb") as file:
        file.seek(start)
        table = file.read(size * count)
    ends = [
        sum(struct.unpack_from(f"{order}Q", table, at + offset)[0] for offset in (8, 32))
        for at in range(0, len(table) - size + 1, size)
    ]
    return max(ends, default=0)


def compare_hash(path: str, claim: Claim) -> DamagedFile | None:
    """Compare a file's content with the hash of a claim on it."""
    import hashlib  # late: only `deep` needs it

    name, _, expected = claim.digest.partition("=")
    try:
        if not Path(path).is_file():
            raise ValueError("it is not a regular file")
        digest = hashlib.new(name)
        with Path(path).open("rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
    except (OSError, ValueError) as error:
        return DamagedFile(
            distribution=claim.owner, path=printable(path), damage="unreadable", found=printable(str(error))
        )
    found = base64.urlsafe_b64encode(digest.digest()).rstrip(b"=").decode("ascii")
    # conda states hexadecimal digits, RECORD the URL-safe base64 without padding.
    if expected.rstrip("=") in (found, digest.hexdigest()):
        return None
    return DamagedFile(
        distribution=claim.owner, path=printable(path), damage="hash", expected=printable(expected), found=found
    )


def _missing_folder(folder: str, undisputed: Undisputed, sites: set[str]) -> Iterator[DamagedFile]:
    """One entry for each owner of files in a folder that is not there: the outermost such folder."""
    outermost = Path(folder)
    while str(outermost.parent) not in sites and outermost.parent != outermost and not outermost.parent.is_dir():
        outermost = outermost.parent
    counts: dict[str, int] = {}
    for share, files in undisputed:
        counts[share.owner] = counts.get(share.owner, 0) + len(files.names)
    for owner, count in counts.items():
        yield DamagedFile(distribution=owner, path=printable(f"{outermost}/"), damage="missing", count=count)


# What breaks an import comes first.
_ORDER = (".py", ".so")


def condense(damaged: Iterable[DamagedFile]) -> list[DamagedFile]:
    """Add up the entries of a missing folder, and those beyond the first twenty of a distribution."""
    counts: dict[tuple[str, str, str, str, str], int] = {}
    for item in damaged:
        key = (item.distribution, item.path, item.damage, item.expected, item.found)
        counts[key] = counts.get(key, 0) + item.count
    listed: dict[str, int] = {}
    further: dict[tuple[str, str], DamagedFile] = {}
    result: list[DamagedFile] = []
    for key, count in sorted(counts.items(), key=_rank):
        owner, path, damage, expected, found = key
        item = DamagedFile(distribution=owner, path=path, damage=damage, expected=expected, found=found, count=count)
        listed[owner] = listed.get(owner, 0) + 1
        if listed[owner] <= _MOST:
            result.append(item)
            continue
        before = further.get((owner, damage))
        total = count + (before.count if before else 0)
        path = before.path if before else path
        further[owner, damage] = DamagedFile(distribution=owner, path=path, damage=damage, count=total)
    return [*result, *further.values()]


def _rank(entry: tuple[tuple[str, str, str, str, str], int]) -> tuple[str, bool, str]:
    (owner, path, *_), _ = entry
    return owner, not (path.endswith(_ORDER) or ".so." in path or path.endswith("/")), path
