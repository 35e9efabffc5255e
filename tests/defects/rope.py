"""The rotary embedding in config.json."""

from __future__ import annotations

from tests.defects.table import (
    REFUSED,
    RIGHT,
    WRONG,
    config,
)

LLAMA3 = {
    **{"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0},
    "original_max_position_embeddings": 256,
}
PARAMETERS = {"rope_type": "default", "rope_theta": 10000.0}

config("M180", "theta in the old spelling", RIGHT, drop=("rope_parameters",), rope_theta=500000.0)
config(
    "M180b", "theta in the new spelling", RIGHT, drop=("rope_theta", "rope_scaling"),
    rope_parameters={"rope_type": "default", "rope_theta": 500000.0},
)  # fmt: skip
config(
    "M181", "linear scaling with the old type", RIGHT, drop=("rope_parameters",),
    rope_scaling={"type": "linear", "factor": 2.0},
)  # fmt: skip
config("M182", "llama3 scaling in the old spelling", RIGHT, drop=("rope_parameters",), rope_scaling=LLAMA3)
config(
    "M183", "scaling of an unknown type", REFUSED, "MODEL022", drop=("rope_parameters",),
    rope_scaling={"rope_type": "foo", "factor": 2.0},
)  # fmt: skip
config(
    "M184", "linear scaling without a factor", REFUSED, "MODEL022", drop=("rope_parameters",),
    rope_scaling={"rope_type": "linear"},
)  # fmt: skip
config(
    "M185", "no rotary embedding stated", RIGHT, tells=("MODEL031",),
    drop=("rope_parameters", "rope_theta", "rope_scaling"),
)  # fmt: skip
config("M186", "theta twice, and different", RIGHT, "MODEL021", rope_theta=500000.0)
config("M187", "scaling against parameters", WRONG, "MODEL021", rope_scaling={"rope_type": "linear", "factor": 2.0})
config("M188b", "length of the context not stated", RIGHT, tells=("MODEL031",), drop=("max_position_embeddings",))
