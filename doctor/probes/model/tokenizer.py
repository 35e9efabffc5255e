"""Reading the files of a tokenizer: counts and a few ids, not the vocabulary itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from doctor.core.artifact.folder import Document
from doctor.core.artifact.model import Tokenizer
from doctor.core.artifact.tensors import Damage
from doctor.core.fact import Absent, Fact, Known, Source, SourceKind, Unknown
from doctor.probes.artifact.bounded import read_inside
from doctor.probes.artifact.document import read_document
from doctor.probes.attempt import reason_of

MOST_BYTES = 128 << 20
"""Bytes of a tokenizer.json that are read; that of Gemma 3 has 33 MiB."""

MOST_TEMPLATE = 1 << 20
"""Bytes of a chat template that are read."""

SPECIAL = ("bos_token", "eos_token", "unk_token", "pad_token", "sep_token", "cls_token", "mask_token")

TURN_ENDS = (
    *("<|im_end|>", "<|eot_id|>", "<|eom_id|>", "<end_of_turn>", "<|end|>", "<|endofturn|>", "<|end_of_turn|>"),
    *("<|endoftext|>", "<|end_of_text|>", "<|END_OF_TURN_TOKEN|>", "</s>", "<turn|>", "<|return|>", "[/INST]"),
)
"""Tokens that end a turn of a conversation in the templates of common models."""

JINJA = "chat_template.jinja"
_SHOWN = 20


def read_tokenizer(folder: str, config: Fact[Document], special: Fact[Document]) -> Fact[Tokenizer]:
    """Read ``tokenizer.json``; `config` is the whole tokenizer_config.json, `special` the map of special tokens."""
    document = read_document(folder, "tokenizer.json", MOST_BYTES)
    if not isinstance(document, Known):
        return document  # type: ignore[return-value] # neither Absent nor Unknown holds a value
    if document.value.damage is not None:
        return Known(value=Tokenizer(damage=document.value.damage), source=document.source)
    entries = (fact.value.value for fact in (config, special) if isinstance(fact, Known))
    try:
        found = describe(document.value.value, special_tokens(entries), decoder_of(config))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        found = Tokenizer(damage=Damage(kind="not-a-tokenizer", detail=f"it is no tokenizer: {error!r}"))
    return Known(value=found, source=document.source)


def special_tokens(documents: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """The texts of the tokens that these files name as special, and those that end a turn."""
    found = set(TURN_ENDS)
    for document in documents:
        for name in SPECIAL:
            token = document.get(name)
            text = token.get("content") if isinstance(token, dict) else token
            if isinstance(text, str):
                found.add(text)
    return frozenset(found)


def decoder_of(config: Fact[Document]) -> dict[str, int]:
    """The ids that ``added_tokens_decoder`` gives to the added tokens."""
    decoder = config.value.value.get("added_tokens_decoder") if isinstance(config, Known) else None
    if not isinstance(decoder, dict):
        return {}
    return {
        item["content"]: int(number)
        for number, item in decoder.items()
        if isinstance(item, dict) and isinstance(item.get("content"), str) and number.isdecimal()
    }


def describe(content: dict[str, Any], wanted: frozenset[str], decoder: Mapping[str, int]) -> Tokenizer:
    """Count what a tokenizer.json holds, and look the wanted tokens up.

    Raises:
        AttributeError, KeyError, TypeError, ValueError: it is not of the form that tokenizers writes.
    """
    model = content["model"]
    vocabulary = _vocabulary(model["vocab"])
    added = {item["content"]: int(item["id"]) for item in content.get("added_tokens") or ()}
    merges = model.get("merges") or []
    pairs = bool(merges) and not isinstance(merges[0], str)
    ids = {token: found for token in wanted if (found := added.get(token, vocabulary.get(token))) is not None}
    return Tokenizer(
        # Files of before 2020 do not state it.
        model=str(model.get("type") or ("BPE" if "merges" in model else "")),
        vocabulary=len(vocabulary),
        added=len(added.keys() - vocabulary.keys()),
        largest_id=max((*vocabulary.values(), *added.values()), default=-1),
        merges=("pairs" if pairs else "text") if merges else "",
        merges_with_space=pairs and any(" " in part for pair in merges for part in pair),
        byte_level=any(_is_byte_level(content.get(part)) for part in ("pre_tokenizer", "decoder")),
        ids=dict(sorted(ids.items())),
        conflicts=_conflicts(added, decoder),
    )


def _is_byte_level(part: Any) -> bool:
    """Whether a part is ``ByteLevel`` or a sequence that holds one."""
    if not isinstance(part, dict):
        return False
    inner = part.get("pretokenizers") or part.get("decoders") or ()
    return part.get("type") == "ByteLevel" or any(_is_byte_level(item) for item in inner)


def _vocabulary(vocab: Any) -> dict[str, int]:
    """Unigram lists (token, score) in the order of the ids; the others map tokens to ids."""
    if isinstance(vocab, dict):
        if not all(type(number) is int for number in vocab.values()):
            raise TypeError("the id of a token is no number")
        return vocab
    return {item[0]: number for number, item in enumerate(vocab)}


def _conflicts(added: Mapping[str, int], decoder: Mapping[str, int]) -> tuple[str, ...]:
    found = [
        f"{token} has the id {added[token]} in tokenizer.json and {number} in tokenizer_config.json"
        for token, number in decoder.items()
        if token in added and added[token] != number
    ]
    return tuple(found[:_SHOWN])


def read_templates(folder: str, config: Fact[Document]) -> Fact[dict[str, str]]:
    """The chat templates, by the file that holds them; Unknown where one may not be read."""
    path = Path(folder) / JINJA
    source = Source(kind=SourceKind.FILE, where=str(path))
    found = {}
    try:
        found[JINJA] = read_inside(folder, JINJA, MOST_TEMPLATE)[0].decode("utf-8", "replace")
    except FileNotFoundError:
        pass  # it stands in tokenizer_config.json, or nowhere
    except OSError as error:
        return Unknown(reason=reason_of(error), detail=str(error), source=source)
    if isinstance(config, Unknown):
        return Unknown(reason=config.reason, detail=config.detail, source=config.source)
    template = config.value.value.get("chat_template") if isinstance(config, Known) else None
    if isinstance(template, list):
        named = {item.get("name"): item.get("template") for item in template if isinstance(item, dict)}
        template = named.get("default", next(iter(named.values()), None))
    if isinstance(template, str):
        found["tokenizer_config.json"] = template[:MOST_TEMPLATE]
    return Known(value=found, source=source)


def without_tables(config: Fact[Document]) -> Fact[Document]:
    """Leave out of tokenizer_config.json what other facts tell in short."""
    if isinstance(config, (Absent, Unknown)) or not isinstance(config, Known):
        return config
    left_out = ("added_tokens_decoder", "chat_template")
    value = {name: item for name, item in config.value.value.items() if name not in left_out}
    document = Document(name=config.value.name, value=value, damage=config.value.damage)
    return Known(value=document, source=config.source)
