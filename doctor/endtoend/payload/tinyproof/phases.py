"""The phases, in order. Each takes what earlier ones left on the bench and says what it found."""

from __future__ import annotations

from tinyproof import converting, given, inspection, own_save, proving, stack

TINY = {
    "import": stack.import_stack,
    "make": converting.make,
    "conversion": converting.convert,
    "adapter": converting.adapt,
    "merge": converting.merge,
    "unsloth-merge": own_save.merge,
    "vllm-start": proving.start_vllm,
    "vllm-base": proving.serve_base,
    "vllm-adapter": proving.serve_adapters,
    "vllm-batch": proving.serve_batch,
    "vllm-refusal": proving.refuse,
    "vllm-merged": proving.serve_merged,
}
GIVEN = {
    **TINY,
    "make": given.look,
    "conversion": given.load,
    "adapter": given.adapt,
    "merge": given.merge,
    "unsloth-merge": given.merge,
    "vllm-merged": given.merge,
}
"""The same with a model that was given: what is made and merged above is left out."""


def run(bench, until, phases=None):
    """Run the phases up to `until`, each whatever became of those before it."""
    actions = phases or (GIVEN if bench.job.model else TINY)
    order = list(actions)
    if order.index(until) >= order.index("vllm-start"):
        inspection.begin(bench)
    for name, action in actions.items():
        bench.reporter.phase(name, lambda action=action: action(bench))
        if name == until:
            break
    bench.reporter.send(kind="done")
