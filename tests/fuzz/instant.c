/* Dates, instants, HTTP dates, numbers, and compiled time zones. What is read must print as a text
 * that reads as the same value. */
#include "value/instant.h"
#include "value/number.h"
#include "value/tzif.h"
#include "value/tzrule.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
    if (!ok)
        abort();
}

static void instants(struct bf_str text, struct bf_buf *out)
{
    const struct bf_zone *zone = bf_zone_find(BF_STR("America/St_Johns"));
    struct bf_instant r, again;
    if (!zone || !bf_instant_read(text, &r))
        return;
    int64_t at = bf_instant_resolve(&r, zone);
    if (at < BF_INSTANT_MIN + 864000000000 || at > BF_INSTANT_MAX - 864000000000)
        return; /* what the zone may move out of the years that can be read */
    bf_buf_clear(out);
    bf_instant_print(out, at, zone);
    check(bf_instant_read(bf_buf_view(out), &again) && again.mark == BF_OFFSET_NUMERIC);
    check(bf_instant_resolve(&again, bf_zone_utc()) == at);
}

static void dates(struct bf_str text, struct bf_buf *out)
{
    int32_t days, again;
    int64_t at, same;
    if (bf_date_read(text, &days)) {
        bf_buf_clear(out);
        bf_date_print(out, days);
        check(bf_date_read(bf_buf_view(out), &again) && again == days);
    }
    if (bf_instant_read_http(text, &at) && at < BF_INSTANT_MAX) {
        bf_buf_clear(out);
        bf_instant_print_http(out, at);
        check(bf_instant_read_http(bf_buf_view(out), &same) && same == at);
    }
}

static void numbers(struct bf_str text, struct bf_buf *out)
{
    double v, again;
    int64_t i, same;
    if (bf_number_real(text, &v)) {
        bf_buf_clear(out);
        bf_number_print(out, v);
        check(bf_number_real(bf_buf_view(out), &again) && memcmp(&v, &again, sizeof v) == 0);
    }
    if (bf_number_int(text, &i)) {
        bf_buf_clear(out);
        bf_buf_i64(out, i);
        check(bf_number_int(bf_buf_view(out), &same) && same == i);
    }
}

static void zones(struct bf_str bytes)
{
    struct bf_tzif t;
    struct bf_tzrule rule;
    bf_tzrule_read(bytes, &rule);
    bf_zone_find(bytes);
    if (!bf_tzif_read(bytes, &t))
        return;
    for (size_t i = 1; i < t.n; i++)
        check(t.changes[i - 1].at < t.changes[i].at);
    bf_tzif_fini(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bf_str text = {(const char *)data, size};
    struct bf_buf out;
    bf_buf_init(&out, 4096);
    instants(text, &out);
    dates(text, &out);
    numbers(text, &out);
    zones(text);
    bf_buf_fini(&out);
    return 0;
}
