"""Changing the folders that the proof makes: models, tokenizers and adapters, between one phase and the next."""

import contextlib
import json
import shutil
from pathlib import Path


@contextlib.contextmanager
def saved_differently(change):
    """Change each folder right after the proof has saved a model there."""
    from tinyproof import converting

    right = converting.save

    def save(made, tokenizer, folder):
        right(made, tokenizer, folder)
        change(folder)

    converting.save = save
    yield
    converting.save = right


def zero_one_tensor(folder):
    """Zero one weight of a saved model."""
    rewrite_tensors(folder, lambda name, value: value * 0 if name.endswith("layers.0.mlp.up_proj.weight") else value)


def fill_with_nan(folder):
    """Make one weight of a saved model NaN."""
    rewrite_tensors(folder, lambda name, value: value * float("nan") if "norm" in name else value)


def swap_two_words(folder):
    """Exchange the ids of two tokens."""
    path = Path(folder, "tokenizer.json")
    content = json.loads(path.read_text(encoding="utf-8"))
    words = content["model"]["vocab"]
    words["h"], words["e"] = words["e"], words["h"]
    path.write_text(json.dumps(content), encoding="utf-8")


def change_template(folder):
    """Shorten the chat template wherever this transformers has put it."""
    for path in Path(folder).glob("*"):
        if path.name in ("chat_template.jinja", "tokenizer_config.json"):
            path.write_text(path.read_text(encoding="utf-8").replace("<|assistant|>' }}", "' }}"), encoding="utf-8")


@contextlib.contextmanager
def rewritten(folder, change):
    """Change the tensors of a folder, and put them back behind it."""
    file = weights_of(folder)
    kept = file.read_bytes()
    rewrite_tensors(folder, change)
    yield
    file.write_bytes(kept)


def renamed(folder, old, new):
    """Rename the tensors of a folder, and put them back behind it."""
    return rewritten(folder, lambda name, value: (name.replace(old, new), value))


@contextlib.contextmanager
def configured(folder, change):
    """Change the configuration of an adapter, and put it back behind it."""
    path = Path(folder, "adapter_config.json")
    right = path.read_text(encoding="utf-8")
    path.write_text(json.dumps(change(json.loads(right))), encoding="utf-8")
    yield
    path.write_text(right, encoding="utf-8")


def rewrite_tensors(folder, change):
    """Write a safetensors file again: `change` gives a tensor, a pair of name and tensor, or None to leave it out."""
    from safetensors.torch import load_file, save_file

    file, tensors = weights_of(folder), {}
    for name, value in load_file(str(file)).items():
        made = change(name, value)
        if made is not None:
            key, tensor = made if isinstance(made, tuple) else (name, made)
            tensors[key] = tensor.contiguous()
    # A new file: the old one may be mapped by the model that was just saved.
    file.unlink()
    save_file(tensors, str(file), metadata={"format": "pt"})


def weights_of(folder):
    """The one safetensors file of a folder."""
    return next(Path(folder).glob("*.safetensors"))


def other_base(bench):
    """A folder like the converted one with the weights of another seed."""
    from tinyproof import model

    folder = bench.path("another base")
    shutil.copytree(bench.take("base folder"), folder)
    model.make_model(bench.job.architecture, bench.job.architecture.seed + 1).save_pretrained(folder)
    return folder
