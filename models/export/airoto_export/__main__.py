"""`python -m airoto_export --family sam2 --from PATH --size 1024 -o DIR`: a local checkpoint to a model pack."""

from __future__ import annotations

import argparse
import sys
import warnings
from pathlib import Path

from .families import ExportError, load
from .pack import write_pack


def main() -> int:
    parser = argparse.ArgumentParser(prog="airoto_export", description=__doc__)
    parser.add_argument("--family", choices=("sam2", "edgetam"), required=True)
    parser.add_argument("--from", dest="source", type=Path, required=True,
                        help="a local Hugging Face folder, or a local original checkpoint")
    parser.add_argument("--size", type=int, choices=(512, 1024), default=1024, help="side of the input in pixels")
    parser.add_argument("--precision", choices=("fp32", "fp16", "int8"), default="fp32")
    parser.add_argument("--name", help="the pack's name (default: the folder's)")
    parser.add_argument("--smaller", help="the name of a pack of the same model for a smaller input, "
                        "gone on with where a device has too little memory for this one")
    parser.add_argument("--licence", default="Apache-2.0", help="licence of the checkpoint, written into the pack")
    parser.add_argument("-o", "--output", type=Path, required=True, help="the pack's folder")
    args = parser.parse_args()
    warnings.filterwarnings("ignore", category=UserWarning)
    try:
        model = load(args.source, args.family, args.size)
        write_pack(model, args.family, args.size, args.precision, args.name or args.output.name, args.licence,
                   args.output, smaller=args.smaller)
    except (ExportError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"wrote {args.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
