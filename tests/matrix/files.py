"""Matrix files for tests: a sound one, and what changes it."""

from __future__ import annotations

HEAD = 'schema = 1\nupdated = "2026-11-24"\n'

SET = """
[[set]]
name = "tiny"
title = "A tiny set"
python = ">=3.10,<3.13"
basis = "reproduced"
sources = []
bound = ["torch"]
cuda = "12.1"

[set.pins]
vllm = "0.5.5"
torch = "2.4.0"
numpy = "1.26.4"

[[set.evidence]]
depth = "imported"
date = "2026-11-20"
host = "Python 3.11.7, glibc 2.36, no GPU"
command = "python -c 'import vllm'"
result = "it imports"
"""

CUDA = """
[[cuda]]
version = "12.1"
minimum_driver = "525.60.13"
toolkit_driver = "530.30.02"
basis = "reported"
sources = ["https://example.org"]
"""

GPU = """
[[gpu]]
name = "H100"
capability = "9.0"
architecture = "Hopper"
basis = "reported"
sources = ["https://example.org"]
"""

WHEEL = """
[[wheel]]
package = "torch"
version = "2.4.0"
cuda = "12.1"
architectures = ["sm_80", "sm_90"]
basis = "reproduced"
sources = ["libtorch_python.so"]
"""

PAIR = """
[[pair]]
name = "xformers-torch"
package = "xformers"
partner = "torch"
cause = "abi-mismatch-other"
reason = "compiled against one torch"
basis = "declared"
sources = ["METADATA"]

[pair.needs]
"==0.0.27.post2" = "==2.4.0"
"""

SOUND = HEAD + SET + CUDA + GPU + WHEEL + PAIR
