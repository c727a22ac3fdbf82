"""`python -m airoto_export --family sam2 --from PATH --size 1024 -o DIR`: a local checkpoint to a model pack."""

from __future__ import annotations

import argparse
import sys
import warnings
from pathlib import Path

from . import grounding_dino, vitmatte
from .families import ExportError, load
from .pack import write_pack


def main() -> int:
    parser = argparse.ArgumentParser(prog="airoto_export", description=__doc__)
    parser.add_argument("--family", choices=("sam2", "edgetam", "vitmatte", "grounding-dino"), required=True)
    parser.add_argument("--from", dest="source", type=Path, required=True,
                        help="a local Hugging Face folder, or a local original checkpoint")
    parser.add_argument("--size", type=int, choices=(512, 1024),
                        help="side of a tracker's input in pixels (default: 1024)")
    parser.add_argument("--precision", choices=("fp32", "fp16", "int8"), default="fp32")
    parser.add_argument("--name", help="the pack's name (default: the folder's)")
    parser.add_argument("--tokenizer", type=Path, metavar="FOLDER",
                        help="a folder with the vocabulary of a grounding-dino checkpoint, if it has none beside it")
    parser.add_argument("--smaller", help="the name of a pack of the same model for a smaller input, "
                        "gone on with where a device has too little memory for this one")
    parser.add_argument("--licence", help="licence of the checkpoint, written into the pack (default: MIT for vitmatte, "
                        "Apache-2.0 for the others)")
    parser.add_argument("-o", "--output", type=Path, required=True, help="the pack's folder")
    args = parser.parse_args()
    warnings.filterwarnings("ignore", category=UserWarning)
    try:
        name = args.name or args.output.name
        if args.size and args.family in ("vitmatte", "grounding-dino"):
            raise ExportError(f"a pack of {args.family} takes pictures of all sizes: leave --size out")
        if args.tokenizer and args.family != "grounding-dino":
            raise ExportError(f"a pack of {args.family} reads no words: leave --tokenizer out")
        if args.family == "grounding-dino":
            grounding_dino.write_pack(grounding_dino.load(args.source, args.tokenizer), args.precision, name,
                                      args.licence or "Apache-2.0", args.output, smaller=args.smaller)
        elif args.family == "vitmatte":
            vitmatte.write_pack(*vitmatte.load(args.source), args.precision, name, args.licence or "MIT", args.output,
                                smaller=args.smaller)
        else:
            size = args.size or 1024
            write_pack(load(args.source, args.family, size), args.family, size, args.precision, name,
                       args.licence or "Apache-2.0", args.output, smaller=args.smaller)
    except (ExportError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"wrote {args.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
