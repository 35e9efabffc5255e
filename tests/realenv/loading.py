"""Letting the real transformers and vLLM load model folders, in a process of their own.

An engine that ends its process, or hangs, costs one folder: the next child goes on with the rest.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from doctor.endtoend.driver import child_environ
from scripts.make_environments import default_cache
from tests.realenv.environments import cpu_python

SCRIPT = r"""
import gc, json, os, sys, traceback, warnings
warnings.filterwarnings("ignore")
ANSWERS = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
PROMPT = [1, 73, 192, 18, 205, 131, 44, 267, 90, 159, 8, 301, 222, 61, 117, 250]
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
from vllm import LLM, SamplingParams
from vllm.distributed.parallel_state import cleanup_dist_env_and_memory

def attempt(function):
    try:
        return function()
    except BaseException as error:
        if isinstance(error, (KeyboardInterrupt, SystemExit)):
            raise
        return {"error": f"{type(error).__name__}: {error}"[:400]}

def huggingface(folder):
    model = AutoModelForCausalLM.from_pretrained(folder, trust_remote_code=False, dtype=torch.bfloat16).eval()
    ids = torch.tensor([PROMPT])
    made = model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=8, min_new_tokens=8,
                          do_sample=False, use_cache=True, pad_token_id=0)
    return {"tokens": made[0, len(PROMPT):].tolist()}

def tokenizer(folder):
    return {"tokens": AutoTokenizer.from_pretrained(folder, trust_remote_code=False)("hello there")["input_ids"]}

def vllm(folder):
    engine = LLM(
        model=folder, dtype="bfloat16", enforce_eager=True, max_model_len=64, max_num_batched_tokens=64,
        max_num_seqs=2, kv_cache_memory_bytes=4 << 20, enable_prefix_caching=False, disable_log_stats=True, seed=0,
    )
    try:
        asked = SamplingParams(temperature=0.0, max_tokens=8, ignore_eos=True)
        answer = engine.generate([{"prompt_token_ids": PROMPT}], asked, use_tqdm=False)[0]
        return {"tokens": list(answer.outputs[0].token_ids), "chat": attempt(lambda: chat(engine))}
    finally:
        core = getattr(engine.llm_engine, "engine_core", None)
        if core is not None:
            core.shutdown()
        del engine, core
        clean()

def chat(engine):
    asked = SamplingParams(temperature=0.0, max_tokens=1)
    answer = engine.chat([[{"role": "user", "content": "hello there"}]], asked, use_tqdm=False)[0]
    return {"tokens": list(answer.prompt_token_ids)}

def clean():
    cleanup_dist_env_and_memory()
    gc.collect()

print("ready", file=ANSWERS, flush=True)
for line in sys.stdin:
    folder = line.strip()
    found = {"huggingface": attempt(lambda: huggingface(folder)), "tokenizer": attempt(lambda: tokenizer(folder)),
             "vllm": attempt(lambda: vllm(folder))}
    attempt(clean)
    print(json.dumps(found), file=ANSWERS, flush=True)
"""

DEADLINE = 120.0
"""Seconds for one folder that is not the first."""

IMPORTS = 600.0
"""Seconds for the imports before the first, which may have to be compiled."""


@dataclass(frozen=True)
class Loaded:
    """What one library did: the tokens that it generated, or the error that it raised."""

    tokens: tuple[int, ...]
    error: str

    @classmethod
    def of(cls, answer: dict[str, Any]) -> Loaded:
        return cls(tokens=tuple(answer.get("tokens", ())), error=answer.get("error", ""))


@dataclass(frozen=True)
class Answer:
    """What transformers, its tokenizer, vLLM and its chat did with a folder."""

    huggingface: Loaded
    tokenizer: Loaded
    vllm: Loaded
    chat: Loaded


def load(folders: dict[str, Path], scratch: Path) -> Iterator[tuple[str, Answer]]:
    """Load folders one after the other; yields what came of each."""
    waiting = list(folders)
    while waiting:
        with _start(scratch) as child:
            try:
                assert _line(child, IMPORTS) == "ready\n"
                # The first folder meets what is imported and inspected on first use.
                seconds = IMPORTS
                while waiting:
                    name = waiting.pop(0)
                    found = _ask(child, folders[name], seconds)
                    yield name, found
                    seconds = DEADLINE
                    if child.poll() is not None:
                        break
            finally:
                _end(child)


def _start(scratch: Path) -> subprocess.Popen[str]:
    # What is freed is filled with a pattern, so that memory that a loader left as it was cannot by
    # chance hold the weights of the folder before (mallopt(3)).
    environ = {**child_environ(os.environ, scratch), "MALLOC_PERTURB_": "165", "TRANSFORMERS_VERBOSITY": "error"}
    # The imports of both libraries are compiled once, beside the environment, and not in it.
    environ |= {"PYTHONPYCACHEPREFIX": str(default_cache().parent / "bytecode")}
    del environ["PYTHONDONTWRITEBYTECODE"]
    log = (scratch / "log.txt").open("a")
    return subprocess.Popen(
        [cpu_python(), "-c", SCRIPT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        cwd=scratch,
        env=environ,
        start_new_session=True,
    )


def _ask(child: subprocess.Popen[str], folder: Path, seconds: float) -> Answer:
    assert child.stdin is not None
    try:
        print(folder, file=child.stdin, flush=True)
        line = _line(child, seconds)
    except BrokenPipeError:
        line = ""
    if not line:
        _end(child)
        died = {"error": f"the process ended with {child.returncode}"}
        return Answer(*(Loaded.of(died) for _ in range(4)))
    found = json.loads(line)
    parts = (found["huggingface"], found["tokenizer"], found["vllm"], found["vllm"].get("chat", found["vllm"]))
    return Answer(*(Loaded.of(part) for part in parts))


def _line(child: subprocess.Popen[str], seconds: float) -> str:
    """Read one line; "" where none comes in time."""
    assert child.stdout is not None
    ready, _, _ = select.select([child.stdout], [], [], seconds)
    return child.stdout.readline() if ready else ""


def _end(child: subprocess.Popen[str]) -> None:
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
