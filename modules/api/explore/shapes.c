#include "api/explore/describe.h"

enum { NEEDED = BF_SHAPE_REQUIRED, NULLABLE = BF_SHAPE_NULLABLE, LIST = BF_SHAPE_LIST };

static const char *const states[] = {"displayed", "refined", "excluded", NULL};

static const struct bf_shape_member link[] = {
    {.name = "href", .type = "string", .flags = NEEDED, .format = "uri"},
    {.name = "rel", .type = "string", .flags = NEEDED},
    {.name = NULL},
};

static const struct bf_shape_member record[] = {
    {.name = "_id", .type = "string", .fr = "Avec include_links.", .en = "With include_links."},
    {.name = "_timestamp", .type = "string", .format = "date-time"},
    {.name = "_size", .type = "integer", .format = "int64"},
    {.name = "_links", .of = "link", .flags = LIST},
    {.name = NULL},
};

static const struct bf_shape_member records[] = {
    {.name = "total_count",
     .type = "integer",
     .flags = NEEDED,
     .fr = "De toutes les pages.",
     .en = "Of all pages."},
    {.name = "_links", .of = "link", .flags = LIST},
    {.name = "results", .of = "record", .flags = NEEDED | LIST},
    {.name = NULL},
};

static const struct bf_shape_member field[] = {
    {.name = "name", .type = "string", .flags = NEEDED},
    {"description", "string", .flags = NULLABLE},
    {.name = "annotations", .type = "object"},
    {.name = "label", .type = "string"},
    {.name = "type", .type = "string", .flags = NEEDED},
    {.name = NULL},
};

/* What `select` leaves out is not there: nothing is required. */
static const struct bf_shape_member dataset[] = {
    {.name = "_links", .of = "link", .flags = LIST},
    {.name = "visibility", .type = "string"},
    {.name = "fields", .of = "field", .flags = LIST},
    {.name = "dataset_id", .type = "string"},
    {.name = "dataset_uid", .type = "string"},
    {.name = "has_records", .type = "boolean"},
    {.name = "features", .type = "string", .flags = LIST},
    {.name = "attachments", .of = "dataset_attachment", .flags = LIST},
    {.name = "alternative_exports", .of = "alternative_export", .flags = LIST},
    {.name = "data_visible", .type = "boolean"},
    {.name = "metas",
     .type = "object",
     .fr = "Par modèle: `default`, `dcat`, …",
     .en = "By template: `default`, `dcat`, …"},
    {.name = NULL},
};

static const struct bf_shape_member datasets[] = {
    {.name = "total_count", .type = "integer", .flags = NEEDED},
    {.name = "_links", .of = "link", .flags = LIST},
    {.name = "results", .of = "dataset", .flags = NEEDED | LIST},
    {.name = NULL},
};

static const struct bf_shape_member facet_value[] = {
    {.name = "name", .type = "string", .flags = NEEDED},
    {.name = "count",
     .type = "integer",
     .fr = "Absent d'une valeur exclue.",
     .en = "Not of an excluded value."},
    {.name = "state", .type = "string", .flags = NEEDED, .choices = states},
    {.name = "value",
     .type = "string",
     .flags = NEEDED,
     .fr = "Le chemin entier.",
     .en = "The whole path."},
    {.name = "facets", .of = "facet_value_enumeration", .flags = LIST},
    {.name = NULL},
};

static const struct bf_shape_member facet[] = {
    {.name = "name", .type = "string", .flags = NEEDED},
    {.name = "facets", .of = "facet_value_enumeration", .flags = NEEDED | LIST},
    {.name = NULL},
};

static const struct bf_shape_member facets[] = {
    {.name = "links", .of = "link", .flags = NEEDED | LIST},
    {.name = "facets", .of = "facet_enumeration", .flags = NEEDED | LIST},
    {.name = NULL},
};

static const struct bf_shape_member template_key[] = {
    {.name = "name", .type = "string", .flags = NEEDED},
    {.name = "type", .type = "string", .flags = NEEDED},
    {.name = NULL},
};

static const struct bf_shape_member metadata_template[] = {
    {.name = "name", .type = "string", .flags = NEEDED},
    {.name = "type", .type = "string", .flags = NEEDED},
    {.name = "title", .type = "string", .flags = NEEDED},
    {.name = "schema", .of = "template_key", .flags = NEEDED | LIST},
    {.name = NULL},
};

static const struct bf_shape_member metadata_templates[] = {
    {.name = "links", .of = "link", .flags = NEEDED | LIST},
    {.name = "metadata_templates", .of = "metadata_template", .flags = NEEDED | LIST},
    {.name = NULL},
};

static const struct bf_shape_member attachment[] = {
    {.name = "href", .type = "string", .flags = NEEDED, .format = "uri"},
    {.name = "metas", .type = "object", .flags = NEEDED},
    {.name = NULL},
};

static const struct bf_shape_member attachments[] = {
    {.name = "links", .of = "link", .flags = NEEDED | LIST},
    {.name = "attachments", .of = "attachment", .flags = NEEDED | LIST},
    {.name = NULL},
};

static const struct bf_shape_member formats[] = {
    {.name = "links", .of = "link", .flags = NEEDED | LIST},
    {.name = NULL},
};

static const struct bf_shape_member error[] = {
    {.name = "error_code", .type = "string", .flags = NEEDED},
    {.name = "message", .type = "string", .flags = NEEDED},
    {.name = NULL},
};

/* ---- v2.0 (contract 2.4) ---- */

static const struct bf_shape_member none[] = {{.name = NULL}};

static const struct bf_shape_member old_record[] = {
    {.name = "id", .type = "string", .fr = "Absent d'un groupe.", .en = "Not of a group."},
    {.name = "timestamp", .type = "string", .flags = NULLABLE, .format = "date-time"},
    {.name = "size", .type = "integer", .format = "int64"},
    {.name = "fields", .of = "fields", .flags = NEEDED},
    {.name = NULL},
};

static const struct bf_shape_member wrapped_record[] = {
    {.name = "links", .of = "link", .flags = NEEDED | LIST},
    {.name = "record", .of = "record", .flags = NEEDED},
    {.name = NULL},
};

static const struct bf_shape_member old_records[] = {
    {.name = "total_count", .type = "integer", .flags = NEEDED},
    {.name = "links", .of = "link", .flags = NEEDED | LIST},
    {.name = "records", .of = "wrapped_record", .flags = NEEDED | LIST},
    {.name = NULL},
};

static const struct bf_shape_member wrapped_dataset[] = {
    {.name = "links", .of = "link", .flags = NEEDED | LIST},
    {.name = "dataset", .of = "dataset", .flags = NEEDED},
    {.name = NULL},
};

static const struct bf_shape_member old_datasets[] = {
    {.name = "total_count", .type = "integer", .flags = NEEDED},
    {.name = "links", .of = "link", .flags = NEEDED | LIST},
    {.name = "datasets", .of = "wrapped_dataset", .flags = NEEDED | LIST},
    {.name = NULL},
};

static const struct bf_shape_member aggregations[] = {
    {.name = "aggregations", .type = "object", .flags = NEEDED | LIST},
    {.name = NULL},
};

/* ---- the tables ---- */

static const struct bf_shape both[] = {
    {"link", "Un lien.", "A link.", link, false},
    {"field", "Un champ.", "A field.", field, false},
    {"dataset_attachment", "Une pièce jointe.", "An attachment.", bf_shape_attachment, false},
    {"alternative_export", "Un export alternatif.", "An alternative export.",
     bf_shape_alternative_export, false},
    {"dataset", "Un jeu de données.", "A dataset.", dataset, false},
    {"facet_value_enumeration", "Une valeur d'une facette.", "A value of a facet.", facet_value,
     false},
    {"facet_enumeration", "Une facette.", "A facet.", facet, false},
    {"facets", "Des facettes.", "Facets.", facets, false},
    {"template_key", "Une métadonnée.", "A metadata.", template_key, false},
    {"metadata_template", "Un groupe de métadonnées.", "A group of metadata.", metadata_template,
     false},
    {"metadata_templates", "Des groupes de métadonnées.", "Groups of metadata.", metadata_templates,
     false},
    {"attachment", "Une pièce jointe.", "An attachment.", attachment, false},
    {"attachments", "Des pièces jointes.", "Attachments.", attachments, false},
    {"formats", "Les formats, chacun un lien de son nom.", "The formats, each a link of its name.",
     formats, false},
    {"error", "Un refus.", "A refusal.", error, false},
    {.name = NULL},
};

static const struct bf_shape v21[] = {
    {"record", "Un enregistrement.", "A record.", record, true},
    {"records", "Une page d'enregistrements.", "A page of records.", records, false},
    {"datasets", "Une page de jeux de données.", "A page of datasets.", datasets, false},
    {.name = NULL},
};

static const struct bf_shape v20[] = {
    {"fields", "Les champs d'un enregistrement.", "The fields of a record.", none, true},
    {"record", "Un enregistrement ou un groupe.", "A record or a group.", old_record, false},
    {"wrapped_record", "Un enregistrement et ses liens.", "A record and its links.", wrapped_record,
     false},
    {"records", "Une page d'enregistrements.", "A page of records.", old_records, false},
    {"wrapped_dataset", "Un jeu de données et ses liens.", "A dataset and its links.",
     wrapped_dataset, false},
    {"datasets", "Une page de jeux de données.", "A page of datasets.", old_datasets, false},
    {"aggregations", "Des groupes.", "Groups.", aggregations, false},
    {.name = NULL},
};

const struct bf_shape *const explore_shapes[] = {v21, both, bf_common_shapes, NULL};
const struct bf_shape *const explore_old_shapes[] = {v20, both, bf_common_shapes, NULL};
