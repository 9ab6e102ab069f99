/* Owns how what was read becomes a note. */
#include <string.h>

#include "watch_parts.h"

uint32_t watch_took(const struct conn *c)
{
    double micros = (c->worker->now - c->watch.asked_at) * 1e6;
    return micros < 0 ? 0 : micros < UINT32_MAX ? (uint32_t)micros : UINT32_MAX;
}

struct note_key watch_key(const struct affinity_key *key)
{
    if (key == NULL)
        return (struct note_key){{0, 0}};
    return (struct note_key){{key->half[0], key->half[1]}};
}

static uint8_t add_text(char *texts, size_t *at, const char *from)
{
    size_t len = strlen(from);
    memcpy(texts + *at, from, len + 1);
    *at += len + 1;
    return (uint8_t)len;
}

void watch_note_track(struct conn *c, enum note_kind kind, const struct affinity_key *session,
                      uint64_t guild, const struct op_track *track, bool by_answer)
{
    static const char nothing[] = "";
    const char *title = track->decoded ? track->title : nothing;
    const char *author = track->decoded ? track->author : nothing;
    const char *source = track->decoded ? track->source : nothing;
    size_t size = sizeof(struct note_track) + strlen(title) + strlen(author) + strlen(source) + 3;
    struct note_track *note = (struct note_track *)conn_note(c, kind, size);
    if (note == NULL)
        return;
    note->session = watch_key(session);
    note->guild = guild;
    note->hash = track->hash;
    note->length_ms = track->length_ms;
    note->decoded = track->decoded;
    note->is_stream = track->is_stream;
    note->by_answer = by_answer;
    size_t at = 0;
    note->title_len = add_text(note->texts, &at, title);
    note->author_len = add_text(note->texts, &at, author);
    note->source_len = add_text(note->texts, &at, source);
}

void watch_note_player(struct conn *c, const struct affinity_key *session, uint64_t guild,
                       const struct op_player *player, bool no_track)
{
    if (guild == 0)
        return;
    struct note_player *note = (struct note_player *)conn_note(c, NOTE_PLAYER, sizeof *note);
    if (note == NULL)
        return;
    note->session = watch_key(session);
    note->guild = guild;
    note->position_ms = player->position_ms < 0 ? NOTE_UNSAID : player->position_ms;
    note->volume = player->volume;
    note->ping = player->ping;
    note->paused = player->paused;
    note->connected = player->connected;
    note->no_track = no_track;
}

void watch_note_gone(struct conn *c, const struct affinity_key *session, uint64_t guild)
{
    if (guild == 0)
        return;
    struct note_guild *note = (struct note_guild *)conn_note(c, NOTE_GONE, sizeof *note);
    if (note == NULL)
        return;
    note->session = watch_key(session);
    note->guild = guild;
}

void watch_note_resuming(struct conn *c, const struct affinity_key *session, int8_t resuming,
                         double timeout)
{
    struct note_resuming *note = (struct note_resuming *)conn_note(c, NOTE_RESUMING, sizeof *note);
    if (note == NULL)
        return;
    note->session = watch_key(session);
    note->resuming = resuming;
    note->timeout = timeout;
}

struct note_ask *watch_note_ask(struct conn *c, const struct affinity_key *session, uint64_t guild,
                                const struct op_player *player)
{
    if (guild == 0)
        return NULL;
    struct note_ask *note = (struct note_ask *)conn_note(c, NOTE_ASK, sizeof *note);
    if (note == NULL)
        return NULL;
    note->session = watch_key(session);
    note->guild = guild;
    note->position_ms = player->position_ms < 0 ? NOTE_UNSAID : player->position_ms;
    note->volume = player->volume;
    note->paused = player->paused;
    note->track = -1;
    return note;
}
