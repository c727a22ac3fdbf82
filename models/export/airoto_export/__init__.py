"""From public checkpoints on this machine to AI Roto model packs.

Nothing here is needed to run the plugin: a pack is a folder of ONNX graphs and a `model.json`.
"""

import os

# ONNX Runtime collects and sends usage data unless it is told this before it works.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
