/*
 * The answer to a check: arbitrary bytes stay within the bounds and give the same verdict however
 * they are cut. The first byte of the input is the largest size of the pieces.
 */
#include "ctl/probe_answer.h"
#include "ctl/probe_verdict.h"
#include "fuzz.h"

static enum probe_answer_result feed(struct probe_answer *answer, const uint8_t *bytes, size_t len,
                                     size_t most)
{
    enum probe_answer_result result = PROBE_ANSWER_MORE;
    struct pieces pieces = pieces_of(bytes, len, most);
    struct slice piece;

    probe_answer_init(answer);
    while (result == PROBE_ANSWER_MORE && pieces_next(&pieces, &piece))
        result = probe_answer_feed(answer, piece.ptr, piece.len);
    pieces_end(&pieces);
    if (result == PROBE_ANSWER_MORE)
        result = probe_answer_end(answer);
    require(answer->head_len <= sizeof(answer->head) && answer->body_len <= sizeof(answer->body));
    return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct probe_answer whole, cut;
    struct probe_verdict of_whole, of_cut;
    enum probe_answer_result result;

    if (size == 0)
        return 0;
    result = feed(&whole, data + 1, size - 1, SIZE_MAX);
    require(feed(&cut, data + 1, size - 1, data[0] + 1U) == result);
    require(whole.status == cut.status && whole.version == cut.version);
    if (result != PROBE_ANSWER_WHOLE)
        return 0;
    require(slice_equal(probe_answer_body(&whole), probe_answer_body(&cut)));
    require(probe_verdict_answer(&of_whole, &whole, 4) == probe_verdict_answer(&of_cut, &cut, 4));
    return 0;
}
