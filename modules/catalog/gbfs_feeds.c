#include "catalog/gbfs_feeds.h"

static const struct bf_gbfs_feed feeds[] = {
    {.name = "system_information", .list = ""},
    {.name = "vehicle_types", .list = "vehicle_types"},
    {.name = "station_information", .list = "stations"},
    {.name = "station_status", .list = "stations", .live = true},
    {.name = "free_bike_status", .list = "bikes", .live = true}, /* until 2.3 */
    {.name = "vehicle_status", .list = "vehicles", .live = true},
    {.name = "vehicle_availability", .list = "vehicles", .live = true},
    {.name = "system_hours", .list = "rental_hours"},
    {.name = "system_calendar", .list = "calendars"},
    {.name = "system_regions", .list = "regions"},
    {.name = "system_pricing_plans", .list = "plans"},
    {.name = "system_alerts", .list = "alerts"},
    {.name = "geofencing_zones", .list = "geofencing_zones", .features = true},
    {.name = "gbfs_versions", .list = "versions"},
};

const struct bf_gbfs_feed *bf_gbfs_feed(struct bf_str name)
{
    for (size_t i = 0; i < sizeof feeds / sizeof feeds[0]; i++)
        if (bf_str_eq(name, bf_str_of(feeds[i].name)))
            return &feeds[i];
    return NULL;
}
