"""Two little source trees that state things where an old and a new vLLM state them, and hold nothing else."""

from __future__ import annotations

OLD = {
    "vllm/config.py": """
class LoRAConfig:
    max_lora_rank: int
    lora_extra_vocab_size: int = 256
    def __post_init__(self):
        possible_max_ranks = (8, 16)
        possible_lora_extra_vocab_size = (0, 256)
    def verify_with_model_config(self, model_config):
        if model_config.quantization is not None:
            raise ValueError("not with quantized models")
    def verify_with_scheduler_config(self, scheduler_config):
        if scheduler_config.max_num_batched_tokens > 65528:
            raise ValueError("too many")
        if scheduler_config.chunked_prefill_enabled:
            raise ValueError("not with chunked prefill")
""",
    "vllm/engine/arg_utils.py": """
class EngineArgs:
    model: str
    max_lora_rank: int = 16
    _private: int = 0
    @staticmethod
    def add_cli_args(parser):
        parser.add_argument("--model", type=str)
        parser.add_argument("--lora-dtype", choices=["auto", "float32"])
class AsyncEngineArgs(EngineArgs):
    engine_use_ray: bool = False
""",
    "vllm/sampling_params.py": """
class SamplingParams:
    def __init__(self, n: int = 1, use_beam_search: bool = False) -> None:
        pass
""",
    "vllm/entrypoints/openai/cli_args.py": 'parser.add_argument("--port", type=int, default=8000)\n',
    "vllm/lora/layers.py": """
class LogitsProcessorWithLoRA:
    def create_lora_weights(self):
        if 32000 < self.base_layer.vocab_size > 128512:
            raise ValueError("too large")
""",
    "vllm/lora/models.py": """
class LoRAModel:
    def from_local_checkpoint(cls, lora_dir):
        names = ("adapter_model.safetensors", "adapter_model.bin", "new_embeddings.safetensors")
""",
    "vllm/lora/punica.py": 'MESSAGE = "these kernels need compute capability >= 8.0 to run"\n',
    "vllm/lora/request.py": "class LoRARequest:\n    lora_name: str\n    lora_int_id: int\n    lora_local_path: str\n",
    "vllm/lora/utils.py": """
def parse_fine_tuned_lora_name(name):
    if name.endswith("lora_embedding_A"):
        return name
    raise ValueError(f"{name} is unsupported LoRA weight")
""",
    "vllm/model_executor/layers/quantization/__init__.py": """
from vllm.model_executor.layers.quantization.awq import AWQConfig
QUANTIZATION_METHODS = {"awq": AWQConfig}
""",
    "vllm/model_executor/layers/quantization/awq.py": """
class AWQConfig:
    def get_min_capability(self):
        return 75
""",
    "vllm/model_executor/models/__init__.py": """
_MODELS = {"LlamaForCausalLM": ("llama", "LlamaForCausalLM"), "OldModel": ("old", "OldModel")}
_ROCM_PARTIALLY_SUPPORTED_MODELS = {"Other": ("x", "y")}
""",
    "vllm/model_executor/models/llama.py": """
class LlamaForCausalLM:
    packed_modules_mapping = {"qkv_proj": ["q_proj", "k_proj", "v_proj"]}
    supported_lora_modules = ["qkv_proj", "lm_head"]
    embedding_modules = {"lm_head": "output_embeddings"}
""",
    "vllm/model_executor/models/old.py": "class OldModel:\n    pass\n",
    "vllm/worker/worker.py": 'import os\nVALUE = os.getenv("VLLM_OLD_SWITCH", "0")\nHOME = os.environ["HOME"]\n',
}

NEW = {
    "vllm/config/lora.py": """
from typing import Literal
LoRADType = Literal["auto", "float16"]
MaxLoRARanks = Literal[1, 8, 16, 32]
LoRAExtraVocabSize = Literal[256]
class LoRAConfig:
    max_lora_rank: MaxLoRARanks = 16
    def verify_with_model_config(self, model_config):
        pass
""",
    "vllm/engine/arg_utils.py": """
class EngineArgs:
    model: str = "x"
    max_lora_rank: int = LoRAConfig.max_lora_rank
    @staticmethod
    def add_cli_args(parser):
        group.add_argument("--model", **kwargs)
class AsyncEngineArgs(EngineArgs):
    enable_log_requests: bool = False
""",
    "vllm/sampling_params.py": """
class SamplingParams(PydanticMsgspecMixin, msgspec.Struct):
    n: int = 1
    structured_outputs: StructuredOutputsParams | None = None
    _all_stop_token_ids: set[int] = msgspec.field(default_factory=set)
""",
    "vllm/entrypoints/common/cli_args.py": """
class BaseFrontendArgs:
    chat_template: str | None = None
class FrontendArgs(BaseFrontendArgs):
    api_key: list[str] | None = None
    port: int = 8000
""",
    "vllm/envs.py": 'environment_variables = {"VLLM_NEW_SWITCH": lambda: 1, "CUDA_HOME": lambda: 2}\n',
    "vllm/lora/layers/logits_processor.py": """
class LogitsProcessorWithLoRA:
    def create_lora_weights(self):
        if self.base_layer.vocab_size > 258048:
            raise ValueError("too large")
""",
    "vllm/lora/lora_model.py": """
class LoRAModel:
    def from_local_checkpoint(cls, lora_dir):
        names = ("adapter_model.safetensors", "adapter_model.bin", "adapter_model.pt")
        raise ValueError(f"While loading {lora_dir}, expected target modules in [] but received more")
    def from_lora_tensors(cls):
        raise RuntimeError("the sizes must be consistent")
""",
    "vllm/lora/peft_helper.py": """
class PEFTHelper:
    r: int
    modules_to_save: list[str] | None = None
    use_rslora: bool = False
    use_dora: bool = False
    init_lora_weights: bool | str = True
    layer_replication: list | None = None
    rank_pattern: dict[str, int] = {}
    def _validate_features(self):
        if self.modules_to_save:
            unsupported = [m for m in self.modules_to_save if m not in ["classifier", "score"]]
        if self.use_dora:
            errors.append("this does not yet support DoRA.")
        if self.layer_replication:
            errors.append("no layer_replication")
    def _init_is_supported(self):
        return self.init_lora_weights.lower() in ("gaussian", "eva")
""",
    "vllm/lora/punica_wrapper/punica_cpu.py": "",
    "vllm/lora/request.py": "class LoRARequest:\n    lora_name: str\n    lora_int_id: int\n    lora_path: str = ''\n",
    "vllm/lora/utils.py": """
def parse_fine_tuned_lora_name(name):
    start_index = 2 if name.startswith("base_model.model.") else 0
    raise ValueError(f"{name} is unsupported LoRA weight")
def is_base_embedding_weights(name):
    return name.endswith(".lm_head.base_layer.weight")
""",
    "vllm/model_executor/layers/quantization/__init__.py": """
from typing import Literal
QuantizationMethods = Literal["awq", "gguf"]
def get_quantization_config(name):
    method_to_config = {"awq": AWQConfig, "gguf": GGUFConfig}
""",
    "vllm/model_executor/layers/quantization/awq.py": """
class AWQConfig:
    def get_min_capability(self):
        return 75
class GGUFConfig:
    def get_min_capability(self):
        return -1
""",
    "vllm/model_executor/models/interfaces.py": """
class SupportsLoRA:
    supports_lora = True
    embedding_modules = {}
""",
    "vllm/model_executor/models/registry.py": """
_TEXT_GENERATION_MODELS = {
    "LlamaForCausalLM": ("llama", "LlamaForCausalLM"),
    "MistralForCausalLM": ("mistral", "MistralForCausalLM"),
    "FarModel": ("vllm.models.far", "FarModel"),
    "PlainModel": ("plain", "PlainModel"),
}
_TRANSFORMERS_SUPPORTED_MODELS = {"SmolModel": ("transformers", "TransformersForCausalLM")}
_VLLM_MODELS = {**_TEXT_GENERATION_MODELS, **_TRANSFORMERS_SUPPORTED_MODELS}
_PREVIOUSLY_SUPPORTED_MODELS = {"OldModel": "0.4.0"}
""",
    "vllm/model_executor/models/llama.py": """
from .interfaces import SupportsLoRA
class LlamaForCausalLM(SupportsLoRA):
    packed_modules_mapping = {"qkv_proj": ["q_proj", "k_proj", "v_proj"]}
    embedding_modules = {"lm_head": "output_embeddings"}
""",
    "vllm/model_executor/models/mistral.py": """
from vllm.model_executor.models.llama import LlamaForCausalLM
class MistralForCausalLM(LlamaForCausalLM):
    embedding_modules = {}
""",
    "vllm/model_executor/models/plain.py": "class PlainModel:\n    pass\n",
    "vllm/model_executor/models/transformers/__init__.py": """
from vllm.model_executor.models.interfaces import SupportsLoRA
class TransformersForCausalLM(SupportsLoRA):
    pass
""",
    "vllm/models/far/__init__.py": """
from vllm.platforms import current_platform
if current_platform.is_rocm():
    from .amd import FarModel
else:
    from .nvidia import FarModel
""",
    "vllm/models/far/amd.py": "class FarModel:\n    pass\n",
    "vllm/models/far/nvidia.py": """
from vllm.model_executor.models.interfaces import SupportsLoRA
from vllm.model_executor.models.llama import LlamaForCausalLM
class FarModel(SupportsLoRA):
    embedding_modules = LlamaForCausalLM.embedding_modules
""",
}
