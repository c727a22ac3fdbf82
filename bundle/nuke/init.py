"""Tells Nuke where the bundle lies that this file came with.

Put the folder of this file on NUKE_PATH, or `nuke.pluginAddPath("<folder>")` into ~/.nuke/init.py. Nuke reads
OFX_PLUGIN_PATH when it starts; where the bundle lies in a folder that Nuke reads anyway, this does nothing.
"""

import os


def _add_bundle():
    # .../AIRoto.ofx.bundle/Contents/Resources/nuke/init.py
    here = os.path.dirname(os.path.abspath(__file__))
    bundle = os.path.normpath(os.path.join(here, "..", "..", ".."))
    if not bundle.endswith(".ofx.bundle") or not os.path.isdir(os.path.join(bundle, "Contents")):
        return
    folder = os.path.dirname(bundle)
    known = [path for path in os.environ.get("OFX_PLUGIN_PATH", "").split(os.pathsep) if path]
    if folder not in known:
        os.environ["OFX_PLUGIN_PATH"] = os.pathsep.join([folder] + known)


_add_bundle()
