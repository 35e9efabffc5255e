"""The end-to-end proof: a tiny real conversion and a real vLLM LoRA generation.

`run_end_to_end` is the way in; `payload` is data that the target's interpreter runs.
"""
