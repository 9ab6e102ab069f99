/*
 * The compiler of filters: one walk over the text by recursive descent. The first thing that is
 * wrong ends it, with the place and the word for it.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/human.h"
#include "base/text.h"
#include "stats/filter.h"
#include "stats/filter_fields.h"

/* What stands behind the name of a field. */
enum takes { TAKES_TEXT, TAKES_ADDRESS, TAKES_CHOICE, TAKES_COUNT, TAKES_BYTES, TAKES_TIME };

static const struct field {
    const char *name;
    uint8_t what;
    enum takes takes;
} fields[] = {
    {"ip", FILTER_IP, TAKES_ADDRESS},         {"client", FILTER_CLIENT, TAKES_TEXT},
    {"user", FILTER_USER, TAKES_TEXT},        {"backend", FILTER_BACKEND, TAKES_TEXT},
    {"v", FILTER_VERSION, TAKES_CHOICE},      {"kind", FILTER_KIND, TAKES_CHOICE},
    {"tag", FILTER_TAG, TAKES_CHOICE},        {"id", FILTER_ID, TAKES_COUNT},
    {"rate", FILTER_RATE, TAKES_BYTES},       {"in", FILTER_IN, TAKES_BYTES},
    {"out", FILTER_OUT, TAKES_BYTES},         {"total", FILTER_TOTAL, TAKES_BYTES},
    {"age", FILTER_AGE, TAKES_TIME},          {"bot", FILTER_BOT, TAKES_TEXT},
    {"players", FILTER_PLAYERS, TAKES_COUNT},
};

static const struct choice {
    const char *word;
    uint8_t what;
    uint8_t bit;
} choices[] = {
    {"3", FILTER_VERSION, FILTER_V3},      {"4", FILTER_VERSION, FILTER_V4},
    {"v3", FILTER_VERSION, FILTER_V3},     {"v4", FILTER_VERSION, FILTER_V4},
    {"rest", FILTER_KIND, FILTER_REST},    {"websocket", FILTER_KIND, FILTER_WEBSOCKET},
    {"ws", FILTER_KIND, FILTER_WEBSOCKET}, {"new", FILTER_KIND, FILTER_NEW},
    {"yes", FILTER_TAG, FILTER_TAGGED},    {"no", FILTER_TAG, FILTER_UNTAGGED},
};

struct parser {
    struct slice text;
    size_t at;
    unsigned depth;
    struct filter *filter;
    struct filter_error *error;
};

/* Notes what is wrong with the bytes from `start` to `end`; always returns FILTER_NONE. */
__attribute__((format(printf, 4, 5))) static unsigned wrong(struct parser *p, size_t start,
                                                            size_t end, const char *format, ...)
{
    va_list args;
    size_t at = 0;
    uint32_t ch;
    if (p->error == NULL)
        return FILTER_NONE;
    p->error->start = p->error->len = 0;
    while (at < end && text_decode(p->text, &at, &ch)) {
        int width = text_width(ch);
        *(at <= start ? &p->error->start : &p->error->len) += width < 0 ? 1 : (unsigned)width;
    }
    if (p->error->len == 0)
        p->error->len = 1;
    va_start(args, format);
    vsnprintf(p->error->text, sizeof(p->error->text), format, args);
    va_end(args);
    return FILTER_NONE;
}

static int peek(const struct parser *p)
{
    return p->at < p->text.len ? (unsigned char)p->text.ptr[p->at] : -1;
}

static bool is_blank(int ch)
{
    return ch == ' ' || ch == '\t';
}

static void skip_blanks(struct parser *p)
{
    while (is_blank(peek(p)))
        p->at++;
}

static unsigned new_node(struct parser *p, enum filter_what what)
{
    struct filter *f = p->filter;
    if (f->count == FILTER_NODES_MAX)
        return wrong(p, p->at, p->text.len, "too many terms");
    f->nodes[f->count] =
        (struct filter_node){.what = (uint8_t)what, .child = FILTER_NONE, .next = FILTER_NONE};
    return f->count++;
}

/* A run of characters, or what stands in quotes. A closing parenthesis belongs to the run only when
 * the opening one does: "(none)" is a word, and "(a b)" is not "(a" and "b)". */
static bool read_word(struct parser *p, struct slice *word)
{
    unsigned open = 0;
    size_t start = p->at;
    if (peek(p) == '"') {
        struct slice rest = {p->text.ptr + start + 1, p->text.len - start - 1};
        size_t len = slice_find(rest, '"');
        *word = (struct slice){rest.ptr, len};
        p->at = start + 1 + len + 1;
        if (len < rest.len)
            return true;
        wrong(p, start, p->text.len, "the quotation mark is not closed");
        return false;
    }
    for (int ch; (ch = peek(p)) >= 0 && !is_blank(ch) && ch != '&' && ch != '|'; p->at++) {
        if (ch == ')' && open == 0)
            break;
        open += ch == '(';
        open -= ch == ')';
    }
    *word = (struct slice){p->text.ptr + start, p->at - start};
    return true;
}

static void keep_text(struct parser *p, struct filter_node *node, struct slice word)
{
    node->text_start = (uint8_t)(word.ptr - p->text.ptr);
    node->text_len = (uint8_t)word.len;
}

/* Digits and signs of which addresses are made. */
static bool looks_like_address(struct slice word)
{
    for (size_t i = 0; i < word.len; i++)
        if (strchr("0123456789abcdefABCDEF.:", word.ptr[i]) == NULL)
            return false;
    return word.len > 0;
}

/* A network may be written with any of its addresses. */
static bool read_address(struct slice word, struct filter_node *node)
{
    size_t slash = slice_find(word, '/');
    uint64_t bits;
    bool whole = addr_parse((struct slice){word.ptr, slash}, &node->net.base);
    if (slash == word.len) {
        node->net.bits = node->net.base.family == 4 ? 32 : 128;
        return whole || looks_like_address(word);
    }
    if (!whole || !slice_to_u64((struct slice){word.ptr + slash + 1, word.len - slash - 1}, &bits))
        return false;
    node->net.bits = (unsigned)bits;
    return bits <= (node->net.base.family == 4 ? 32 : 128);
}

/* The unit of bytes ("K", "kB", "M/s") or of time. 0: unknown. */
static uint64_t unit_of(enum takes takes, struct slice unit)
{
    static const struct {
        enum takes takes;
        const char *name;
        uint64_t value;
    } units[] = {
        {TAKES_COUNT, "", 1},           {TAKES_BYTES, "", 1},
        {TAKES_BYTES, "K", 1000},       {TAKES_BYTES, "M", 1000000},
        {TAKES_BYTES, "G", 1000000000}, {TAKES_BYTES, "T", 1000000000000},
        {TAKES_TIME, "", 1000},         {TAKES_TIME, "s", 1000},
        {TAKES_TIME, "m", 60000},       {TAKES_TIME, "h", 3600000},
        {TAKES_TIME, "d", 86400000},
    };
    if (takes == TAKES_BYTES && unit.len >= 2 &&
        slice_equal_nocase((struct slice){unit.ptr + unit.len - 2, 2}, SLICE("/s")))
        unit.len -= 2;
    if (takes == TAKES_BYTES && unit.len > 0 && (unit.ptr[unit.len - 1] | 0x20) == 'b')
        unit.len--;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (units[i].takes == takes && slice_equal_nocase(unit, slice_of(units[i].name)))
            return units[i].value;
    return 0;
}

static unsigned read_figure(struct parser *p, size_t start, unsigned at, const struct field *field,
                            struct slice word)
{
    static const char *const examples[] = {
        [TAKES_COUNT] = "12", [TAKES_BYTES] = "100K", [TAKES_TIME] = "90s or 2h"};
    static const char *const units[] = {[TAKES_BYTES] = "K M G", [TAKES_TIME] = "s m h d"};
    struct human_quantity quantity;
    bool number = word.len > 0 && human_read_quantity(word, &quantity);
    if (!number || (field->takes == TAKES_COUNT && quantity.unit.len > 0))
        return wrong(p, start, p->at, "%s needs a figure, such as %s", field->name,
                     examples[field->takes]);
    uint64_t unit = unit_of(field->takes, quantity.unit);
    if (unit == 0)
        return wrong(p, start, p->at, "unknown unit %.*s (use %s)",
                     (int)(quantity.unit.len < 20 ? quantity.unit.len : 20), quantity.unit.ptr,
                     units[field->takes]);
    if (!human_quantity_times(&quantity, unit, &p->filter->nodes[at].number))
        return wrong(p, start, p->at, "the figure is too large");
    return at;
}

static uint8_t choice_of(uint8_t what, struct slice word)
{
    for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++)
        if (choices[i].what == what && slice_equal_nocase(word, slice_of(choices[i].word)))
            return choices[i].bit;
    return 0;
}

/* "3" or "3|4": what follows the bar is a choice only where it is a word of the same field. */
static unsigned read_choices(struct parser *p, size_t start, unsigned at, struct slice word)
{
    struct filter_node *node = &p->filter->nodes[at];
    bool tag = node->what == FILTER_TAG;
    node->choices = tag && word.len == 0 ? FILTER_TAGGED : choice_of(node->what, word);
    if (node->choices == 0)
        return wrong(p, start, p->at, "%s",
                     tag                            ? "tag: stands alone, or is yes or no"
                     : node->what == FILTER_VERSION ? "v: is 3 or 4"
                                                    : "kind: is rest, websocket or new");
    while (peek(p) == '|') {
        size_t before = p->at++;
        uint8_t bit = read_word(p, &word) ? choice_of(node->what, word) : 0;
        if (bit == 0) {
            p->at = before;
            break;
        }
        node->choices |= bit;
    }
    return at;
}

static uint8_t read_signs(struct parser *p)
{
    uint8_t signs = 0;
    int ch = peek(p);
    if (ch == ':') {
        p->at++;
        return FILTER_EQUAL;
    }
    if (ch == '<' || ch == '>') {
        signs = ch == '<' ? FILTER_LESS : FILTER_GREATER;
        p->at++;
    }
    if (peek(p) == '=') {
        signs |= FILTER_EQUAL;
        p->at++;
    }
    return signs;
}

/* What stands behind the name of a field, which began at `start`. */
static unsigned read_field(struct parser *p, size_t start, const struct field *field)
{
    struct slice word;
    uint8_t signs = read_signs(p);
    bool figure = field->takes >= TAKES_COUNT;
    if (figure)
        skip_blanks(p);
    size_t value = p->at;
    if (signs != FILTER_EQUAL && !figure)
        return wrong(p, start, p->at, "%s takes a colon: %s:", field->name, field->name);
    unsigned at = new_node(p, (enum filter_what)field->what);
    bool quoted = peek(p) == '"';
    if (at == FILTER_NONE || !read_word(p, &word))
        return FILTER_NONE;
    p->filter->nodes[at].signs = signs;
    if (figure)
        return read_figure(p, start, at, field, word);
    if (field->takes == TAKES_CHOICE)
        return read_choices(p, start, at, word);
    if (word.len == 0 && !(quoted && field->takes == TAKES_TEXT))
        return wrong(p, start, value, "%s: needs %s behind it", field->name,
                     field->takes == TAKES_ADDRESS ? "an address" : "a text");
    if (field->takes == TAKES_ADDRESS && !read_address(word, &p->filter->nodes[at]))
        return wrong(p, start, p->at, "no address (like 10.1.2.3, 10.1. or 10.0.0.0/8)");
    keep_text(p, &p->filter->nodes[at], word);
    return at;
}

/* The letters in front of a sign of comparison, which is where p->at is left; len 0: no field. A
 * figure's field may stand apart from its sign. */
static struct slice read_name(struct parser *p)
{
    size_t start = p->at;
    while ((peek(p) | 0x20) >= 'a' && (peek(p) | 0x20) <= 'z')
        p->at++;
    struct slice name = {p->text.ptr + start, p->at - start};
    size_t end = p->at;
    skip_blanks(p);
    int ch = peek(p);
    bool sign = ch == '<' || ch == '>' || ((ch == ':' || ch == '=') && p->at == end);
    if (name.len > 0 && sign)
        return name;
    p->at = start;
    return (struct slice){name.ptr, 0};
}

static unsigned read_term(struct parser *p)
{
    size_t start = p->at;
    struct slice name = read_name(p), word;
    for (size_t i = 0; name.len > 0 && i < sizeof(fields) / sizeof(fields[0]); i++)
        if (slice_equal_nocase(name, slice_of(fields[i].name)))
            return read_field(p, start, &fields[i]);
    size_t sign = p->at;
    p->at = start;
    if (!read_word(p, &word))
        return FILTER_NONE;
    /* The letters may be those of an IPv6 address. */
    if (name.len > 0 && !looks_like_address(word))
        return wrong(p, start, sign + 1, "unknown field %.*s (quotes make it text)",
                     (int)(name.len < 20 ? name.len : 20), name.ptr);
    if (word.len == 0)
        return wrong(p, start, p->at, "there is nothing in the quotation marks");
    unsigned at = new_node(p, FILTER_WORD);
    if (at != FILTER_NONE)
        keep_text(p, &p->filter->nodes[at], word);
    return at;
}

static unsigned read_any(struct parser *p);

/* A term or a group, perhaps negated. */
static unsigned read_unit(struct parser *p)
{
    bool negated = false;
    size_t start = p->at;
    for (; peek(p) == '!'; skip_blanks(p)) {
        negated = !negated;
        p->at++;
    }
    int ch = peek(p);
    unsigned at;
    if (ch < 0)
        return wrong(p, start, p->at, "something is missing at the end");
    if (ch == '&' || ch == '|' || ch == ')')
        return wrong(p, start, p->at + 1, "something is missing here");
    if (ch != '(') {
        at = read_term(p);
    } else {
        size_t open = p->at++;
        if (++p->depth > FILTER_DEPTH_MAX)
            return wrong(p, open, open + 1, "too many parentheses inside each other");
        at = read_any(p);
        if (at == FILTER_NONE)
            return at;
        if (peek(p) != ')')
            return wrong(p, open, open + 1, "this parenthesis is not closed");
        p->at++;
        p->depth--;
    }
    if (at != FILTER_NONE && negated)
        p->filter->nodes[at].negated = !p->filter->nodes[at].negated;
    return at;
}

/* Appends a child to the list that `first` and `last` hold. */
static void chain(struct filter *f, unsigned *first, unsigned *last, unsigned child)
{
    if (*first == FILTER_NONE)
        *first = child;
    else
        f->nodes[*last].next = (uint8_t)child;
    *last = child;
}

/* The node over the children from `first`; a single child needs none. */
static unsigned close_list(struct parser *p, enum filter_what what, unsigned first)
{
    if (p->filter->nodes[first].next == FILTER_NONE)
        return first;
    unsigned at = new_node(p, what);
    if (at != FILTER_NONE)
        p->filter->nodes[at].child = (uint8_t)first;
    return at;
}

static unsigned read_all(struct parser *p)
{
    unsigned first = FILTER_NONE, last = FILTER_NONE;
    for (int ch = 0; ch >= 0 && ch != '|' && ch != ')'; ch = peek(p)) {
        if (ch == '&')
            p->at++;
        skip_blanks(p);
        unsigned child = read_unit(p);
        if (child == FILTER_NONE)
            return child;
        chain(p->filter, &first, &last, child);
        skip_blanks(p);
    }
    return close_list(p, FILTER_ALL, first);
}

static unsigned read_any(struct parser *p)
{
    unsigned first = FILTER_NONE, last = FILTER_NONE;
    for (bool more = true; more;) {
        unsigned child = read_all(p);
        if (child == FILTER_NONE)
            return child;
        chain(p->filter, &first, &last, child);
        more = peek(p) == '|';
        p->at += more;
    }
    return close_list(p, FILTER_ANY, first);
}

bool filter_parse(struct filter *filter, struct slice text, struct filter_error *error)
{
    struct filter made = {.root = FILTER_NONE};
    struct parser p = {.text = text, .filter = &made, .error = error};
    if (text.len > FILTER_TEXT_MAX) {
        wrong(&p, FILTER_TEXT_MAX, text.len, "longer than %u characters", FILTER_TEXT_MAX);
        return false;
    }
    skip_blanks(&p);
    if (p.at < text.len) {
        unsigned root = read_any(&p);
        if (root != FILTER_NONE && p.at < text.len)
            root = wrong(&p, p.at, p.at + 1, "there is no parenthesis to close");
        if (root == FILTER_NONE)
            return false;
        made.root = (uint8_t)root;
        memcpy(made.text, text.ptr, text.len);
    }
    *filter = made;
    return true;
}

bool filter_may_become_field(struct slice text)
{
    size_t start = text.len;
    while (start > 0 && (text.ptr[start - 1] | 0x20) >= 'a' && (text.ptr[start - 1] | 0x20) <= 'z')
        start--;
    struct slice word = {text.ptr + start, text.len - start};
    for (size_t i = 0; word.len > 0 && i < sizeof(fields) / sizeof(fields[0]); i++)
        if (slice_starts_nocase(slice_of(fields[i].name), word))
            return true;
    return false;
}

const char *filter_field_at(size_t i, char out[FILTER_FIELD_MAX])
{
    if (i >= sizeof(fields) / sizeof(fields[0]))
        return NULL;
    bool figure = fields[i].takes == TAKES_BYTES || fields[i].takes == TAKES_TIME;
    snprintf(out, FILTER_FIELD_MAX, "%s%c", fields[i].name, figure ? '>' : ':');
    return out;
}
