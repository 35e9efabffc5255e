"""What can be done wrong on purpose, each a context manager around one phase of the proof.

A deed changes files or what an earlier phase left; the proof itself is not touched. `found_by`
is the phase that must find it out.
"""

import contextlib
import dataclasses
import json
import shutil
from collections.abc import Callable
from pathlib import Path

from folders import (
    change_template,
    configured,
    fill_with_nan,
    other_base,
    renamed,
    rewrite_tensors,
    rewritten,
    saved_differently,
    swap_two_words,
    zero_one_tensor,
)


@dataclasses.dataclass(frozen=True)
class Deed:
    """One deed: during which phase, in words, and which phase must differ because of it.

    `needs` is a package without which the phase has no part in a run.
    """

    name: str
    phase: str
    title: str
    found_by: str
    act: Callable
    needs: str = ""


DEEDS = {}


def deed(phase, title, found_by="", needs=""):
    """Register a generator function as a deed around a phase."""

    def register(function):
        name = function.__name__.replace("_", "-")
        DEEDS[name] = Deed(name, phase, title, found_by or phase, contextlib.contextmanager(function), needs)
        return function

    return register


@deed("make", "the optimizer takes no step")
def no_training(bench):
    """The loss stays as it was."""
    from tinyproof import model

    right = model.LEARNING_RATE
    model.LEARNING_RATE = 0.0
    yield
    model.LEARNING_RATE = right


@deed("conversion", "one tensor of the saved model is zeroed before it is loaded back")
def tensor_zeroed(bench):
    """A weight is lost on the way to the disk."""
    with saved_differently(zero_one_tensor):
        yield


@deed("conversion", "the tokenizer that is saved has two words swapped")
def tokenizer_swapped(bench):
    """Two tokens of the vocabulary change places."""
    with saved_differently(swap_two_words):
        yield


@deed("conversion", "the saved chat template lacks the token that opens the answer")
def chat_template_changed(bench):
    """A template of another model."""
    with saved_differently(change_template):
        yield


@deed("conversion", "the saved weights are NaN")
def nan_weights(bench):
    """A training run that diverged."""
    with saved_differently(fill_with_nan):
        yield


@deed("adapter", "lora_B of the first adapter is zero, as PEFT starts it")
def lora_b_zero(bench):
    """An adapter that was never trained."""
    with rewritten(bench.take("adapters")[0], lambda name, value: value * 0 if "lora_B" in name else value):
        yield


@deed("adapter", "the first adapter's tensors have names that match no module")
def names_that_match_nothing(bench):
    """PEFT warns of them, and the base model answers."""
    with renamed(bench.take("adapters")[0], "model.layers.", "model.blocks."):
        yield


@deed("adapter", "the second adapter is a copy of the first")
def one_adapter_twice(bench):
    """Whoever copied the folder, both names serve one adapter."""
    first, second = bench.take("adapters")
    bench.put("adapters", [first, first])
    yield
    bench.put("adapters", [first, second])


@deed("merge", "merged with twice the alpha that the adapter was trained with")
def merged_with_wrong_alpha(bench):
    """The scale of the merge is not the scale of the adapter."""
    with configured(bench.take("adapters")[0], lambda config: {**config, "lora_alpha": 2 * config["lora_alpha"]}):
        yield


@deed("merge", "the other adapter is merged")
def merged_from_other(bench):
    """A mix-up of folders."""
    first, second = bench.take("adapters")
    bench.put("adapters", [second, first])
    yield
    bench.put("adapters", [first, second])


@deed("merge", "merged into another base model")
def merged_into_wrong_base(bench):
    """The base has moved on since the adapter was trained."""
    right = bench.take("base folder")
    bench.put("base folder", other_base(bench))
    yield
    bench.put("base folder", right)


@deed("unsloth-merge", "Unsloth is given the other adapter", needs="unsloth")
def unsloth_merges_other(bench):
    """A mix-up of folders, in the notebook."""
    first, second = bench.take("adapters")
    bench.put("adapters", [second, first])
    yield
    bench.put("adapters", [first, second])


@deed("unsloth-merge", "Unsloth merges with an alpha that is a tenth larger", needs="unsloth")
def unsloth_merges_with_wrong_alpha(bench):
    """The scale of the merge is not the scale of the adapter."""
    with configured(bench.take("adapters")[0], lambda config: {**config, "lora_alpha": 1.1 * config["lora_alpha"]}):
        yield


@deed("unsloth-merge", "the writer leaves one tensor of the base as it was", needs="unsloth")
def unsloth_forgets_a_module(bench):
    """Releases did this to modules that they did not know."""
    lost = "layers.1.mlp.up_proj.lora_B"
    with rewritten(bench.take("adapters")[0], lambda name, value: value * 0 if lost in name else value):
        yield


@deed("unsloth-merge", "the tokenizer that Unsloth saved has two words swapped", needs="unsloth")
def unsloth_tokenizer_swapped(bench):
    """The weights are right, and every text is encoded wrongly."""
    from tinyproof import own_save

    right = own_save.save

    def save(bench, version):
        saved = right(bench, version)
        for folder, _ in saved:
            swap_two_words(folder)
        return saved

    own_save.save = save
    yield
    own_save.save = right


@deed("vllm-start", "config.json of the converted model names an architecture that does not exist")
def architecture_unknown(bench):
    """The configuration was completed by hand, and wrongly."""
    path = Path(bench.take("base folder"), "config.json")
    right = path.read_text(encoding="utf-8")
    path.write_text(json.dumps({**json.loads(right), "architectures": ["NoSuchForCausalLM"], "model_type": "nosuch"}))
    yield
    path.write_text(right, encoding="utf-8")


@deed("vllm-start", "vLLM is started on another base model", "vllm-base")
def wrong_base(bench):
    """It starts, and answers well, with what another model says."""
    right = bench.take("base folder")
    bench.put("base folder", other_base(bench))
    yield
    bench.put("base folder", right)


@deed("vllm-start", "a weight is missing in what vLLM serves: its loader does not notice", "vllm-base")
def weight_missing_in_vllm(bench):
    """From 0.21 on vLLM leaves a missing linear weight as it finds the memory."""
    right, target = bench.take("base folder"), bench.path("without a weight")
    shutil.copytree(right, target)
    rewrite_tensors(target, lambda name, value: None if name.endswith("layers.1.mlp.up_proj.weight") else value)
    bench.put("base folder", target)
    yield
    bench.put("base folder", right)


@deed("vllm-start", "the chat template that vLLM reads is another one", "vllm-base")
def other_chat_template_in_vllm(bench):
    """vLLM and Hugging Face make different tokens of one conversation."""
    right, target = bench.take("base folder"), bench.path("with another template")
    shutil.copytree(right, target)
    change_template(target)
    bench.put("base folder", target)
    yield
    bench.put("base folder", right)


@deed("vllm-adapter", "vLLM is given the first adapter with the sign of its scale flipped")
def adapter_scale_flipped(bench):
    """B of every module is negative."""
    with rewritten(bench.take("adapters")[0], lambda name, value: -value if "lora_B" in name else value):
        yield


@deed("vllm-adapter", "vLLM is given the first adapter with a scale that is a tenth larger")
def adapter_scale_a_tenth_off(bench):
    """A small fault of the scale shows too."""
    with configured(bench.take("adapters")[0], lambda config: {**config, "lora_alpha": 1.1 * config["lora_alpha"]}):
        yield


@deed("vllm-adapter", "one of the fourteen modules of the first adapter is zero in vLLM")
def one_module_zeroed(bench):
    """One module of the adapter is lost."""
    lost = "layers.1.mlp.up_proj.lora_B"
    with rewritten(bench.take("adapters")[0], lambda name, value: value * 0 if lost in name else value):
        yield


@deed("vllm-adapter", "vLLM is given names that match no module: it serves the base and says nothing")
def adapter_ignored(bench):
    """The silent fault of vLLM 0.8 and newer."""
    with renamed(bench.take("adapters")[0], "model.layers.", "model.layers.7"):
        yield


@deed("vllm-adapter", "vLLM is given the second adapter in place of the first")
def adapters_swapped(bench):
    """Each answers, with the other's words."""
    bench.put("adapters", bench.take("adapters")[::-1])
    yield
    bench.put("adapters", bench.take("adapters")[::-1])


@deed("vllm-batch", "in the batch each adapter is asked for under the other's name and number")
def adapters_swapped_in_the_batch(bench):
    """Alone each answers right; in a batch they are mixed up."""
    from tinyproof import serving

    right = serving.load_adapter
    numbers = {name: index + 1 for index, name in enumerate(bench.take("names"))}

    def load_the_other(engine, adapter):
        name = next(name for name in numbers if name != adapter[0])
        return right(engine, (name, numbers[name], bench.take("adapters")[numbers[name] - 1]))

    serving.load_adapter = load_the_other
    yield
    serving.load_adapter = right


@deed("vllm-refusal", "the adapter that must be refused is a sound one")
def nothing_to_refuse(bench):
    """A negative control that cannot fail."""
    from tinyproof import proving

    right = proving.TOO_LARGE
    proving.TOO_LARGE = 1
    yield
    proving.TOO_LARGE = right


@deed("vllm-merged", "vLLM is given the base model as the merged one")
def merged_from_base(bench):
    """The merge was forgotten."""
    right = bench.take("merged folder")
    bench.put("merged folder", bench.take("base folder"))
    yield
    bench.put("merged folder", right)
