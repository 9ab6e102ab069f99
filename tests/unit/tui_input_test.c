/* Bytes of terminals: keys in all their forms, the mouse, characters beyond ASCII, pasted text. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "tui/input.h"
#include "tui/keys.h"

#define C KEYS_CHAR
#define KEYS 6

static const struct {
    const char *bytes;
    int keys[KEYS];
} inputs[] = {
    {"jK", {'j', 'K'}},
    /* Movement: xterm normal and application, linux/screen/tmux/putty, rxvt. */
    {"\033[A\033OB\033[C\033OD", {KEYS_UP, KEYS_DOWN, KEYS_RIGHT, KEYS_LEFT}},
    {"\033[1~\033[7~\033OH\033[H", {KEYS_HOME, KEYS_HOME, KEYS_HOME, KEYS_HOME}},
    {"\033[4~\033[8~\033OF\033[F\033Ow", {KEYS_END, KEYS_END, KEYS_END, KEYS_END, KEYS_END}},
    {"\033[5~\033[6~\033[2~\033[3~", {KEYS_PAGE_UP, KEYS_PAGE_DOWN, KEYS_INSERT, KEYS_DELETE}},
    {"\033[Z\t", {KEYS_BACK_TAB, '\t'}},
    {"\033OM", {'\r'}},
    /* Function keys: xterm and vt100, rxvt and putty, linux. */
    {"\033OP\033[11~\033[[A\033[P", {KEYS_F(1), KEYS_F(1), KEYS_F(1), KEYS_F(1)}},
    {"\033OS\033[14~\033[[D\033[S", {KEYS_F(4), KEYS_F(4), KEYS_F(4), KEYS_F(4)}},
    {"\033[15~\033[[E\033[17~", {KEYS_F(5), KEYS_F(5), KEYS_F(6)}},
    {"\033[18~\033[19~\033[20~", {KEYS_F(7), KEYS_F(8), KEYS_F(9)}},
    {"\033[21~\033[23~\033[24~", {KEYS_F(10), KEYS_F(11), KEYS_F(12)}},
    /* Modifiers: arrows to the sides mean something with Shift; others move as without; what acts
     * does nothing. */
    {"\033[1;2D\033[d\033O2D", {KEYS_SHIFT_LEFT, KEYS_SHIFT_LEFT, KEYS_SHIFT_LEFT}},
    {"\033[1;2C\033[c\033[1;6C", {KEYS_SHIFT_RIGHT, KEYS_SHIFT_RIGHT, KEYS_SHIFT_RIGHT}},
    {"\033[1;5A\033Oa\033[a\033O5A", {KEYS_UP, KEYS_UP, KEYS_UP, KEYS_UP}},
    {"\033[1;5D\033Od\033[5;5~\033[6^", {KEYS_LEFT, KEYS_LEFT, KEYS_PAGE_UP, KEYS_PAGE_DOWN}},
    {"\033[7$\033[8@\033[1;2H\033[1;3F", {KEYS_HOME, KEYS_END, KEYS_HOME, KEYS_END}},
    {"\033[20;2~\033[20^\033[20$\033[1;2P\033O2Pq", {'q'}},
    {"\033[20;1~\033[1;1A", {KEYS_F(9), KEYS_UP}},
    {"\033[1;A\033[1;-2A\033[;2Aq", {'q'}},
    /* What is not ours goes by whole. */
    {"\033[200;1;2;3;4;5;6;7;8;9;10;11;12;13;14;15;16;17~q", {'q'}},
    {"\033xq", {'q'}}, /* Alt-x */
    {"\033\033[A", {KEYS_ESCAPE, KEYS_UP}},
    {"\033[?64;1;2cq", {'q'}},                    /* what a terminal says of itself */
    {"\033]52;c;S1k=\aq", {'q'}},                 /* its clipboard */
    {"\033]11;rgb:0000/0000/0000\033\\q", {'q'}}, /* its colours */
    {"\033P1$r0 q and more than there is room for\033\\q", {'q'}},
    {"\033[I\033[Oq", {'q'}}, /* focus */
    {"\033[?2004;1$yq", {'q'}},
    /* Characters. */
    {"q\x7f\b", {'q', KEYS_BACKSPACE, KEYS_CTRL('H')}},
    {"\xc3\xa9\xe6\xbc\xa2\xf0\x9f\x8e\xb5q", {C(0xe9), C(0x6f22), C(0x1f3b5), 'q'}},
    {"\xffq\x80q\xc3q", {'q', 'q', 'q'}},
    {"\xc3\033[Aq", {KEYS_UP, 'q'}},
    {"\xed\xa0\x80q\xc0\xafq", {'q', 'q'}}, /* surrogate, overlong */
    {"\xe2\x80\xaeq\xc2\x9bq", {'q', 'q'}}, /* bidi override, C1 */
    /* Pasted text is text. */
    {"\033[200~KY\033[201~q", {C('K'), C('Y'), 'q'}},
    {"\033[200~a\r\n\tb\033[201~q", {C('a'), C(' '), C(' '), C(' '), C('b'), 'q'}},
    {"\033[200~\003\033[20~\033\033x\xc3\xa9\033[201~q", {C(0xe9), 'q'}},
    {"\033[200~\033[<0;1;1M\033[M !!\033[201~q", {'q'}},
    {"\033[201~q", {'q'}},
};

static void terminals_are_understood(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
        struct input input = {0};
        unsigned count = 0;
        for (const char *at = inputs[i].bytes; *at != '\0'; at++) {
            int key = input_byte(&input, (unsigned char)*at);
            if (key == KEYS_NONE)
                continue;
            if (count == KEYS || key != inputs[i].keys[count])
                fail_msg("row %zu: key %u is %d", i, count, key);
            count++;
        }
        if (count < KEYS && inputs[i].keys[count] != KEYS_NONE)
            fail_msg("row %zu: only %u keys", i, count);
        assert_true(input_patience(&input) == 0);
    }
}

static void type(struct input *input, const char *bytes)
{
    for (; *bytes != '\0'; bytes++)
        assert_int_equal(input_byte(input, (unsigned char)*bytes), KEYS_NONE);
}

static void silence_decides(void **state)
{
    (void)state;
    struct input input = {0};
    type(&input, "\033");
    assert_true(input_patience(&input) == INPUT_ESCAPE_SECONDS);
    assert_int_equal(input_timeout(&input), KEYS_ESCAPE);
    static const char *const begun[] = {"\033[", "\033[1;", "\033O", "\033]0;", "\033[M", "\xe6"};
    for (size_t i = 0; i < sizeof(begun) / sizeof(begun[0]); i++) {
        type(&input, begun[i]);
        assert_true(input_patience(&input) == INPUT_ESCAPE_SECONDS);
        assert_int_equal(input_timeout(&input), KEYS_NONE);
        assert_int_equal(input_byte(&input, 'q'), 'q');
    }
    /* A paste may falter, but not take the keyboard away for good. */
    type(&input, "\033[200~");
    assert_true(input_patience(&input) == INPUT_PASTE_SECONDS);
    assert_int_equal(input_byte(&input, 'q'), KEYS_CHAR('q'));
    type(&input, "\033");
    assert_int_equal(input_timeout(&input), KEYS_NONE);
    assert_int_equal(input_byte(&input, 'q'), 'q');
}

static const struct {
    const char *bytes;
    bool button;
    struct mouse mouse;
} clicks[] = {
    {"\033[<0;1;1M", true, {MOUSE_LEFT, 0, 0}},
    {"\033[<0;200;60M", true, {MOUSE_LEFT, 59, 199}},
    {"\033[<4;10;5M", true, {MOUSE_LEFT, 4, 9}}, /* with Shift */
    {"\033[<64;10;5M", true, {MOUSE_WHEEL_UP, 4, 9}},
    {"\033[<65;10;5M", true, {MOUSE_WHEEL_DOWN, 4, 9}},
    {"\033[<81;10;5M", true, {MOUSE_WHEEL_DOWN, 4, 9}}, /* with Control */
    {"\033[<2;10;5M", true, {MOUSE_OTHER, 4, 9}},
    {"\033[<66;10;5M", true, {MOUSE_OTHER, 4, 9}},
    {"\033[<0;10;5m", false, {0}},  /* let go */
    {"\033[<32;10;5M", false, {0}}, /* moved */
    {"\033[<35;10;5M", false, {0}},
    {"\033[<0;0;5M", false, {0}},
    {"\033[<0;10M", false, {0}},
    {"\033[<0;10;5;6M", false, {0}},
    {"\033[<;10;5M", false, {0}},
    {"\033[<0;10;-5M", false, {0}},
    {"\033[<0;99999999999999999999;5M", false, {0}},
    {"\033[<0;11111111111111111111111111111111111111111;5M", false, {0}},
    {"\033[<M", false, {0}},
    {"\033[M *%", true, {MOUSE_LEFT, 4, 9}}, /* from before SGR */
    {"\033[M`*%", true, {MOUSE_WHEEL_UP, 4, 9}},
    {"\033[M#*%", false, {0}},
    {"\033[M \xff\x80", true, {MOUSE_LEFT, 95, 222}},
    {"\033[M  %", false, {0}},
};

static void clicks_are_understood(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(clicks) / sizeof(clicks[0]); i++) {
        struct input input = {0};
        bool button = false;
        for (const char *at = clicks[i].bytes; *at != '\0'; at++) {
            int key = input_byte(&input, (unsigned char)*at);
            if (key != KEYS_NONE && (key != KEYS_MOUSE || at[1] != '\0'))
                fail_msg("row %zu: key %d leaked", i, key);
            button |= key == KEYS_MOUSE;
        }
        if (button != clicks[i].button)
            fail_msg("row %zu: button %d", i, button);
        if (button)
            assert_memory_equal(&input.mouse, &clicks[i].mouse, sizeof(input.mouse));
        assert_true(input_patience(&input) == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(terminals_are_understood),
        cmocka_unit_test(silence_decides),
        cmocka_unit_test(clicks_are_understood),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
