/*
 * pull/gtfs_tables: the tables of a timetable and their columns, as the GTFS Schedule Reference has
 * them.
 *
 * Purpose    which columns are dates, which are numbers, and which are somebody's own: the
 *            reference lets publishers add columns, and asks readers to pass over those that they
 *            do not know.
 * Table      a file's name, with the folders of its archive: only the last part counts.
 */
#ifndef BF_PULL_GTFS_TABLES_H
#define BF_PULL_GTFS_TABLES_H

#include "core/str.h"

enum bf_gtfs_column {
    BF_GTFS_TEXT,   /* ids, names, colours, and times, which may be after 24:00:00 */
    BF_GTFS_NUMBER, /* degrees, lengths, amounts, and the numbers that stand for a word */
    BF_GTFS_DATE,   /* YYYYMMDD */
    BF_GTFS_OWN,    /* the reference has the table, not the column */
    BF_GTFS_OTHER,  /* the reference does not have the table */
};

enum bf_gtfs_column bf_gtfs_column(struct bf_str table, struct bf_str name);

#endif
