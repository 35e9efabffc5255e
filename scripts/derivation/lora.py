"""What a release of vLLM accepts of LoRA, read from its sources.

Each function below answers for one release; a table of since-values is made of the answers.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from scripts.derivation.sources import Sources, assigned, fields_of, literals, method_of, says, strings

Value = str | int | list[str] | list[int]

CONFIG = ("vllm/config/lora.py", "vllm/config.py", "vllm/config/__init__.py")
LOADER = ("vllm/lora/lora_model.py", "vllm/lora/models.py")
HELPER = "vllm/lora/peft_helper.py"
NAMES = "vllm/lora/utils.py"
REQUEST = "vllm/lora/request.py"
ARGUMENTS = "vllm/engine/arg_utils.py"
LAYERS = ("vllm/lora/layers/logits_processor.py", "vllm/lora/layers.py")

SUPPORTED, REFUSED, IGNORED, WARNED = "supported", "refused", "ignored", "warned"


def max_lora_rank(sources: Sources) -> list[int]:
    """The values that `max_lora_rank` may have."""
    tree = sources.tree(_config(sources))
    return _numbers(assigned(tree, "possible_max_ranks") or assigned(tree, "MaxLoRARanks"))


def default_max_lora_rank(sources: Sources) -> int:
    """The largest rank of an adapter where nothing is set."""
    for owner, paths in (("EngineArgs", (ARGUMENTS,)), ("LoRAConfig", (_config(sources),))):
        node = sources.find_class(owner, *paths)
        default = fields_of(node).get("max_lora_rank") if node else None
        if isinstance(default, ast.Constant) and isinstance(default.value, int):
            return default.value
    raise LookupError(f"{sources.version} states no default of max_lora_rank")


def lora_dtype(sources: Sources) -> list[str]:
    """The values that `lora_dtype` may have."""
    named = assigned(sources.tree(_config(sources)), "LoRADType")
    return _texts(named if named is not None else _choices(sources, "--lora-dtype"))


def lora_extra_vocab_size(sources: Sources) -> list[int]:
    """The values that `lora_extra_vocab_size` may have; none where there is no such option."""
    config = sources.find_class("LoRAConfig", _config(sources))
    if config is None or "lora_extra_vocab_size" not in fields_of(config):
        return []  # the name of its type outlived it
    tree = sources.tree(_config(sources))
    return _numbers(assigned(tree, "possible_lora_extra_vocab_size") or assigned(tree, "LoRAExtraVocabSize"))


def vocabulary_limit(sources: Sources) -> int:
    """The largest vocabulary whose lm_head can be wrapped."""
    wrapper = sources.find_class("LogitsProcessorWithLoRA", sources.first(*LAYERS))
    return _largest_compared(method_of(wrapper, "create_lora_weights"))


def batched_token_limit(sources: Sources) -> int:
    """The largest `max_num_batched_tokens` with LoRA; 0 is no limit."""
    return _largest_compared(_method_of_config(sources, "verify_with_scheduler_config"))


def chunked_prefill(sources: Sources) -> str:
    """What chunked prefill with LoRA meets."""
    return _check_on(_method_of_config(sources, "verify_with_scheduler_config"), "chunked_prefill_enabled")


def quantized_base(sources: Sources) -> str:
    """What LoRA on a quantised base model meets."""
    return _check_on(_method_of_config(sources, "verify_with_model_config"), "quantization")


def bias(sources: Sources) -> str:
    """What an adapter with `bias` meets: ``refused``, or ``option`` where enable_lora_bias has to be set."""
    config = sources.find_class("LoRAConfig", _config(sources))
    return "option" if config and "bias_enabled" in fields_of(config) else REFUSED


def use_rslora(sources: Sources) -> str:
    """What a rank-stabilised adapter meets: where it is ignored, the scale is wrong."""
    if says(sources.tree(HELPER), "support RSLoRA"):
        return REFUSED
    return SUPPORTED if "use_rslora" in _helper_fields(sources) else IGNORED


def use_dora(sources: Sources) -> str:
    """What a DoRA adapter meets. Without a check its magnitude vectors are no tensors of LoRA."""
    if says(sources.tree(HELPER), "support DoRA") or _refuses_other_tensors(sources):
        return REFUSED
    raise LookupError(f"{sources.version}: what happens to DoRA is not to be seen")


def modules_to_save(sources: Sources) -> list[str]:
    """The names that `modules_to_save` of an adapter may hold; any other is refused."""
    if not _refuses_other_tensors(sources):
        raise LookupError(f"{sources.version}: what happens to modules_to_save is not to be seen")
    check = method_of(sources.find_class("PEFTHelper", HELPER), "_validate_features")
    for node in ast.walk(check) if check else ():
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.NotIn):
            return _texts(node.comparators[0])
    return []


def init_lora_weights(sources: Sources) -> list[str]:
    """The names in `init_lora_weights` that are accepted as harmless; ``*`` where it is not read at all."""
    if "init_lora_weights" not in _helper_fields(sources):
        return ["*"]
    check = method_of(sources.find_class("PEFTHelper", HELPER), "_init_is_supported")
    for node in ast.walk(check) if check else ():
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In):
            return _texts(node.comparators[0])
    raise LookupError(f"{sources.version}: which init_lora_weights are accepted is not to be seen")


def ranks_by_pattern(sources: Sources) -> str:
    """What `rank_pattern` and `alpha_pattern` meet: where they are ignored, the answers are wrong."""
    return SUPPORTED if "rank_pattern" in _helper_fields(sources) else IGNORED


def refused_keys(sources: Sources) -> list[str]:
    """The other keys of adapter_config.json that are refused when they are set; one that is not named is ignored."""
    check = method_of(sources.find_class("PEFTHelper", HELPER), "_validate_features")
    nodes = ast.walk(check) if check else ()
    tested = {node.test.attr for node in nodes if isinstance(node, ast.If) and isinstance(node.test, ast.Attribute)}
    return sorted(tested - {"modules_to_save", "use_rslora", "use_dora"})


def new_embeddings(sources: Sources) -> str:
    """What new tokens in ``new_embeddings.safetensors`` meet."""
    return SUPPORTED if says(sources.tree(sources.first(*LOADER)), "new_embeddings.safetensors") else IGNORED


def embedding_lora(sources: Sources) -> str:
    """What ``lora_embedding_A`` meets: ``same-size`` where it has to be as wide as the base's vocabulary."""
    if says(sources.tree(sources.first(*LOADER)), "must be consistent"):
        return "same-size"
    return SUPPORTED if says(sources.tree(NAMES), "lora_embedding_A") else REFUSED


def base_embeddings(sources: Sources) -> str:
    """What the base's own embeddings in an adapter (``embed_tokens.base_layer.weight``) meet."""
    return IGNORED if "def is_base_embedding_weights" in sources.text(NAMES) else REFUSED


def unexpected_modules(sources: Sources) -> str:
    """What a module meets that the model cannot adapt: where it is ignored, the adapter is applied in part."""
    loader = sources.tree(sources.first(*LOADER))
    return REFUSED if says(loader, "target modules in ") else IGNORED


def keys_without_prefix(sources: Sources) -> str:
    """What tensor names meet that do not begin with ``base_model.model.``."""
    parser = next(
        (
            node
            for node in ast.walk(sources.tree(NAMES))
            if isinstance(node, ast.FunctionDef) and node.name == "parse_fine_tuned_lora_name"
        ),
        None,
    )
    if parser is None:
        raise LookupError(f"{sources.version} has no parse_fine_tuned_lora_name")
    return SUPPORTED if assigned(parser, "start_index") is not None else REFUSED


def file_formats(sources: Sources) -> list[str]:
    """The files that an adapter's tensors are read from, the preferred one first."""
    order = ["adapter_model.safetensors", "adapter_model.bin", "adapter_model.pt"]
    named = set(strings(sources.tree(sources.first(*LOADER))))
    return [name for name in order if name in named]


def request_fields(sources: Sources) -> list[str]:
    """The fields of `LoRARequest`, in their order."""
    node = sources.find_class("LoRARequest", REQUEST)
    return list(fields_of(node)) if node else []


def cpu(sources: Sources) -> str:
    """Whether LoRA runs on the CPU backend."""
    return SUPPORTED if "vllm/lora/punica_wrapper/punica_cpu.py" in sources.paths else REFUSED


def minimum_capability(sources: Sources) -> str:
    """The compute capability that the kernels of LoRA ask for by themselves; "" is none."""
    words = "compute capability >= "
    for path in ("vllm/lora/punica.py", "vllm/lora/layers.py"):
        for text in strings(sources.tree(path)):
            if words in text:
                return text.partition(words)[2][:3]
    return ""


DETECTORS: tuple[Callable[[Sources], Value], ...] = (
    max_lora_rank,
    default_max_lora_rank,
    lora_dtype,
    lora_extra_vocab_size,
    vocabulary_limit,
    batched_token_limit,
    chunked_prefill,
    quantized_base,
    bias,
    use_rslora,
    use_dora,
    modules_to_save,
    init_lora_weights,
    ranks_by_pattern,
    refused_keys,
    new_embeddings,
    embedding_lora,
    base_embeddings,
    unexpected_modules,
    keys_without_prefix,
    file_formats,
    request_fields,
    cpu,
    minimum_capability,
)


def read_lora(sources: Sources) -> dict[str, Value]:
    """The answers of all functions, by their names."""
    return {detector.__name__: detector(sources) for detector in DETECTORS}


def _config(sources: Sources) -> str:
    for path in CONFIG:
        if path in sources.paths and "class LoRAConfig" in sources.text(path):
            return path
    raise LookupError(f"{sources.version} has no LoRAConfig")


def _method_of_config(sources: Sources, name: str) -> ast.FunctionDef | None:
    return method_of(sources.find_class("LoRAConfig", _config(sources)), name)


def _helper_fields(sources: Sources) -> frozenset[str]:
    node = sources.find_class("PEFTHelper", HELPER)
    return frozenset(fields_of(node)) if node else frozenset()


def _refuses_other_tensors(sources: Sources) -> bool:
    parser = sources.text(NAMES).partition("def parse_fine_tuned_lora_name")[2].partition("\ndef ")[0]
    return "is unsupported LoRA weight" in parser or "assert " in parser


def _choices(sources: Sources, flag: str) -> ast.expr | None:
    for node in ast.walk(sources.tree(ARGUMENTS)):
        if isinstance(node, ast.Call) and any(
            isinstance(argument, ast.Constant) and argument.value == flag for argument in node.args
        ):
            return next((keyword.value for keyword in node.keywords if keyword.arg == "choices"), None)
    return None


def _largest_compared(node: ast.AST | None) -> int:
    """The number that something is refused above: of ``32000 < v > N`` it is N."""
    found = [0]
    for item in ast.walk(node) if node is not None else ():
        if isinstance(item, ast.Compare) and any(isinstance(operator, ast.Gt) for operator in item.ops):
            found += [number for number in literals(ast.List(elts=item.comparators)) if isinstance(number, int)]
    return max(found)


def _check_on(method: ast.FunctionDef | None, attribute: str) -> str:
    """What a method does where it tests an attribute: raises, warns, or nothing."""
    for node in ast.walk(method) if method else ():
        if isinstance(node, ast.If) and attribute in ast.unparse(node.test):
            raised = any(isinstance(item, ast.Raise) for item in ast.walk(node))
            return REFUSED if raised else WARNED
    return SUPPORTED


def _numbers(node: ast.expr | None) -> list[int]:
    return [item for item in literals(node) if isinstance(item, int)]


def _texts(node: ast.expr | None) -> list[str]:
    return [item for item in literals(node) if isinstance(item, str)]
