"""Prints the table of benchmarks.

    python -m benchmarks [ROW ...] [--repeats N] [--folder DIR] [--out FILE]

Rows: first_answer, prepare, predict, features, segment, serve, scale, loader, train_step, kept_memory, gpu,
linear_probe, grow; all but scale by default. Generated photographs and stores are kept in DIR and used again.
"""

import argparse
import importlib
from pathlib import Path

from benchmarks.table import Row, markdown

ROWS = ("first_answer", "prepare", "predict", "features", "segment", "serve", "loader", "train_step",
        "kept_memory", "gpu", "linear_probe", "grow")  # fmt: skip
LONG = ("scale",)


def main() -> None:
    """Runs the rows named and prints them as Markdown."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("rows", nargs="*", choices=[[], *ROWS, *LONG], help="all but scale by default")
    parser.add_argument("--repeats", type=int, default=5, help="turns of each row")
    parser.add_argument("--folder", type=Path, default=Path("benchmarks/.material"), help="where material is kept")
    parser.add_argument("--out", type=Path, help="also write the table to this file")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    found: list[Row] = []
    for name in arguments.rows or ROWS:
        print(f"{name} ...", flush=True)
        found += importlib.import_module(f"benchmarks.{name}").rows(arguments.folder, arguments.repeats)
    text = markdown(found)
    print(f"\n{text}")
    if arguments.out:
        arguments.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
