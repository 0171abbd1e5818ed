"""The report at the end of the day."""

from __future__ import annotations

import argparse


def main() -> None:
    """Print what was loaded; named parameters of the task arrive as `--name=value`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--orders", type=int, required=True)
    given, _ = parser.parse_known_args()
    print(f"{given.orders} orders in all regions")
