"""A menu entry for AI Roto in Nuke's node toolbar, with its icon. Does nothing where the plugin is not loaded."""

import os

import nuke

#: How Nuke names the node of the OpenFX plugin org.airoto.AIRoto.
_CLASSES = ("OFXorg.airoto.airoto_v0", "OFXorg.airoto.AIRoto_v0")


def _icon():
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "org.airoto.AIRoto.png")
    return os.path.normpath(path) if os.path.isfile(path) else ""


def create_airoto():
    """Makes the node behind what is selected, under whichever name this Nuke knows it."""
    for name in _CLASSES:
        try:
            return nuke.createNode(name)
        except RuntimeError:
            continue
    nuke.message("AI Roto is not loaded: is its bundle in a folder of OFX_PLUGIN_PATH?")
    return None


def _add_menu():
    toolbar = nuke.menu("Nodes")
    if toolbar is not None:
        toolbar.addCommand("Keyer/AI Roto", create_airoto, icon=_icon())


_add_menu()
