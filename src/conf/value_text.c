/*
 * Fields back to text, and whether two of them hold the same.
 */
#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/str.h"
#include "base/text.h"
#include "conf/config.h"
#include "conf/value.h"
#include "net/addr.h"

/* Room for 64 columns of any text. */
#define CLEAN_MAX 256

static const void *slot_of(const void *base, size_t at)
{
    return (const char *)base + at;
}

static unsigned unsigned_at(const void *base, size_t at)
{
    return *(const unsigned *)slot_of(base, at);
}

static uint64_t u64_at(const void *base, size_t at)
{
    return *(const uint64_t *)slot_of(base, at);
}

static double double_at(const void *base, size_t at)
{
    return *(const double *)slot_of(base, at);
}

static const char *text_at(const void *base, size_t at)
{
    return *(char *const *)slot_of(base, at);
}

static uint16_t port_at(const void *base, size_t at)
{
    return *(const uint16_t *)slot_of(base, at);
}

/* --- comparing ------------------------------------------------------------------------------ */

static bool equal_element(const void *a, const void *b, const struct schema_entry *entry,
                          unsigned i)
{
    const void *left = *(void *const *)slot_of(a, entry->at);
    const void *right = *(void *const *)slot_of(b, entry->at);
    if (entry->type == SCHEMA_LISTENERS)
        return addr_equal((const struct addr *)left + i, (const struct addr *)right + i);
    if (entry->type == SCHEMA_NETS) {
        const struct addr_net *one = (const struct addr_net *)left + i;
        const struct addr_net *other = (const struct addr_net *)right + i;
        return one->bits == other->bits && addr_equal(&one->base, &other->base);
    }
    return strcmp(((char *const *)left)[i], ((char *const *)right)[i]) == 0;
}

static bool equal_lists(const void *a, const void *b, const struct schema_entry *entry)
{
    unsigned count = unsigned_at(a, entry->also_at);
    if (count != unsigned_at(b, entry->also_at))
        return false;
    for (unsigned i = 0; i < count; i++)
        if (!equal_element(a, b, entry, i))
            return false;
    return true;
}

bool value_equal(const void *a, const void *b, const struct schema_entry *entry)
{
    switch (entry->type) {
    case SCHEMA_LISTENERS:
    case SCHEMA_NETS:
    case SCHEMA_HOSTS:
    case SCHEMA_SECRETS:
        return equal_lists(a, b, entry);
    case SCHEMA_KEYS:
        return value_equal_keys(a, b, entry);
    case SCHEMA_LISTENER:
        return addr_equal(slot_of(a, entry->at), slot_of(b, entry->at));
    case SCHEMA_CHOICE:
    case SCHEMA_NUMBER:
        return unsigned_at(a, entry->at) == unsigned_at(b, entry->at);
    case SCHEMA_COUNT:
    case SCHEMA_SIZE:
        return u64_at(a, entry->at) == u64_at(b, entry->at);
    case SCHEMA_DURATION:
        return double_at(a, entry->at) == double_at(b, entry->at);
    case SCHEMA_RATIO:
        return u64_at(a, entry->at) == u64_at(b, entry->at) &&
               double_at(a, entry->also_at) == double_at(b, entry->also_at);
    case SCHEMA_ADDRESS:
        if (port_at(a, entry->also_at) != port_at(b, entry->also_at))
            return false;
        break;
    case SCHEMA_TEXT:
    case SCHEMA_LABEL:
        break;
    }
    return strcmp(text_at(a, entry->at), text_at(b, entry->at)) == 0;
}

/* --- writing -------------------------------------------------------------------------------- */

void value_add_duration(struct str *out, double seconds)
{
    double exact = seconds * 1000;
    uint64_t ms = (uint64_t)(exact + 0.5);
    if (fabs(exact - (double)ms) > 1e-6)
        str_addf(out, "%.10gms", exact);
    else if (ms == 0)
        str_add_text(out, "0s");
    else if (ms % 3600000 == 0)
        str_addf(out, "%" PRIu64 "h", ms / 3600000);
    else if (ms % 60000 == 0)
        str_addf(out, "%" PRIu64 "m", ms / 60000);
    else if (ms % 1000 == 0)
        str_addf(out, "%" PRIu64 "s", ms / 1000);
    else
        str_addf(out, "%" PRIu64 "ms", ms);
}

void value_add_size(struct str *out, uint64_t bytes)
{
    static const char *const decimal[] = {"B", "KB", "MB", "GB"};
    static const char *const binary[] = {"B", "KiB", "MiB", "GiB"};
    const char *const *units = bytes % 1000 != 0 && bytes % 1024 == 0 ? binary : decimal;
    unsigned step = units == binary ? 1024 : 1000;
    unsigned unit = 0;
    while (bytes >= step && bytes % step == 0 && unit < 3) {
        bytes /= step;
        unit++;
    }
    str_addf(out, "%" PRIu64 "%s", bytes, units[unit]);
}

static void add_word(struct str *out, const char *words, unsigned number)
{
    struct slice rest = slice_of(words);
    struct slice word = {0};
    for (unsigned i = 0; i <= number; i++)
        slice_next(&rest, ' ', &word);
    str_add_slice(out, word);
}

static void add_addr(struct str *out, const struct addr *addr)
{
    char text[ADDR_TEXT_MAX];
    str_add_text(out, addr->family == 0 ? "off" : addr_text(text, addr, true));
}

static void add_net(struct str *out, const struct addr_net *net)
{
    char text[ADDR_TEXT_MAX];
    str_add_text(out, addr_text(text, &net->base, false));
    if (net->bits < (net->base.family == 4 ? 32u : 128u))
        str_addf(out, "/%u", net->bits);
}

static void add_shown(struct str *out, const char *text)
{
    char clean[CLEAN_MAX];
    text_display(clean, sizeof clean, slice_of(text), TEXT_COLUMNS_MAX);
    str_add_text(out, text[0] == '\0' ? "\"\"" : clean);
}

static void add_element(struct str *out, const void *base, const struct schema_entry *entry,
                        unsigned i)
{
    const void *list = *(void *const *)slot_of(base, entry->at);
    if (entry->type == SCHEMA_LISTENERS)
        add_addr(out, (const struct addr *)list + i);
    else if (entry->type == SCHEMA_NETS)
        add_net(out, (const struct addr_net *)list + i);
    else
        add_shown(out, ((char *const *)list)[i]);
}

static void add_list(struct str *out, const void *base, const struct schema_entry *entry)
{
    unsigned count = unsigned_at(base, entry->also_at);
    if (entry->type == SCHEMA_LISTENERS && count == 1) {
        add_element(out, base, entry, 0);
        return;
    }
    str_add_char(out, '[');
    for (unsigned i = 0; i < count && !out->cut; i++) {
        str_add_text(out, i > 0 ? ", " : "");
        add_element(out, base, entry, i);
    }
    str_add_char(out, ']');
    if (!out->cut)
        return;
    str_reset(out);
    str_addf(out, "%u elements", count);
}

static void add_number(struct str *out, const void *base, const struct schema_entry *entry)
{
    uint64_t number =
        entry->type == SCHEMA_NUMBER ? unsigned_at(base, entry->at) : u64_at(base, entry->at);
    if (entry->type != SCHEMA_NUMBER && number == CONFIG_NO_LIMIT)
        str_add_text(out, "off");
    else if (entry->type == SCHEMA_SIZE)
        value_add_size(out, number);
    else
        str_add_u64(out, number);
}

static void add_duration(struct str *out, double seconds)
{
    if (seconds == CONFIG_OFF)
        str_add_text(out, "off");
    else
        value_add_duration(out, seconds);
}

static void add_ratio(struct str *out, const void *base, const struct schema_entry *entry)
{
    add_number(out, base, entry);
    if (u64_at(base, entry->at) == CONFIG_NO_LIMIT)
        return;
    str_add_char(out, '/');
    value_add_duration(out, double_at(base, entry->also_at));
}

static void add_address(struct str *out, const void *base, const struct schema_entry *entry)
{
    const char *host = text_at(base, entry->at);
    str_addf(out, strchr(host, ':') ? "[%s]:%u" : "%s:%u", host, port_at(base, entry->also_at));
}

static void add_field(struct str *out, const void *base, const struct schema_entry *entry)
{
    switch (entry->type) {
    case SCHEMA_LISTENERS:
    case SCHEMA_NETS:
    case SCHEMA_HOSTS:
        add_list(out, base, entry);
        break;
    case SCHEMA_LISTENER:
        add_addr(out, slot_of(base, entry->at));
        break;
    case SCHEMA_CHOICE:
        add_word(out, entry->words, unsigned_at(base, entry->at));
        break;
    case SCHEMA_NUMBER:
    case SCHEMA_COUNT:
    case SCHEMA_SIZE:
        add_number(out, base, entry);
        break;
    case SCHEMA_DURATION:
        add_duration(out, double_at(base, entry->at));
        break;
    case SCHEMA_RATIO:
        add_ratio(out, base, entry);
        break;
    case SCHEMA_ADDRESS:
        add_address(out, base, entry);
        break;
    case SCHEMA_TEXT:
    case SCHEMA_LABEL:
        add_shown(out, text_at(base, entry->at));
        break;
    case SCHEMA_KEYS:
        value_add_keys(out, base, entry);
        break;
    case SCHEMA_SECRETS:
        break;
    }
}

/* Dots in the place of what did not fit, from the beginning of a character. */
static void end_cut(struct str *text)
{
    size_t at = text->len - 3;
    while (at > 0 && ((unsigned char)text->ptr[at] & 0xC0) == 0x80)
        at--;
    memcpy(text->ptr + at, "...", 4);
}

char *value_text(char out[VALUE_TEXT_MAX], const void *base, const struct schema_entry *entry)
{
    struct str text;
    str_fixed(&text, out, VALUE_TEXT_MAX);
    if (entry->secret)
        str_add_text(&text, "(secret)");
    else
        add_field(&text, base, entry);
    if (text.cut)
        end_cut(&text);
    return out;
}
