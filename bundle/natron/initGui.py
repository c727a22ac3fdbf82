"""A menu entry for AI Roto in Natron: AI Roto/Create. Does nothing where the plugin is not loaded.

Natron reads this when its folder is on NATRON_PLUGIN_PATH, or named in Preferences, Plug-ins, PyPlugs search path.
"""

from NatronGui import natron

#: The plugin, as Natron names it.
_PLUGIN = "org.airoto.AIRoto"


def airoto_create():
    """Makes the node in the first project that is open."""
    app = natron.getActiveInstance()
    if app is not None:
        app.createNode(_PLUGIN)


if _PLUGIN in natron.getPluginIDs():
    # The command is looked up in this module by its name.
    natron.addMenuCommand("AI Roto/Create", "airoto_create")
