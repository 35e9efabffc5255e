"""Which quantization methods a release of vLLM knows, and the compute capability that each asks for."""

from __future__ import annotations

import ast

from scripts.derivation.sources import Sources, assigned, literals, method_of

FOLDER = "vllm/model_executor/layers/quantization"
TABLE = f"{FOLDER}/__init__.py"


def read_quantization(sources: Sources) -> dict[str, str]:
    """Each accepted name with the minimum capability of its class (``8.0``), "" where that is not a constant."""
    tree = sources.tree(TABLE)
    names = [str(name) for name in literals(assigned(tree, "QUANTIZATION_METHODS") or _table(tree))]
    if not names and isinstance(literal := assigned(tree, "QuantizationMethods"), ast.Subscript):
        names = [str(name) for name in literals(literal)]
    if isinstance(assigned(tree, "QuantizationMethods"), ast.Subscript):
        names = [str(name) for name in literals(assigned(tree, "QuantizationMethods"))]
    if not names:
        raise LookupError(f"{sources.version}: the quantization methods were not found")
    classes = _classes_of(tree)
    capabilities = {name: _capability(sources, classes[name]) for name in names if name in classes}
    return {name: capabilities.get(name, "") for name in sorted(names)}


def _table(tree: ast.Module) -> ast.expr | None:
    return assigned(tree, "_QUANTIZATION_CONFIG_REGISTRY")


def _classes_of(tree: ast.Module) -> dict[str, str]:
    """The class of each name: the largest dict from names to classes of the file."""
    best: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            found = {
                str(key.value): ast.unparse(value)
                for key, value in zip(node.keys, node.values, strict=True)
                if isinstance(key, ast.Constant) and isinstance(value, ast.Name)
            }
            best = max(best, found, key=len)
    return best


def _capability(sources: Sources, name: str) -> str:
    for path in sources.below("vllm"):
        if "quant" not in path or f"class {name}" not in sources.text(path):
            continue
        method = method_of(sources.find_class(name, path), "get_min_capability")
        for node in ast.walk(method) if method else ():
            if not (isinstance(node, ast.Return) and isinstance(node.value, ast.Constant)):
                continue
            number = node.value.value
            if isinstance(number, int):
                return f"{number // 10}.{number % 10}" if number > 0 else ""
    return ""
