/* api/admin/events: what each address of the admin API does that is about events
 * (api/admin/admin.h). */
#ifndef BF_API_ADMIN_EVENTS_H
#define BF_API_ADMIN_EVENTS_H

#include "api/request.h"

bool admin_events(struct bf_request *r);
bool admin_create(struct bf_request *r);
bool admin_event(struct bf_request *r);
bool admin_places(struct bf_request *r);
bool admin_close(struct bf_request *r);
bool admin_claim(struct bf_request *r);
bool admin_page(struct bf_request *r);

#endif
