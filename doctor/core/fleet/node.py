"""The node of a fleet: what must be the same on every node, and what must be its own.

Of Ray and of Python there is no key here: `DISTRIBUTIONS` holds ray, and `INTERPRETER` the version
of Python to the patch level, which Ray compares. The limit of locked memory is in `LIMITS`.
"""

from __future__ import annotations

from doctor.core.fact import Fact
from doctor.core.frozen import frozen
from doctor.core.snapshot import Key


@frozen
class Host:
    """The machine, or the container, by name.

    `name` is what ``gethostname`` says, and `resolves_to` the addresses that the resolver gives for it: Gloo
    binds to one of them unless GLOO_SOCKET_IFNAME is set. It is Absent where the name does not resolve.
    `route_address` is the address from which packets leave for the outside, which vLLM takes for the
    node's own unless VLLM_HOST_IP is set (``vllm.utils.network_utils.get_ip``); Absent without a route.
    `boot_id` is drawn by the kernel at each start: two reports with the same one are of one kernel, so
    of containers side by side, or of one node twice. `container_id` is the identifier of the container
    as the control groups or mounts name it; Absent where nothing names one. `image` is the container's image
    where the environment names it (DOCTOR_CONTAINER_IMAGE, which a launcher may set, or Apptainer's variable).
    """

    name: str
    resolves_to: Fact[tuple[str, ...]]
    route_address: Fact[str]
    boot_id: Fact[str]
    container_id: Fact[str]
    image: Fact[str]


@frozen
class Interface:
    """A network interface. `up` is what its administrator wants, `running` says that there is a link.

    `addresses` are IPv4 and IPv6 addresses as text, without the length of the prefix and without the zone.
    """

    name: str
    up: bool
    running: bool
    loopback: bool
    addresses: tuple[str, ...]


@frozen
class CommunicationLibrary:
    """The NCCL, or for ROCm the RCCL, that would be loaded. Two builds of one version need not work together.

    `name` is the name that it is asked for by (``libnccl.so.2``), `path` the file, `size` in bytes.
    `found_by` says how the loader comes to it: ``VLLM_NCCL_SO_PATH``, ``LD_PRELOAD``, ``LD_LIBRARY_PATH``,
    ``rpath`` (a folder that torch's own library names) or ``system``. `version` is the one that
    stands in the file (``2.28.9+cuda12.9``), Absent where none does; `sha256` is in hexadecimal.
    """

    name: str
    path: str
    found_by: str
    size: int
    version: Fact[str]
    sha256: Fact[str]


@frozen
class FileDigest:
    """The SHA-256 of a file in hexadecimal; `size` is that of the whole file in bytes.

    `part` says what of it was read: ``whole``, or ``header`` for the table of a safetensors file, or
    ``ends`` for the first and the last MiB of another large one.
    """

    name: str
    size: int
    sha256: str
    part: str


@frozen
class FolderContent:
    """The files of a folder that are loaded, in the order of their names, and one SHA-256 over all of them."""

    sha256: str
    files: tuple[FileDigest, ...]


@frozen
class FolderDigest:
    """A folder that is to be served: its `role` (``model``, ``base`` or ``adapter``), path and content.

    Of an adapter all bytes count; of a model config, tokenizer, index, code and the headers of the weights,
    and the weights' bytes too where hashes were asked for with ``--deep``.
    """

    role: str
    path: str
    content: Fact[FolderContent]


@frozen
class CopiedVariables:
    """Which environment variables the installed vLLM takes along to workers on other nodes with Ray.

    With `everything` the executor hands on all of the driver's variables but `never`, and a value that a
    node has already stays. Otherwise, and for the engines of data parallelism, it hands on those whose
    names begin with one of `prefixes` or are in `names`. `never` are those that each node keeps for itself,
    and those that the user excluded. Without Ray (``--nnodes``) nothing is handed on.
    """

    everything: bool
    prefixes: tuple[str, ...]
    names: tuple[str, ...]
    never: tuple[str, ...]


HOST: Key[Host] = Key("host", Host, "name and addresses of the node, and what tells it from others")
INTERFACES: Key[tuple[Interface, ...]] = Key("interfaces", tuple[Interface, ...], "the network interfaces")
COMMUNICATION_LIBRARY: Key[CommunicationLibrary] = Key(
    "communication_library", CommunicationLibrary, "the NCCL or RCCL that would be loaded, with its hash"
)
FOLDER_DIGESTS: Key[tuple[FolderDigest, ...]] = Key(
    "folder_digests", tuple[FolderDigest, ...], "hashes of the model's and the adapters' folders"
)
COPIED_VARIABLES: Key[CopiedVariables] = Key(
    "copied_variables", CopiedVariables, "the environment variables that vLLM takes along to other nodes"
)

FOR_FLEETS = frozenset(key.name for key in (HOST, INTERFACES, COMMUNICATION_LIBRARY, FOLDER_DIGESTS, COPIED_VARIABLES))
"""What no rule of a single node reads: a library of 250 MB is hashed for it, and the resolver asked for a name."""
