"""Datasets whose rows come from the source of tests/handlers/rows, which reads them from a file."""

import datetime
import json
import os

from harness import dataset, handlers

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def _text(kind, value):
    if value is None:
        return ""
    if kind == "date":
        return str((datetime.date.fromisoformat(value) - EPOCH.date()).days)
    if kind == "datetime":
        at = datetime.datetime.fromisoformat(value.replace("Z", "+00:00")) - EPOCH
        return str(at // datetime.timedelta(microseconds=1))
    if kind == "geo_point_2d":
        return f"{value['lon']!r} {value['lat']!r}"
    if isinstance(value, (dict, list, bool)):
        return json.dumps(value)
    return str(value)


def write(path, rows, act=None, fields=dataset.FIELDS):
    """The rows as the handler reads them, and what else it is to do; the file is never half written."""
    stored = [f for f in fields if "sql" not in f and not f.get("handler")]
    lines = [f"#{act}"] if act else []
    lines += ["\t".join(f"{f['name']}:{f['type']}" for f in stored)]
    lines += ["\t".join(_text(f["type"], row.get(f["name"])) for f in stored) for row in rows]
    fresh = path.with_suffix(".new")
    fresh.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    os.replace(fresh, path)


def publish(stack, name, rows, options=None, **changes):
    """Applies a dataset with these rows; its address, when every worker serves it, and the file of its rows."""
    place = stack.folder / name  # the workers' account reads it
    place.mkdir()
    file = place / "rows.tsv"
    content = dataset.manifest(name, handler="rows", rows="handler", options={"file": str(file), **(options or {})},
                               **changes)
    content = {k: v for k, v in content.items() if v is not None}
    write(file, rows, fields=content["fields"])
    (place / "dataset.json").write_text(json.dumps(content), encoding="utf-8")
    stack.beffroi("apply", "--handlers", str(handlers.compiled(stack)), str(place))
    return handlers.settle(stack, name), file
