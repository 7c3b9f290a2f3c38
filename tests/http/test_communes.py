"""The reference dataset of the communes: what scripts/run loads, and the real contours over it."""

import pytest

from harness import communes

RECORDS = "/api/explore/v2.1/catalog/datasets/{}/records"


def test_the_sample_is_there(stack):
    page = RECORDS.format("communes")
    answer = stack.get(page + "?select=count(*)%20as%20n,sum(population)%20as%20p&limit=1").json()
    assert answer["results"] == [{"n": 95, "p": 1187907}]
    lille = stack.get(page + "?where=nom='Lille'").json()["results"]
    assert [row["insee"] for row in lille] == ["59350"] and lille[0]["siren"] == "215903501"
    inside = stack.get(page + "?where=intersects(contour,geom'POINT(3.0707%2050.6307)')&select=insee").json()
    assert inside["results"] == [{"insee": "59350"}]
    [[outside]] = stack.sql("SELECT count(*) FROM data.communes WHERE NOT ST_IsValid(contour)"
                            " OR NOT ST_Within(ST_PointOnSurface(ST_MakeValid(contour)), contour)")
    assert outside == "0"
    [[overlap]] = stack.sql("SELECT coalesce(max(ST_Area(ST_Intersection(a.contour, b.contour)::geography)), 0)"
                            " FROM data.communes a, data.communes b WHERE a.insee < b.insee AND a.contour && b.contour")
    assert float(overlap) < 2000, "square metres that two communes share by rounding"


@pytest.mark.skipif(not communes.DATA.exists(), reason="skipped: needs ../shared/data beside the checkout")
def test_the_real_ones(stack, tmp_path):
    place = communes.publish(stack, tmp_path, "communes-reelles")
    shown = {row["insee"]: row for row in stack.get(place + "/exports/json").json()}
    made_up = {row["insee"]: row for row in stack.get(RECORDS.format("communes")[:-8] + "/exports/json").json()}
    assert len(shown) == 95 and shown.keys() == made_up.keys()
    for code, row in shown.items():
        assert (row["nom"], row["siren"], row["population"]) == tuple(made_up[code][n] for n in ("nom", "siren", "population"))
    [[outside]] = stack.sql('SELECT count(*) FROM data."communes-reelles" WHERE NOT'
                            " ST_Within(ST_PointOnSurface(ST_MakeValid(contour)), contour)")
    assert outside == "0"
