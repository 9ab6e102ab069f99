/*
 * Follows what ncurses asks for, and tells it before the next byte for which it matters: a blank
 * shows its ground alone, and moving the cursor shows nothing.
 */
#include "tui/ink.h"

/* An attribute that is none of a theme's; only a reset ends it. */
#define OTHER 0x100u
#define SHAPES ((unsigned)(THEME_BOLD | THEME_DIM)) /* of a blank they are not seen */
#define PARAMS_MAX 16
#define WORDS_MAX 80 /* all that is said at once */

static const struct {
    unsigned flag;
    int on, off;
} attributes[] = {
    {THEME_BOLD, 1, 22}, {THEME_DIM, 2, 22}, {THEME_UNDERLINE, 4, 24}, {THEME_REVERSE, 7, 27}};
#define ATTRIBUTES (sizeof(attributes) / sizeof(attributes[0]))

static const struct theme_attr plain = {THEME_DEFAULT, THEME_DEFAULT, 0};

void ink_start(struct ink *ink)
{
    *ink = (struct ink){.asked = plain};
}

void ink_forget(struct ink *ink)
{
    ink->known = false;
    ink->set = ink->shift = 0;
}

/* --- saying it --- */

static void add_number(struct str *words, unsigned number)
{
    if (words->len > 0)
        str_add_char(words, ';');
    str_add_u64(words, number);
}

/* `base` is 30 for text and 40 for its ground. */
static void add_color(struct str *words, unsigned base, int color)
{
    if (color == THEME_DEFAULT)
        add_number(words, base + 9);
    else if (color < 8)
        add_number(words, base + (unsigned)color);
    else if (color < 16)
        add_number(words, base + 60 + (unsigned)color - 8);
    else if (color < THEME_RGB)
        str_addf(words, "%s%u;5;%d", words->len > 0 ? ";" : "", base + 8, color);
    else
        str_addf(words, "%s%u;2;%u;%u;%u", words->len > 0 ? ";" : "", base + 8,
                 (unsigned)color >> 16 & 0xff, (unsigned)color >> 8 & 0xff, (unsigned)color & 0xff);
}

/* The way from one look to another, attribute by attribute. */
static void add_changes(struct str *words, const struct theme_attr *from,
                        const struct theme_attr *to)
{
    unsigned lit = from->flags;
    for (unsigned i = 0; i < ATTRIBUTES; i++) {
        if (!(lit & ~to->flags & attributes[i].flag))
            continue;
        add_number(words, (unsigned)attributes[i].off);
        lit &= ~(attributes[i].flag & SHAPES ? SHAPES : attributes[i].flag);
    }
    for (unsigned i = 0; i < ATTRIBUTES; i++)
        if (to->flags & ~lit & attributes[i].flag)
            add_number(words, (unsigned)attributes[i].on);
    if (from->fg != to->fg)
        add_color(words, 30, to->fg);
    if (from->bg != to->bg)
        add_color(words, 40, to->bg);
}

static int mapped(const struct depth_map *map, int color)
{
    return color >= 0 && color < DEPTH_COLORS && map->colors[color] != 0 ? map->colors[color]
                                                                         : color;
}

static bool is_same(const struct theme_attr *a, const struct theme_attr *b)
{
    return a->fg == b->fg && a->bg == b->bg && a->flags == b->flags;
}

/* Whether a blank looks the same with both: nothing is drawn on its ground. */
static bool is_same_blank(const struct theme_attr *a, const struct theme_attr *b)
{
    return a->bg == b->bg && !((a->flags | b->flags) & ~SHAPES);
}

/* Tells what has been asked for, unless the next byte is a blank that looks so already. */
static void tell(struct ink *ink, const struct depth_map *map, bool blank, struct str *out)
{
    struct theme_attr to = {mapped(map, ink->asked.fg), mapped(map, ink->asked.bg),
                            ink->asked.flags};
    char reset_text[WORDS_MAX], change_text[WORDS_MAX];
    struct str reset, change;
    if (ink->known && (is_same(&to, &ink->told) || (blank && is_same_blank(&to, &ink->told))))
        return;
    str_fixed(&reset, reset_text, sizeof(reset_text));
    str_fixed(&change, change_text, sizeof(change_text));
    add_number(&reset, 0);
    add_changes(&reset, &plain, &to);
    if (ink->known && !(ink->told.flags & ~to.flags & OTHER))
        add_changes(&change, &ink->told, &to);
    const struct str *words = change.len > 0 && change.len <= reset.len ? &change : &reset;
    str_add_text(out, "\033[");
    if (words == &change || words->len > 1) /* "0" alone goes without saying */
        str_add(out, words->ptr, words->len);
    str_add_char(out, 'm');
    ink->told = to;
    ink->known = true;
}

/* --- following what is asked for --- */

/* "1;38;5;200" as numbers; -1 when it is something else. */
static int read_numbers(const char *text, size_t len, int numbers[PARAMS_MAX])
{
    int count = 0;
    numbers[0] = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] == ';' && ++count < PARAMS_MAX)
            numbers[count] = 0;
        else if (text[i] >= '0' && text[i] <= '9' && numbers[count] < 1000)
            numbers[count] = numbers[count] * 10 + (text[i] - '0');
        else
            return -1;
    }
    return count + 1;
}

/* Takes one attribute or colour of a list; returns how many numbers it had, 0 when it is none that
 * is known here. */
static int take(struct theme_attr *asked, const int *numbers, int count)
{
    int number = *numbers, tens = number / 10 * 10, ones = number % 10;
    int *color = tens == 30 || tens == 90 ? &asked->fg : &asked->bg;
    bool found = false;
    for (unsigned i = 0; i < ATTRIBUTES; i++) {
        found |= number == attributes[i].on || number == attributes[i].off;
        if (number == attributes[i].on)
            asked->flags |= attributes[i].flag;
        else if (number == attributes[i].off)
            asked->flags &= ~attributes[i].flag;
    }
    if (found)
        return 1;
    if (number == 0)
        *asked = plain;
    else if ((number == 38 || number == 48) && count > 2 && numbers[1] == 5 && numbers[2] < 256)
        *color = numbers[2];
    else if ((tens == 30 || tens == 40) && (ones < 8 || ones == 9))
        *color = ones == 9 ? THEME_DEFAULT : ones;
    else if ((tens == 90 || tens == 100) && ones < 8)
        *color = 8 + ones;
    else
        return 0;
    return number == 38 || number == 48 ? 3 : 1;
}

/* What is not known here is passed on, with the rest of its list. */
static void follow(struct ink *ink, const struct depth_map *map, const int *numbers, int count,
                   struct str *out)
{
    int i = 0;
    for (int used = 1; i < count && used > 0; i += used)
        used = take(&ink->asked, numbers + i, count - i);
    if (i == count)
        return;
    tell(ink, map, false, out);
    str_addf(out, "\033[%d", numbers[i++]);
    for (int used; i < count; i += used) {
        used = take(&ink->asked, numbers + i, count - i);
        take(&ink->told, numbers + i, count - i);
        used += used == 0;
        for (int j = 0; j < used; j++)
            str_addf(out, ";%d", numbers[i + j]);
    }
    str_add_char(out, 'm');
    ink->asked.flags |= OTHER;
    ink->told.flags |= OTHER;
}

/* A choice of characters, which ncurses repeats with each reset. */
static void choose(char *last, char choice, const char *text, size_t len, struct str *out)
{
    if (*last != choice)
        str_add(out, text, len);
    *last = choice;
}

/* One sequence, from its escape on; returns its length. Where it ends is known only of those that
 * need to be: of others the rest follows as text does, for which nothing is left to tell. */
static size_t take_sequence(struct ink *ink, const struct depth_map *map, const char *in,
                            size_t len, struct str *out)
{
    static const struct slice moves = {"HGdABCDb", 8}; /* of the cursor, and a repetition */
    int numbers[PARAMS_MAX] = {0};
    size_t end = 2;
    if (len > 2 && in[1] == '(') {
        choose(&ink->set, in[2], in, 3, out);
        return 3;
    }
    if (len > 2 && in[1] == '[') {
        while (end < len && ((in[end] >= '0' && in[end] <= '9') || in[end] == ';'))
            end++;
        int count = end < len && in[end] == 'm' ? read_numbers(in + 2, end - 2, numbers) : -1;
        if (count > 0) {
            follow(ink, map, numbers, count, out);
            return end + 1;
        }
        if (end < len && slice_find(moves, in[end]) < moves.len) {
            str_add(out, in, end + 1);
            return end + 1;
        }
    }
    tell(ink, map, false, out);
    str_add(out, in, 1);
    return 1;
}

void ink_translate(struct ink *ink, const struct depth_map *map, struct slice in, struct str *out)
{
    for (size_t i = 0; i < in.len;) {
        char byte = in.ptr[i];
        if (byte == '\033') {
            i += take_sequence(ink, map, in.ptr + i, in.len - i, out);
            continue;
        }
        if (byte == '\016' || byte == '\017') {
            choose(&ink->shift, byte, &byte, 1, out);
        } else {
            if (byte != '\r' && byte != '\b')
                tell(ink, map, byte == ' ', out);
            str_add_char(out, byte);
        }
        i++;
    }
}
