/*
 * Any bytes as a body: whatever is read from it, and handed out on the way, is the same however it
 * is cut; every figure is in its range and every text UTF-8. The first byte says which body, the
 * second how it is cut. A short one is tried as a path as well.
 */
#include "base/text.h"
#include "lavalink/rest.h"
#include "fuzz.h"

struct reading {
    struct rest_said whole;
    struct rest_said out[16]; /* the first of those handed out */
    unsigned count;
    bool good, broken, enough;
};

static void check_said(const struct rest_said *said)
{
    require_text(said->message, sizeof said->message);
    require_text(said->resume_key, sizeof said->resume_key);
    require_text(said->said.title, sizeof said->said.title);
    require_text(said->said.author, sizeof said->said.author);
    require_text(said->said.source, sizeof said->said.source);
    require(said->track >= -1 && said->track <= 1);
    require(said->player.volume >= -1 && said->player.ping >= -1 && said->player.position_ms >= -1);
    require(said->load_type <= LOAD_COUNT && (unsigned)said->severity < SEVERITY_COUNT);
    require(said->timeout >= 0 || said->timeout == -1);
    require(said->said.length_ms >= 0 && (!said->said.decoded || said->said.known));
    require(!said->no_channel || said->voice);
}

static void read_all(struct reading *r, enum rest_body body, unsigned version, const uint8_t *data,
                     size_t size, size_t most)
{
    struct rest_reader reader;
    struct pieces pieces = pieces_of(data, size, most);
    struct slice bytes;

    memset(r, 0, sizeof *r);
    memset(&reader, 0xa5, sizeof reader);
    rest_begin(&reader, body, version, 4);
    while (!r->broken && pieces_next(&pieces, &bytes)) {
        enum rest_result result;

        while ((result = rest_next(&reader, &bytes, &r->out[r->count % 16])) == REST_SAID)
            check_said(&r->out[r->count++ % 16]);
        require(bytes.len == 0 || result != REST_MORE);
        require(!r->enough || result == REST_ENOUGH);
        r->broken = result == REST_BROKEN;
        r->enough = result == REST_ENOUGH;
    }
    pieces_end(&pieces);
    r->good = rest_end(&reader, &r->whole);
    require(!r->good || !r->broken);
    check_said(&r->whole);
}

static void check_same(const struct rest_said *a, const struct rest_said *b)
{
    require(a->guild == b->guild && a->track == b->track && a->voice == b->voice);
    require(a->no_channel == b->no_channel && a->load_type == b->load_type);
    require(a->severity == b->severity && a->says_resuming == b->says_resuming);
    require(a->resuming == b->resuming && a->timeout == b->timeout);
    require(a->player.paused == b->player.paused && a->player.connected == b->player.connected);
    require(a->player.volume == b->player.volume && a->player.ping == b->player.ping);
    require(a->player.position_ms == b->player.position_ms);
    require(a->player.time_ms == b->player.time_ms);
    require(a->said.known == b->said.known && a->said.decoded == b->said.decoded);
    require(a->said.hash == b->said.hash && a->said.length_ms == b->said.length_ms);
    require(strcmp(a->said.title, b->said.title) == 0);
    require(strcmp(a->said.author, b->said.author) == 0);
    require(strcmp(a->said.source, b->said.source) == 0);
    require(strcmp(a->message, b->message) == 0 && strcmp(a->resume_key, b->resume_key) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const methods[] = {"GET", "PATCH", "DELETE", "POST"};
    static struct reading whole, split;
    enum rest_body body;
    unsigned version;

    if (size < 2)
        return 0;
    body = (enum rest_body)(data[0] % (REST_SAYS_ERROR + 1U));
    version = 3 + (data[0] >> 7);
    if (size < 200) {
        uint64_t guild;
        require(rest_route_of(slice_of(methods[data[1] % 4]),
                              (struct slice){(const char *)data + 2, size - 2},
                              &guild) < ROUTE_COUNT);
    }
    read_all(&whole, body, version, data + 2, size - 2, SIZE_MAX);
    read_all(&split, body, version, data + 2, size - 2, 1 + data[1]);
    require(whole.good == split.good);
    if (!whole.good)
        return 0;
    check_same(&whole.whole, &split.whole);
    require(whole.count == split.count);
    for (unsigned i = 0; i < whole.count && i < 16; i++)
        check_same(&whole.out[i], &split.out[i]);
    return 0;
}
