"""The tensors of a model that has no formula: the target's own transformers builds it without weights.

Only with ``--deep``, and in a process of its own: it imports the target's torch and transformers,
which no other probe does. The model lies on torch's meta device, where tensors have a shape and no
content (https://docs.pytorch.org/docs/stable/meta.html); code from the folder is never run.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from doctor.core.artifact.layout import LayoutError, layout_of
from doctor.core.artifact.model import EMPTY_MODEL, EmptyModel, deep_not_asked_for
from doctor.core.artifact.tensors import TensorGroup, group_tensors
from doctor.core.errors import TargetError
from doctor.core.fact import Absent, Fact, Known, Reason, Source, SourceKind, Unknown
from doctor.core.redaction import is_secret
from doctor.core.target import Facts, Probe, Target
from doctor.probes.artifact.bounded import read_start
from doctor.probes.artifact.document import read_document
from doctor.probes.process import run_bounded

DEADLINE = 120.0
MOST_BYTES = 64 << 20

SCRIPT = """
import json, sys
import torch, transformers
from transformers import AutoConfig, AutoModelForCausalLM

folder, answer = sys.argv[1:]
config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
named = (getattr(config, "architectures", None) or [""])[0]
own = getattr(transformers, named, None) if named else None
with torch.device("meta"):
    model = own(config) if own is not None else AutoModelForCausalLM.from_config(config, trust_remote_code=False)
state = model.state_dict()
try:
    # From transformers 5 on a model in memory has other names than in its files.
    from transformers.core_model_loading import revert_weight_conversion
except ImportError:
    pass
else:
    state = revert_weight_conversion(model, state)
tied = getattr(model, "_tied_weights_keys", None) or ()
shapes = {name: list(tensor.shape) for name, tensor in state.items()}
with open(answer, "w") as file:
    json.dump({"class": type(model).__name__, "shapes": shapes, "tied": list(tied),
               "ties": bool(getattr(config.get_text_config(), "tie_word_embeddings", False))}, file)
"""


def find(target: Target) -> Facts:
    """Find the fact of this probe."""
    folder = target.artifacts.model
    if not folder or not target.deep:
        return [(EMPTY_MODEL, deep_not_asked_for())]
    source = Source(kind=SourceKind.RUN, where=f"{target.interpreter.executable} (an empty model)")
    if _has_formula(folder):
        return [(EMPTY_MODEL, Absent(source=source, detail="the tensors of this model follow by formula"))]
    return [(EMPTY_MODEL, _build(target, folder, source))]


def _has_formula(folder: str) -> bool:
    document = read_document(folder, "config.json")
    try:
        return isinstance(document, Known) and layout_of(document.value.value) is not None
    except LayoutError:
        return True


def _build(target: Target, folder: str, source: Source) -> Fact[EmptyModel]:
    from doctor.probes.scratch_folder import ScratchFolder

    with ScratchFolder() as scratch:
        place = os.fspath(scratch.path)
        answer = scratch.path / "answer.json"
        # -B: the patient gets no bytecode that it did not have.
        command = [target.interpreter.executable, "-I", "-B", "-c", SCRIPT, folder, str(answer)]
        try:
            spoken = run_bounded(command, _environ(target.environ, place), DEADLINE)
        except TargetError as error:
            return Unknown(reason=Reason.TIMED_OUT, detail=error.message, source=source)
        if spoken.status:
            last = spoken.errors.decode("utf-8", "replace").strip().splitlines()[-1:] or ["no text"]
            detail = f"transformers cannot build the model: {last[0][:300]}"
            return Unknown(reason=Reason.FAILED, detail=detail, source=source)
        try:
            return Known(value=_describe(json.loads(read_start(answer, MOST_BYTES)[0])), source=source)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            return Unknown(reason=Reason.MALFORMED, detail=f"the answer is none: {error!r}", source=source)


def _environ(environ: Mapping[str, str], place: str) -> dict[str, str]:
    """The target's variables without secrets, offline, with caches that are thrown away."""
    kept = {name: value for name, value in environ.items() if not is_secret(name, value)}
    offline = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "TRANSFORMERS_VERBOSITY": "error"}
    return {**kept, **offline, "HF_HOME": place, "CUDA_VISIBLE_DEVICES": "", "TOKENIZERS_PARALLELISM": "false"}


def _describe(answer: Mapping[str, Any]) -> EmptyModel:
    shapes = {name: tuple(shape) for name, shape in answer["shapes"].items()}
    tied = set(answer["tied"]) & shapes.keys() if answer["ties"] else set()
    return EmptyModel(
        architecture=answer["class"],
        needed=_groups({name: shape for name, shape in shapes.items() if name not in tied}),
        optional=_groups({name: shapes[name] for name in tied}),
    )


def _groups(shapes: Mapping[str, tuple[int, ...]]) -> tuple[TensorGroup, ...]:
    return group_tensors({name: ("", shape) for name, shape in shapes.items()})


EMPTY_MODEL_PROBE = Probe(name="empty model", keys=(EMPTY_MODEL,), find=find, deadline=DEADLINE + 20)
