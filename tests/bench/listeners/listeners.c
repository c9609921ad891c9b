/* Load client of the fan-out benchmark: one speaker and many listeners.
 *
 *   listeners PROTOCOL HOST PORT LISTEN_PATH SPEAK_PATH TOKEN COUNT DEAD SLOW WARM_UP FRAMES
 *
 * Of COUNT listeners the first DEAD never read again, and the next SLOW read at half the rate of
 * the sound; with little room in the kernel, so that the server notices soon. It says "connected",
 * waits for a line, sends 50 frames a second of 100 bytes, says "measuring" when WARM_UP of them
 * are out and "measured" when FRAMES more are, and in the end prints its figures as one JSON line.
 * A frame carries when it was sent: CLOCK_MONOTONIC in nanoseconds, behind the audio header.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "listeners.h"

enum { WIRE = FRAME + 2, HEADER = 12, PERIOD_MS = 20, SMALL_ROOM = 4096, DRAIN_S = 2, AT_ONCE = 100, PATIENCE_S = 60 };

static const struct protocol *const protocols[] = {&websocket, &mqtt, &ogg};
static const struct protocol *protocol;
static struct connection *all;
static int connections, waiting, epoll, warm_up, frames;
static uint32_t *latencies_us;
static long delivered, disordered, latencies_room;
static uint64_t started_ns;

static uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000ull + now.tv_nsec;
}

void die(const char *what) {
    perror(what);
    exit(1);
}

static bool always_reads(const struct connection *one) {
    return one->role == LISTENER || one->role == SPEAKER;
}

void lost(struct connection *one) {
    if (!one->welcome) die("closed before it was welcome");
    one->closed_after_s = (now_ns() - started_ns) / 1e9;
    close(one->fd);
    one->fd = -1;
}

void put(struct connection *one, const void *data, int size) {
    if (send(one->fd, data, size, MSG_NOSIGNAL) < 0 && errno != EAGAIN) lost(one);
}

int http_head(const unsigned char *data, int size, const char *status) {
    const unsigned char *end = memmem(data, size, "\r\n\r\n", 4);
    if (end && strncmp((const char *)data, status, strlen(status))) die("refused");
    return end ? end + 4 - data : 0;
}

void hear(struct connection *one, const unsigned char *frame, uint64_t now) {
    uint64_t sent_ns;
    int64_t seq = ntohl(*(const uint32_t *)(frame + 4));
    if (seq <= one->last_seq) disordered++;
    one->last_seq = seq;
    if (seq < warm_up) return;
    one->heard++;
    if (one->role != LISTENER || delivered == latencies_room) return;
    memcpy(&sent_ns, frame + HEADER, sizeof sent_ns);
    latencies_us[delivered++] = (now - sent_ns) / 1000;
}

/* Read at most `most` bytes and handle what came whole. */
static void take(struct connection *one, int most) {
    static unsigned char data[KEPT + 65536];
    memcpy(data, one->kept, one->kept_size);
    int got = recv(one->fd, data + one->kept_size, most, MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN)) return lost(one);
    if (got < 0) return;
    one->taken += got;
    int size = one->kept_size + got, done = protocol->parse(one, data, size, now_ns());
    one->kept_size = size - done;
    if (one->kept_size > KEPT) die("a message is too long");
    memcpy(one->kept, data + done, one->kept_size);
}

static void pump(int timeout_ms) {
    struct epoll_event events[512];
    int count = epoll_wait(epoll, events, 512, timeout_ms);
    for (int i = 0; i < count; i++) {
        struct connection *one = events[i].data.ptr;
        if (one->fd < 0) continue;
        if (always_reads(one) || !one->welcome) take(one, 65536);
        else if (events[i].events & (EPOLLHUP | EPOLLERR)) lost(one);
    }
}

void welcome(struct connection *one) {
    struct epoll_event event = {.events = always_reads(one) ? EPOLLIN : 0, .data.ptr = one};
    if (one->welcome) return;
    epoll_ctl(epoll, EPOLL_CTL_MOD, one->fd, &event);
    one->welcome = true;
    one->taken = 0;
    waiting--;
}

/* Until at most this many wait for their welcome. */
static void let_in(int most) {
    uint64_t end = now_ns() + PATIENCE_S * 1000000000ull;
    while (waiting > most) {
        if (now_ns() > end) die("not welcome");
        pump(10);
    }
}

static void join(struct connection *one, struct sockaddr_in *where, const char *path, const char *token) {
    int yes = 1, room = SMALL_ROOM;
    one->fd = socket(AF_INET, SOCK_STREAM, 0);
    one->last_seq = -1;
    if (!always_reads(one)) setsockopt(one->fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    if (one->fd < 0 || connect(one->fd, (struct sockaddr *)where, sizeof *where)) die("connect");
    setsockopt(one->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = one};
    epoll_ctl(epoll, EPOLL_CTL_ADD, one->fd, &event);
    waiting++;
    protocol->greet(one, path, token);
}

static void speak(struct connection *speaker, uint32_t seq) {
    unsigned char frame[FRAME] = {1, 1};
    uint32_t big_endian = htonl(seq);
    uint64_t now = now_ns();
    memcpy(frame + 4, &big_endian, 4);
    memcpy(frame + HEADER, &now, sizeof now);
    protocol->speak(speaker, frame);
    if (speaker->fd < 0) die("the speaker was closed");
}

/* Half as many bytes as the sound has had by now. */
static void take_slowly(void) {
    long due = (now_ns() - started_ns) / 1000000 / PERIOD_MS * WIRE / 2;
    for (int i = 0; i < connections; i++)
        if (all[i].role == SLOW && all[i].fd >= 0 && all[i].taken < due) take(&all[i], due - all[i].taken);
}

static void run(struct connection *speaker) {
    uint64_t due = started_ns = now_ns();
    for (int seq = 0; seq < warm_up + frames; due += PERIOD_MS * 1000000ull) {
        for (uint64_t now; (now = now_ns()) < due;) pump((due - now) / 1000000);
        if (seq == warm_up) puts("measuring"), fflush(stdout);
        speak(speaker, seq++);
        take_slowly();
    }
    puts("measured"), fflush(stdout);
    for (uint64_t end = now_ns() + DRAIN_S * 1000000000ull; now_ns() < end;) pump(10);
}

static int by_size(const void *a, const void *b) {
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

static double percentile_ms(double part) {
    return delivered ? latencies_us[(long)(part * (delivered - 1))] / 1e3 : 0;
}

static void report(void) {
    long closed[3] = {0}, heard[3] = {0};
    double last_dead_s = 0;
    for (int i = 0; i < connections; i++) {
        closed[all[i].role] += all[i].fd < 0;
        heard[all[i].role] += all[i].heard;
        if (all[i].role == DEAD && all[i].closed_after_s > last_dead_s) last_dead_s = all[i].closed_after_s;
    }
    qsort(latencies_us, delivered, sizeof *latencies_us, by_size);
    printf("{\"heard\": %ld, \"p50_ms\": %.3f, \"p99_ms\": %.3f, \"max_ms\": %.3f, \"disordered\": %ld, "
           "\"closed\": %ld, \"slow_heard\": %ld, \"slow_closed\": %ld, \"dead_closed\": %ld, "
           "\"dead_closed_after_s\": %.1f}\n",
           heard[LISTENER], percentile_ms(0.5), percentile_ms(0.99), percentile_ms(1), disordered,
           closed[LISTENER], heard[SLOW], closed[SLOW], closed[DEAD], last_dead_s);
}

static const struct protocol *named(const char *name) {
    for (unsigned i = 0; i < sizeof protocols / sizeof *protocols; i++)
        if (!strcmp(protocols[i]->name, name)) return protocols[i];
    errno = EPROTONOSUPPORT;
    die(name);
    return NULL;
}

/* The speaker first: some servers have nothing to listen to before. */
static void join_all(struct connection *speaker, struct sockaddr_in *where, char **names, char **numbers) {
    int count = atoi(numbers[0]), dead = atoi(numbers[1]), slow = atoi(numbers[2]);
    speaker->role = SPEAKER;
    join(speaker, where, names[1], names[2]);
    let_in(0);
    for (connections = 0; connections < count; connections++) {
        all[connections].role = connections < dead ? DEAD : connections < dead + slow ? SLOW : LISTENER;
        join(&all[connections], where, names[0], "");
        pump(0);
        let_in(AT_ONCE);
    }
    let_in(0);
}

int main(int argc, char **argv) {
    if (argc != 12) return fputs("see the comment at the top of listeners.c\n", stderr), 2;
    struct sockaddr_in where = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[3]))};
    inet_pton(AF_INET, argv[2], &where.sin_addr);
    protocol = named(argv[1]);
    warm_up = atoi(argv[10]), frames = atoi(argv[11]);
    latencies_room = atol(argv[7]) * frames;
    latencies_us = malloc(latencies_room * sizeof *latencies_us);
    all = calloc(atoi(argv[7]), sizeof *all);
    struct connection *speaker = calloc(1, sizeof *speaker);
    if (!latencies_us || !all || !speaker) die("memory");
    epoll = epoll_create1(0);
    join_all(speaker, &where, argv + 4, argv + 7);
    puts("connected"), fflush(stdout);
    for (struct pollfd input = {.fd = 0, .events = POLLIN}; poll(&input, 1, 0) == 0;) pump(10);
    run(speaker);
    report();
    return 0;
}
