from __future__ import annotations

import io
import zipfile

from scripts.derivation.readings import read_readings
from scripts.derivation.sources import Sources

ENVS = """
def get_port():
    port = os.getenv("VLLM_PORT")
    if port is None:
        return None
    try:
        return int(port)
    except ValueError as error:
        raise ValueError("no number") from error

environment_variables: dict = {
    "VLLM_PORT": get_port,
    "VLLM_RANK": lambda: int(os.environ.get("VLLM_RANK", "0")),
    "VLLM_SPACE": lambda: int(os.environ["VLLM_SPACE"] or 0) if "VLLM_SPACE" in os.environ else None,
    "VLLM_SHARE": lambda: float(os.getenv("VLLM_SHARE", "0.5")),
    "VLLM_USE": lambda: bool(int(os.getenv("VLLM_USE", "0"))),
    "VLLM_SIZE": lambda: maybe_convert_int(os.environ.get("VLLM_SIZE", None)),
    "VLLM_METHOD": env_with_choices("VLLM_METHOD", "fork", ["spawn", "fork"]),
    "VLLM_KERNEL": env_with_choices("VLLM_KERNEL", None, ["b", "a"], case_sensitive=False),
    "VLLM_LATER": env_with_choices("VLLM_LATER", None, lambda: list(BACKENDS)),
    "VLLM_OTHER": env_with_choices("VLLM_METHOD", "fork", ["spawn"]),
    "VLLM_FLAG": lambda: os.environ.get("VLLM_FLAG", "0").lower() in ("1", "true"),
    "VLLM_STRIPPED": lambda: int(os.environ.get("VLLM_STRIPPED", "0").strip("s")),
    "VLLM_OF_ANOTHER": lambda: int(os.environ.get("VLLM_RANK", "0")),
    "VLLM_LOGGING_LEVEL": lambda: os.getenv("VLLM_LOGGING_LEVEL", "INFO"),
    "VERBOSE": lambda: bool(int(os.getenv("VERBOSE", "0"))),
}
"""


def sources(files: dict[str, str]) -> Sources:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return Sources("0.1", zipfile.ZipFile(kept))


def test_what_a_variable_is_to_hold_is_read_from_how_it_is_converted() -> None:
    assert read_readings(sources({"vllm/envs.py": ENVS})) == {
        "VLLM_PORT": {"kind": "int"},
        "VLLM_RANK": {"kind": "int"},
        "VLLM_SPACE": {"kind": "int"},
        "VLLM_SHARE": {"kind": "float"},
        "VLLM_USE": {"kind": "switch"},
        "VLLM_SIZE": {"kind": "int"},
        "VLLM_METHOD": {"kind": "word", "words": ["fork", "spawn"]},
        "VLLM_KERNEL": {"kind": "any-case", "words": ["a", "b"]},
    }


def test_the_level_is_one_of_pythons_where_the_logger_takes_it() -> None:
    files = {"vllm/envs.py": ENVS, "vllm/logger.py": "CONFIG = {'level': VLLM_LOGGING_LEVEL}"}
    assert read_readings(sources(files))["VLLM_LOGGING_LEVEL"]["kind"] == "word"
    files["vllm/envs.py"] = ENVS.replace('"INFO")', '"INFO").upper()')
    level = read_readings(sources(files))["VLLM_LOGGING_LEVEL"]
    assert level["kind"] == "any-case" and {"DEBUG", "INFO"} < set(level["words"])


def test_a_release_without_a_table_has_none() -> None:
    assert read_readings(sources({"vllm/config.py": ""})) == {}
