"""The files of a shapefile (ESRI, Shapefile Technical Description, 1998), written by a test."""

import io
import struct
import zipfile

POINT, LINE, POLYGON, MULTI_POINT = 1, 3, 5, 8

LAMBERT_93 = (
    'PROJCS["RGF93_Lambert_93",GEOGCS["GCS_RGF_1993",DATUM["D_RGF_1993",SPHEROID["GRS_1980",6378137.0,298.257222101]],'
    'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Lambert_Conformal_Conic"],'
    'PARAMETER["False_Easting",700000.0],PARAMETER["False_Northing",6600000.0],PARAMETER["Central_Meridian",3.0],'
    'PARAMETER["Standard_Parallel_1",44.0],PARAMETER["Standard_Parallel_2",49.0],PARAMETER["Latitude_Of_Origin",46.5],'
    'UNIT["Meter",1.0]]'
)


def content(kind, shape):
    """kind with Z and M has them as zeros; shape: None, a point, a list of points, or a list of parts."""
    if shape is None:
        return struct.pack("<i", 0)
    if kind % 10 == POINT:
        return struct.pack("<i2d", kind, *shape) + bytes(8 * (kind // 10))
    parts = [shape] if kind % 10 == MULTI_POINT else shape
    points = [point for part in parts for point in part]
    box = [*map(min, zip(*points)), *map(max, zip(*points))] if points else [0.0] * 4
    body = struct.pack("<i4d", kind, *box)
    if kind % 10 != MULTI_POINT:
        body += struct.pack("<i", len(parts))
    body += struct.pack("<i", len(points))
    if kind % 10 != MULTI_POINT:
        body += b"".join(struct.pack("<i", sum(map(len, parts[:i]))) for i in range(len(parts)))
    body += b"".join(struct.pack("<2d", *point) for point in points)
    return body + bytes((kind // 10) * (16 + 8 * len(points)))


def header(kind, size):
    return struct.pack(">7i", 9994, 0, 0, 0, 0, 0, size // 2) + struct.pack("<2i8d", 1000, kind, *[0.0] * 8)


def shp_and_shx(kind, shapes):
    records, index = b"", b""
    for number, shape in enumerate(shapes, 1):
        body = content(kind, shape)
        index += struct.pack(">2i", (100 + len(records)) // 2, len(body) // 2)
        records += struct.pack(">2i", number, len(body) // 2) + body
    return header(kind, 100 + len(records)) + records, header(kind, 100 + len(index)) + index


def dbf(fields, rows, encoding="utf-8", language=0, deleted=()):
    """fields: (name, type, bytes, decimals); rows: lists of texts as they stand in the file, without their blanks."""
    head = 33 + 32 * len(fields)
    out = struct.pack("<4BIHH17xB2x", 3, 126, 11, 26, len(rows), head, 1 + sum(f[2] for f in fields), language)
    for name, kind, size, decimals in fields:
        out += struct.pack("<11sc4xBB14x", name.encode(encoding), kind.encode(), size, decimals)
    out += b"\r"
    for number, row in enumerate(rows):
        out += b"*" if number in deleted else b" "
        for (_, kind, size, _), text in zip(fields, row, strict=True):
            raw = text.encode(encoding)
            out += raw.ljust(size)[:size] if kind in "CDL" else raw.rjust(size)[-size:]
    return out + b"\x1a"


def files(name, kind, shapes, fields, rows, prj=LAMBERT_93, cpg="UTF-8", **of_dbf):
    """name of the file -> bytes"""
    shp, shx = shp_and_shx(kind, shapes)
    all_of_it = {f"{name}.shp": shp, f"{name}.shx": shx, f"{name}.dbf": dbf(fields, rows, **of_dbf)}
    if prj:
        all_of_it[f"{name}.prj"] = prj.encode()
    if cpg:
        all_of_it[f"{name}.cpg"] = cpg.encode()
    return all_of_it


def zipped(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    return out.getvalue()
