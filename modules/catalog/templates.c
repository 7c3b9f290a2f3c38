#include "catalog/templates.h"

/* The names and their order are the vendor's. */
static const struct bf_meta_key dcat[] = {
    {"created", BF_META_DATETIME, false},
    {"issued", BF_META_DATETIME, false},
    {"creator", BF_META_TEXT, false},
    {"contributor", BF_META_TEXT, true},
    {"contact_name", BF_META_TEXT, true},
    {"contact_email", BF_META_TEXT, true},
    {"accrualperiodicity", BF_META_TEXT, false},
    {"spatial", BF_META_TEXT, true},
    {"temporal", BF_META_TEXT, true},
    {"granularity", BF_META_TEXT, true},
    {"dataquality", BF_META_TEXT, true},
    {"publisher_type", BF_META_TEXT, true},
    {"conforms_to", BF_META_TEXT, true},
    {"temporal_coverage_start", BF_META_TEXT, true},
    {"temporal_coverage_end", BF_META_TEXT, true},
    {"accessRights", BF_META_TEXT, true},
    {"relation", BF_META_TEXT, true},
    {.name = NULL},
};

static const struct bf_meta_key inspire[] = {
    {"theme", BF_META_TEXT, true},
    {"type", BF_META_TEXT, true},
    {"file_identifier", BF_META_TEXT, true},
    {"hierarchy_level", BF_META_TEXT, true},
    {"hierarchy_level_name", BF_META_TEXT, true},
    {"spatial_resolution", BF_META_TEXT, true},
    {"topologic_consistency", BF_META_TEXT, true},
    {"contact_individual_name", BF_META_TEXT, true},
    {"contact_position", BF_META_TEXT, true},
    {"contact_address", BF_META_TEXT, true},
    {"contact_email", BF_META_TEXT, true},
    {"identification_purpose", BF_META_TEXT, true},
    {"extend_description", BF_META_TEXT, true},
    {"extend_bounding_box_westbound_longitude", BF_META_TEXT, true},
    {"extend_bounding_box_eastbound_longitude", BF_META_TEXT, true},
    {"extend_bounding_box_southbound_latitude", BF_META_TEXT, true},
    {"extend_bounding_box_northbound_latitude", BF_META_TEXT, true},
    {.name = NULL},
};

static const struct bf_meta_key basic[] = {
    {"title", BF_META_TEXT, false},
    {"description", BF_META_TEXT, false},
    {"theme", BF_META_LIST, false},
    {"keyword", BF_META_LIST, false},
    {"license", BF_META_TEXT, false},
    {"license_url", BF_META_TEXT, false},
    {"language", BF_META_TEXT, false},
    {"metadata_languages", BF_META_LIST, false},
    {"timezone", BF_META_TEXT, true},
    {"modified", BF_META_DATETIME, false},
    {"modified_updates_on_metadata_change", BF_META_BOOL, false},
    {"modified_updates_on_data_change", BF_META_BOOL, false},
    {"data_processed", BF_META_DATETIME, false},
    {"metadata_processed", BF_META_DATETIME, false},
    {"geographic_reference", BF_META_LIST, true},
    {"geographic_reference_auto", BF_META_BOOL, false},
    {"territory", BF_META_LIST, true},
    {"geometry_types", BF_META_LIST, false},
    {"bbox", BF_META_OBJECT, false},
    {"publisher", BF_META_TEXT, false},
    {"references", BF_META_TEXT, true},
    {"records_count", BF_META_INT, false},
    {"attributions", BF_META_LIST, true},
    {"source_domain", BF_META_TEXT, true},
    {"source_domain_title", BF_META_TEXT, true},
    {"source_domain_address", BF_META_TEXT, true},
    {"source_dataset", BF_META_TEXT, true},
    {"shared_catalog", BF_META_TEXT, true},
    {"federated", BF_META_BOOL, false},
    {"parent_domain", BF_META_TEXT, true},
    {"update_frequency", BF_META_TEXT, false},
    {.name = NULL},
};

/* The portal counts nothing yet: they are null, and may be named. */
static const struct bf_meta_key explore[] = {
    {"feedback_enabled", BF_META_BOOL, false},
    {"geographic_area", BF_META_OBJECT, false},
    {"download_count", BF_META_INT, false},
    {"popularity_score", BF_META_INT, false},
    {"attachment_download_count", BF_META_INT, false},
    {"file_fields_download_count", BF_META_INT, false},
    {"reuse_count", BF_META_INT, false},
    {"api_call_count", BF_META_INT, false},
    {.name = NULL},
};

static const struct bf_meta_key visualization[] = {
    {"map_marker_color", BF_META_TEXT, false}, {"map_marker_picto", BF_META_TEXT, false},
    {"map_disabled", BF_META_BOOL, false},     {"map_tooltip_html", BF_META_TEXT, false},
    {"table_disabled", BF_META_BOOL, false},   {"calendar_enabled", BF_META_BOOL, false},
    {"analyze_disabled", BF_META_BOOL, false}, {.name = NULL},
};

static const struct bf_meta_key none[] = {{.name = NULL}};

const struct bf_template bf_templates[] = {
    {"dcat", "interop", "DCAT", dcat},
    {"inspire", "interop", "INSPIRE", inspire},
    {"default", "basic", "Standard", basic},
    {"custom", "interop", "Custom", none},
    {"explore", "extra", "Explore", explore},
    {"visualization", "extra", "Visualization", visualization},
    {.name = NULL},
};

const struct bf_template *bf_template_named(struct bf_str name)
{
    for (const struct bf_template *t = bf_templates; t->name; t++)
        if (bf_str_eq(name, bf_str_of(t->name)))
            return t;
    return NULL;
}

const struct bf_meta_key *bf_template_key(const struct bf_template *t, struct bf_str name)
{
    for (const struct bf_meta_key *k = t->keys; k->name; k++)
        if (bf_str_eq(name, bf_str_of(k->name)))
            return k;
    return NULL;
}

const char *bf_meta_kind_name(enum bf_meta_kind kind)
{
    static const char *const names[] = {
        [BF_META_TEXT] = "text",    [BF_META_LIST] = "list", [BF_META_DATETIME] = "datetime",
        [BF_META_BOOL] = "boolean", [BF_META_INT] = "int",   [BF_META_OBJECT] = "geojson",
    };
    return names[kind];
}
