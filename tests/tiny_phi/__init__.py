"""Tiny models of Phi-3's shape for ONNX Runtime GenAI, built in moments without PyTorch; see `models` for which."""

from tiny_phi.models import ANSWER, DICE, EMOJI, LISTING, TinyModels, model

__all__ = ["ANSWER", "DICE", "EMOJI", "LISTING", "TinyModels", "model"]
