"""A dataset of a test's own, applied to the running stack like any other."""

import json

FIELDS = [
    {"name": "id", "type": "int", "sortable": True},
    {"name": "nom", "type": "text", "facet": True, "label": {"fr": "Nom", "en": "Name"}},
    {"name": "n", "type": "int", "facet": True, "sortable": True, "unit": "1"},
    {"name": "x", "type": "double", "sortable": True},
    {"name": "ouvert", "type": "boolean", "facet": True},
    {"name": "jour", "type": "date", "facet": True},
    {"name": "vu", "type": "datetime", "facet": True, "sortable": True},
    {"name": "geo", "type": "geo_point_2d"},
    {"name": "forme", "type": "geo_shape"},
    {"name": "libre", "type": "json_blob"},
    {"name": "double_n", "type": "int", "sql": "n * 2"},
]

ROWS = [
    {"id": 1, "nom": "Arrêt Gare", "n": 3, "x": 0.1, "ouvert": True, "jour": "2026-09-30",
     "vu": "2026-09-30T08:15:00+02:00", "geo": {"lon": 3.0704, "lat": 50.6365},
     "forme": {"type": "LineString", "coordinates": [[3.0, 50.0], [3.5, 50.25]]}, "libre": "{\"a\": [1, 2]}"},
    {"id": 2, "nom": "Bois d'Arcy", "n": 10, "x": 2.5, "ouvert": False, "jour": "2026-10-01",
     "vu": "2026-10-01T00:30:00+02:00", "geo": {"lon": 3.0570, "lat": 50.6292}},
    {"id": 3, "nom": "Château \"Neuf\"", "n": None, "x": None, "ouvert": None, "jour": None, "vu": None, "geo": None},
    {"id": 4, "nom": "arrêt gare", "n": -7, "x": 1e300, "ouvert": True, "jour": "2025-12-31",
     "vu": "2025-12-31T23:30:00Z", "geo": {"lon": -73.5, "lat": 45.5}},
]


def manifest(name, **changes):
    return {
        "id": name,
        "title": {"fr": f"Essai {name}", "en": f"Test {name}"},
        "description": {"fr": "Pour les essais <b>", "en": "For the tests <b>"},
        "publisher": "Beffroi",
        "licence": {"name": "Licence Ouverte 2.0", "url": "https://www.etalab.gouv.fr/licence-ouverte-open-licence/"},
        "synthetic": True,
        "key": ["id"],
        "geometry": "geo",
        "fields": FIELDS,
        **changes,
    }


def apply(stack, folder, content, hook=None):
    """Applies the manifest, and the script beside it; when the command has ended, every worker serves it."""
    place = folder / content["id"]
    place.mkdir(exist_ok=True)
    script = place / "hook.lua"
    script.unlink(missing_ok=True)
    if hook:
        script.write_text(hook, encoding="utf-8")
    (place / "dataset.json").write_text(json.dumps(content), encoding="utf-8")
    stack.beffroi("apply", str(place))
    return f"/api/explore/v2.1/catalog/datasets/{content['id']}"
