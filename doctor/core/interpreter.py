"""The interpreter that is examined, and the platform that it runs on."""

from __future__ import annotations

from dataclasses import field

from doctor.core.frozen import frozen
from doctor.core.snapshot import Key


@frozen
class StartCode:
    """A line of code in a ``.pth`` file that names the search path; every start runs it, and `check` does not.

    `first` are the folders that it puts before all others, `last` those behind; `plain` is false where that
    cannot be read from the line.
    """

    file: str
    code: str
    first: tuple[str, ...] = ()
    last: tuple[str, ...] = ()
    plain: bool = True


@frozen
class Interpreter:
    """A Python interpreter as it describes itself when asked once with ``-I``.

    `search_path` is its ``sys.path`` without the current directory, PYTHONPATH and the user
    site, as it is after `start_code`; `python_path` holds the entries of PYTHONPATH and `user_site`
    the user site that come on top when it is started without ``-I``. `markers` is the environment that requirement
    markers are evaluated in; `tags` the wheel tags it takes, best first. `libc` is what it
    runs on, for example ``glibc 2.36``; ``musl`` comes without a version, and "" is neither. `missing_modules` are
    those of the standard library that a CPython was built without.

    A text or a list of packages states the version at most: `version` is "" where it does not,
    and the paths are "".
    """

    executable: str
    version: str
    implementation: str
    prefix: str
    base_prefix: str
    extension_suffix: str
    search_path: tuple[str, ...]
    site_packages: tuple[str, ...]
    scripts: str
    include: str
    user_site: str
    user_site_enabled: bool
    python_path: tuple[str, ...] = ()
    externally_managed: bool = False
    conda_prefix: str = ""
    free_threaded: bool = False
    libc: str = ""
    markers: dict[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    start_code: tuple[StartCode, ...] = ()
    missing_modules: tuple[str, ...] = ()

    @property
    def located(self) -> bool:
        """Whether it is known where it lies, so that it can be told whom it belongs to."""
        return bool(self.prefix)

    @property
    def virtual(self) -> bool:
        """Whether this is the interpreter of a virtual environment."""
        return self.prefix != self.base_prefix

    @property
    def system_managed(self) -> bool:
        """Whether the operating system's packages own it, so that pip and uv install into it only by force."""
        return self.externally_managed and not self.virtual and not self.conda_prefix

    @property
    def minor(self) -> str:
        """The major and minor version, for example ``3.11``."""
        return ".".join(self.version.split(".")[:2])


def unplaced(version: str = "", implementation: str = "cpython") -> Interpreter:
    """An interpreter of which no path is known: one that a text states, or that nobody states."""
    return Interpreter(
        executable="python",
        version=version,
        implementation=implementation,
        prefix="",
        base_prefix="",
        extension_suffix="",
        search_path=(),
        site_packages=(),
        scripts="",
        include="",
        user_site="",
        user_site_enabled=False,
    )


@frozen
class Platform:
    """The operating system below the interpreter.

    `libc` is ``glibc`` or ``musl`` (empty elsewhere), with `libc_version` where it states one;
    `distribution` is the name in os-release, or ""; `container` names the kind of container
    (``docker``, ``podman``, ``kubernetes``, ...) and is empty on a plain host; `wsl` is 0, 1 or 2.
    """

    system: str
    release: str
    machine: str
    distribution: str
    libc: str
    libc_version: str
    container: str
    wsl: int


INTERPRETER: Key[Interpreter] = Key("interpreter", Interpreter, "the interpreter that is examined")
PLATFORM: Key[Platform] = Key("platform", Platform, "operating system, libc, container, WSL")
