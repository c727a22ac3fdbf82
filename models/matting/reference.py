"""Mattes of pymatting for a picture and its trimap, and how long they take.

python reference.py PICTURE TRIMAP FOLDER: writes closed-form.f32 and knn.f32 (32-bit floats, row by row)
into the folder and prints a line for each: its name and the seconds. Threads are set by the environment.
"""

import sys
import time
from pathlib import Path

import pymatting


def main() -> None:
    picture, trimap, folder = sys.argv[1:]
    rgb = pymatting.load_image(picture, "RGB")
    zones = pymatting.load_image(trimap, "GRAY")
    methods = {"closed-form": pymatting.estimate_alpha_cf, "knn": pymatting.estimate_alpha_knn}
    for name, estimate in methods.items():
        # Once before it counts: pymatting compiles what it needs on its first call.
        seconds = []
        for _ in range(2):
            start = time.perf_counter()
            alpha = estimate(rgb, zones)
            seconds.append(time.perf_counter() - start)
        alpha.astype("<f4").tofile(Path(folder) / f"{name}.f32")
        print(name, min(seconds))


main()
