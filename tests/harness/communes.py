"""The real contours of the 95 communes, from the data beside the checkout, as an administrator loads them over the sample's."""

import csv
import json

from harness import dataset
from harness.stack import ROOT

DATA = ROOT.parent / "shared" / "data" / "communes_mel"


def real():
    """The records. The file of contours leaves articles out of the names; the register has them, and writes oe for œ."""
    with (DATA / "mel_95_communes_population_2024.csv").open(encoding="utf-8") as file:
        register = {row["insee"]: row for row in csv.DictReader(file)}
    contours = json.loads((DATA / "mel_communes_2018_contours_pop2024.geojson").read_text(encoding="utf-8"))
    for feature in contours["features"]:
        told = register[feature["properties"]["code"]]
        yield {"insee": told["insee"], "nom": told["nom_membre"].replace("oeu", "œu"), "siren": told["siren_membre"],
               "population": int(told["pmun_2024"]), "contour": feature["geometry"]}


def publish(stack, folder, name):
    """A dataset of that name with the real contours, like the published one, which keeps its own; its address."""
    content = json.loads((ROOT / "handlers/communes/dataset.json").read_text(encoding="utf-8"))
    content["id"] = name
    place = dataset.apply(stack, folder, content)
    file = folder / "communes.ndjson"
    file.write_text("\n".join(json.dumps(row) for row in real()), encoding="utf-8")
    stack.beffroi("load", name, file, "--mode", "snapshot")
    return place


def holds(ring, x, y):
    """Whether the point lies in the ring, by the crossings of a ray to the east."""
    crossed = False
    for (x1, y1), (x2, y2) in zip(ring, ring[1:]):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            crossed = not crossed
    return crossed
