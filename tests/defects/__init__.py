"""Model folders with one defect each, what vLLM 0.32 and transformers 5.19 did with them, and the rules that name them.

Each builder changes a good draft, writes it, and breaks what was written. The same builders make
the small folders of the fast tests and those that the real libraries load.
"""

from __future__ import annotations

from tests.defects import configs, folders, rope, tensors, tokenizers, values, weights
from tests.defects.table import DEFECTS, Defect, Served

__all__ = ["DEFECTS", "Defect", "Served", "configs", "folders", "rope", "tensors", "tokenizers", "values", "weights"]
