/*
 * store/used_rows: tells the database which keys were used (store/used).
 *
 * Purpose    catalog.api_key.used, only where the day differs: a key that is asked with all day is
 *            written once. Waits for no lock longer than a quarter of a second: a row that somebody
 *            holds is told the next time.
 * Rights     those of the writer: it may write that column of the table and no other.
 * Errors     those of the connection; what was not told stays in memory.
 */
#ifndef BF_STORE_USED_ROWS_H
#define BF_STORE_USED_ROWS_H

#include "store/conn.h"
#include "store/used.h"

bool bf_used_tell(struct bf_used *used, struct bf_conn *c, struct bf_err *err);

#endif
