/*
 * What players cost: memory of the books with three snapshots alive, beyond that of the same bots
 * without players, the time a snapshot takes to
 * draw and to let go of, and the time a note takes to enter. A hundred bots play everywhere; each
 * second every fifth player is updated and some begin another track, as on a real node.
 *
 * usage: players      exit status 1 when a bar is broken
 */
#include <malloc.h>
#include <time.h>

#include "../unit/stats_players.h"

#define BOTS 100
#define SECONDS 20
#define MEMORY_BAR_MB 8.0   /* of 10 000 players, all in all */
#define CONTROL_BAR_MS 15.0 /* of control's time each second, at 100 000 players */

static double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static double in_use_mb(void)
{
    struct mallinfo2 info = mallinfo2();
    return (double)(info.uordblks + info.hblkhd) / 1e6;
}

static void play(struct world *world, unsigned bot, uint64_t guild)
{
    char title[64];
    struct song song = {.title = title, .hash = guild * 31 + (uint64_t)world->now_us};
    snprintf(title, sizeof(title), "Artist - A Song of Some Length %llu",
             (unsigned long long)guild);
    plays(world, NODE_4, 1000 + bot, guild);
    starts(world, 1 + bot, NODE_4, guild, song);
    song.by_answer = true;
    struct note answer = head_of(world, NOTE_TRACK_START, 900, NODE_4);
    told(world, &answer, 1000 + bot, guild, song);
}

struct figures {
    double memory_mb, draw_ms, let_go_ms, note_us;
};

static struct figures run(unsigned players)
{
    void *state;
    struct figures figures = {0};
    begin(&state);
    struct world world = world_of(&state);
    struct bot *bots[BOTS];
    double before = in_use_mb();

    for (unsigned i = 0; i < BOTS; i++) {
        char user[16];
        snprintf(user, sizeof(user), "9%u", i);
        bots[i] = world.bot = other_bot(&world, user);
        opens(&world, 1 + i, NODE_4);
        session_begins(&world, 1 + i, NODE_4, 1000 + i, false);
    }
    for (unsigned i = 0; i < players; i++) {
        world.bot = bots[i % BOTS];
        play(&world, i % BOTS, UINT64_C(800000000000000000) + i * UINT64_C(7919));
    }
    const struct snap *alive[3] = {NULL};
    uint64_t notes = 0;
    for (unsigned second = 0; second < SECONDS; second++) {
        double began = now_ms();
        for (unsigned i = second % 5; i < players; i += 5, notes++) {
            uint64_t guild = UINT64_C(800000000000000000) + i * UINT64_C(7919);
            world.bot = bots[i % BOTS];
            updates(&world, 1 + i % BOTS, NODE_4, guild, second * 1000);
            if (i % 180 == second) {
                play(&world, i % BOTS, guild);
                notes += 3;
            }
        }
        double entered = now_ms();
        world.books->now += SECOND;
        ledger_tick(world.ledger);
        double ticked = now_ms();
        const struct snap *snap = ledger_draw(world.ledger, world.books->now);
        double drawn = now_ms();
        snap_put(alive[second % 3]);
        double let_go = now_ms();
        alive[second % 3] = snap;
        figures.note_us += (entered - began) * 1e3;
        if (second >= 3) { /* those before find cold memory */
            figures.draw_ms += (drawn - ticked) / (SECONDS - 3);
            figures.let_go_ms += (let_go - drawn) / (SECONDS - 3);
        }
    }
    figures.note_us /= notes > 0 ? (double)notes : 1;
    figures.memory_mb = in_use_mb() - before;
    printf("%6u players: %5.1f MB with three snapshots alive, draw %.2f ms, let go %.2f ms, note "
           "%.2f us\n",
           players, figures.memory_mb, figures.draw_ms, figures.let_go_ms, figures.note_us);
    for (unsigned i = 0; i < 3; i++)
        snap_put(alive[i]);
    end(&state);
    return figures;
}

int main(void)
{
    struct figures none = run(0), ten = run(10000), hundred = run(100000);
    double cost_mb = ten.memory_mb - none.memory_mb;
    bool good = cost_mb <= MEMORY_BAR_MB && hundred.draw_ms + hundred.let_go_ms <= CONTROL_BAR_MS;
    printf("10 000 players cost %.2f MB\n", cost_mb);
    puts(good ? "within the bars" : "a bar is broken");
    return good ? 0 : 1;
}
