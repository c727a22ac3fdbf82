"""What NatronRenderer runs for `cargo xtask hosts`: a reader, AI Roto, a writer named Out.

AIROTO_JOB names a JSON file: `frames` and `mattes` are patterns as Natron writes them, `parameters` are AI Roto's.
"""

import json
import os

with open(os.environ["AIROTO_JOB"], encoding="utf-8") as file:
    job = json.load(file)


def there(thing, what):
    """The thing; Natron answers None for what it does not have."""
    if thing is None:
        raise RuntimeError("Natron has no " + what)
    return thing


def choose(param, wanted):
    """Sets a choice by its label or its identifier: which of them `getOptions` gives depends on the version."""
    options = [option.lower() for option in param.getOptions()]
    param.setValue(options.index(wanted.lower()))


def give(node, name, value):
    param = there(node.getParam(name), "parameter " + name)
    if hasattr(param, "getOptions"):
        choose(param, value)
    else:
        param.setValue(value)


def give_if_there(node, name, value):
    """For what the readers and writers of some builds lack."""
    if node.getParam(name) is not None:
        give(node, name, value)


def no_conversion(node):
    """Numbers go through as they are in the files: the same colour space on both sides."""
    space = node.getParam("ocioInputSpace")
    if space is not None:
        give_if_there(node, "ocioOutputSpace", space.getValue())


reader = there(app.createReader(job["frames"]), "reader for " + job["frames"])  # noqa: F821, `app` is Natron's
no_conversion(reader)

roto = there(app.createNode("org.airoto.AIRoto"), "node org.airoto.AIRoto")  # noqa: F821
for name, value in job["parameters"].items():
    give(roto, name, value)
if not roto.connectInput(0, reader):
    raise RuntimeError("Natron does not connect the reader to AI Roto")

writer = there(app.createWriter(job["mattes"]), "writer for " + job["mattes"])  # noqa: F821
writer.setScriptName("Out")
if not writer.connectInput(0, roto):
    raise RuntimeError("Natron does not connect AI Roto to the writer")
no_conversion(writer)
# The size of what comes in, not that of the project.
writer.getParam("formatType").setValue(0)
give(writer, "outputComponents", "RGB")
give_if_there(writer, "bitDepth", "8u")
give_if_there(writer, "enableDithering", False)
