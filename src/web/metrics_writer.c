/*
 * Families of metrics, their labels and samples.
 */
#include "web/metrics_writer.h"

#include <stdio.h>

void metrics_begin(struct metrics_writer *w, enum metrics_kind kind, const char *name,
                   const char *help)
{
    static const char *const types[] = {"counter", "gauge", "histogram"};
    const char *suffix = kind == METRICS_COUNTER && !w->open ? "_total" : "";
    w->name = name;
    str_addf(w->out, "# HELP %s%s %s\n# TYPE %s%s %s\n", name, suffix, help, name, suffix,
             types[kind]);
}

/* A label value: backslash, quote and line feed escaped. */
static void add_value(struct str *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\\' || *text == '"')
            str_add_char(out, '\\');
        if (*text == '\n')
            str_add_text(out, "\\n");
        else
            str_add_char(out, *text);
    }
}

/* One more label, the first one behind a brace. */
static void add_label(struct metrics_writer *w, const char *name, const char *value, bool first)
{
    str_addf(w->out, "%s%s=\"", first ? "{" : ",", name);
    add_value(w->out, value);
    str_add_char(w->out, '"');
}

/* {a="b",c="d"} of `count` names and values in turn, behind the bound of a bucket where there is
 * one. */
static void add_labels(struct metrics_writer *w, const char *bound, const char *const *labels,
                       unsigned count)
{
    if (bound != NULL)
        add_label(w, "le", bound, true);
    for (unsigned i = 0; i < count; i++)
        add_label(w, labels[2 * i], labels[2 * i + 1], bound == NULL && i == 0);
    if (bound != NULL || count > 0)
        str_add_char(w->out, '}');
}

static void add_number(struct metrics_writer *w, double value)
{
    str_addf(w->out, " %.17g\n", value);
}

void metrics_gauge(struct metrics_writer *w, const char *const *labels, unsigned count,
                   double value)
{
    str_add_text(w->out, w->name);
    add_labels(w, NULL, labels, count);
    add_number(w, value);
}

void metrics_created(struct metrics_writer *w, const char *const *labels, unsigned count)
{
    if (!w->open)
        return;
    str_addf(w->out, "%s_created", w->name);
    add_labels(w, NULL, labels, count);
    str_addf(w->out, " %.3f\n", (double)w->snap->started_ms / 1000);
}

void metrics_counter(struct metrics_writer *w, const char *const *labels, unsigned count,
                     uint64_t value)
{
    str_addf(w->out, "%s_total", w->name);
    add_labels(w, NULL, labels, count);
    str_addf(w->out, " %llu\n", (unsigned long long)value);
    metrics_created(w, labels, count);
}

void metrics_histogram(struct metrics_writer *w, const char *const *labels, unsigned count,
                       const struct snap_histogram *histogram)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i <= SNAP_BUCKETS; i++) {
        char bound[16];
        snprintf(bound, sizeof(bound), i < SNAP_BUCKETS ? "%g" : "+Inf",
                 i < SNAP_BUCKETS ? snap_bucket_bound(i) : 0.0);
        sum += histogram->counts[i];
        str_addf(w->out, "%s_bucket", w->name);
        add_labels(w, bound, labels, count);
        str_addf(w->out, " %llu\n", (unsigned long long)sum);
    }
    str_addf(w->out, "%s_sum", w->name);
    add_labels(w, NULL, labels, count);
    add_number(w, histogram->sum);
    str_addf(w->out, "%s_count", w->name);
    add_labels(w, NULL, labels, count);
    str_addf(w->out, " %llu\n", (unsigned long long)sum);
    metrics_created(w, labels, count);
}

const char *metrics_protocol(unsigned version)
{
    return version == 3 ? "v3" : version == 4 ? "v4" : "none";
}
