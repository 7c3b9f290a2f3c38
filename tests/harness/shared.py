"""What lies beside the checkout and is no part of it: the wire contract, recorded data."""

import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]


def folder(*parts):
    """`shared/<parts>` beside the checkout, or under $BEFFROI_SHARED; None where there is none."""
    place = pathlib.Path(os.environ.get("BEFFROI_SHARED") or ROOT.parent / "shared").joinpath(*parts)
    return place if place.exists() else None
