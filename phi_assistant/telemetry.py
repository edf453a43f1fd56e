"""What the libraries we stand on would tell their makers, switched off. (Chroma's is in `store/vectors.py`, that of
ONNX Runtime GenAI where the model's process begins.)"""

from __future__ import annotations

import os


def silence_hub() -> None:
    """huggingface_hub names what else is installed here with each request. It looks at this when it is imported; who
    has set it otherwise has their reasons."""
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
