/*
 * libyaml's events, one at a time, with a check of each: what is not used here is refused wherever
 * it stands.
 */
#include "conf/walk.h"

#include <string.h>

#define DEPTH_MAX 16

static struct place place_of(const struct walk *w, yaml_mark_t mark)
{
    return (struct place){
        .source = w->name, .line = (unsigned)mark.line + 1, .column = (unsigned)mark.column + 1};
}

struct place walk_here(const struct walk *w)
{
    return place_of(w, w->event.start_mark);
}

/* Events hold copies of values, passwords among them. */
static void drop_event(struct walk *w)
{
    if (!w->have_event)
        return;
    if (w->event.type == YAML_SCALAR_EVENT)
        explicit_bzero(w->event.data.scalar.value, w->event.data.scalar.length);
    yaml_event_delete(&w->event);
    w->have_event = false;
}

/* The line of the text with this number, from 0. */
static struct slice line_at(struct slice text, size_t number)
{
    struct slice line = {0};
    for (size_t i = 0; i <= number && slice_next(&text, '\n', &line); i++)
        ;
    return line;
}

/* An IPv6 listener without quotes reads as a list to YAML; say so, since nobody guesses it. */
static const char *syntax_hint(const struct walk *w, yaml_mark_t mark)
{
    struct slice line = line_at(w->text, mark.line);
    if (line.len == 0 ||
        (!memmem(line.ptr, line.len, "]:", 2) && !memmem(line.ptr, line.len, "[:", 2)))
        return "";
    return " (IPv6 addresses need quotes: \"[::]:6923\")";
}

static void stop_at_syntax(struct walk *w)
{
    const yaml_parser_t *p = &w->parser;
    w->stopped = true;
    if (p->error == YAML_MEMORY_ERROR) {
        problems_error(w->problems, (struct place){.source = w->name}, NULL, "out of memory");
        return;
    }
    yaml_mark_t mark = p->error == YAML_READER_ERROR ? p->mark : p->problem_mark;
    problems_error(w->problems, place_of(w, mark), NULL, "not valid YAML: %s%s%s%s",
                   p->problem ? p->problem : "cannot be read", p->context ? " " : "",
                   p->context ? p->context : "", syntax_hint(w, mark));
}

static bool has_anchor(const yaml_event_t *e)
{
    return (e->type == YAML_SCALAR_EVENT && e->data.scalar.anchor) ||
           (e->type == YAML_SEQUENCE_START_EVENT && e->data.sequence_start.anchor) ||
           (e->type == YAML_MAPPING_START_EVENT && e->data.mapping_start.anchor);
}

static bool has_tag(const yaml_event_t *e)
{
    return (e->type == YAML_SCALAR_EVENT && e->data.scalar.tag) ||
           (e->type == YAML_SEQUENCE_START_EVENT && e->data.sequence_start.tag) ||
           (e->type == YAML_MAPPING_START_EVENT && e->data.mapping_start.tag);
}

/* Refuses, wherever they stand, the parts of YAML that are not used here. */
static void check_event(struct walk *w)
{
    const yaml_event_t *e = &w->event;
    if (has_anchor(e))
        problems_error(w->problems, walk_here(w), NULL, "anchors (&name) are not supported");
    if (e->type == YAML_ALIAS_EVENT)
        problems_error(w->problems, walk_here(w), NULL,
                       "aliases (*name) are not supported: write the value itself");
    if (has_tag(e))
        problems_error(w->problems, walk_here(w), NULL,
                       "tags (!name) are not supported: put the value in quotes");
    if (e->type == YAML_MAPPING_START_EVENT || e->type == YAML_SEQUENCE_START_EVENT)
        w->depth++;
    if (e->type == YAML_MAPPING_END_EVENT || e->type == YAML_SEQUENCE_END_EVENT)
        w->depth--;
    if (w->depth > DEPTH_MAX) {
        problems_error(w->problems, walk_here(w), NULL, "nested too deeply");
        w->stopped = true;
    }
}

/* Makes the next event the current one; false when reading has stopped. */
bool walk_next(struct walk *w)
{
    drop_event(w);
    if (w->stopped)
        return false;
    if (!yaml_parser_parse(&w->parser, &w->event)) {
        stop_at_syntax(w);
        return false;
    }
    w->have_event = true;
    check_event(w);
    return !w->stopped;
}

/* Passes over the node that begins at the current event. */
bool walk_skip(struct walk *w)
{
    unsigned outside = w->depth;
    if (w->event.type != YAML_MAPPING_START_EVENT && w->event.type != YAML_SEQUENCE_START_EVENT)
        return true;
    while (w->depth >= outside)
        if (!walk_next(w))
            return false;
    return true;
}

struct slice walk_text(const struct walk *w)
{
    return (struct slice){.ptr = (const char *)w->event.data.scalar.value,
                          .len = w->event.data.scalar.length};
}

/* Nothing written, or one of YAML's words for it, without quotes. */
bool walk_is_null(const struct walk *w)
{
    if (w->event.type != YAML_SCALAR_EVENT || w->event.data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
        return false;
    struct slice text = walk_text(w);
    return text.len == 0 || slice_equal(text, SLICE("~")) ||
           slice_equal_nocase(text, SLICE("null"));
}

/* Refuses %YAML and %TAG before libyaml sees them: it compares each %TAG with all before it, which
 * takes minutes for a file full of them. */
static bool has_directive(const char *name, struct slice text, struct load_problems *problems)
{
    struct place place = {.source = name, .line = 1, .column = 1};
    if (slice_starts(text, SLICE("\xEF\xBB\xBF")))
        text = (struct slice){.ptr = text.ptr + 3, .len = text.len - 3};
    for (size_t i = 0; i < text.len; i++) {
        bool begins = i == 0 || text.ptr[i - 1] == '\n' || text.ptr[i - 1] == '\r';
        if (begins && text.ptr[i] == '%') {
            problems_error(problems, place, NULL, "directives (%%YAML, %%TAG) are not supported");
            return true;
        }
        place.line += text.ptr[i] == '\n';
    }
    return false;
}

/* Passes over the marks that begin or end a stream or a document. */
static bool advance_past(struct walk *w, unsigned marks)
{
    while (marks-- > 0)
        if (!walk_next(w))
            return false;
    return true;
}

bool walk_begin(struct walk *w, const char *name, struct slice text, struct load_problems *problems)
{
    *w = (struct walk){.name = name, .text = text, .problems = problems};
    if (has_directive(name, text, problems))
        return false;
    if (!yaml_parser_initialize(&w->parser)) {
        problems_error(problems, (struct place){.source = name}, NULL, "out of memory");
        return false;
    }
    yaml_parser_set_input_string(&w->parser, (const unsigned char *)text.ptr, text.len);
    yaml_parser_set_encoding(&w->parser, YAML_UTF8_ENCODING);
    return true;
}

void walk_end(struct walk *w)
{
    drop_event(w);
    yaml_parser_delete(&w->parser);
}

bool walk_open(struct walk *w)
{
    /* Stream start, at most one document, stream end. */
    return advance_past(w, 2) && w->event.type != YAML_STREAM_END_EVENT && walk_next(w);
}

void walk_close(struct walk *w)
{
    if (advance_past(w, 2) && w->event.type != YAML_STREAM_END_EVENT)
        problems_error(w->problems, walk_here(w), NULL, "a second document: only one is read");
}
