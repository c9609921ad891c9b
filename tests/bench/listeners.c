/* Load client of the fan-out benchmark: one speaker and many listeners, over WebSocket.
 *
 *   listeners HOST PORT LISTEN_PATH SPEAK_PATH TOKEN COUNT DEAD SLOW WARM_UP FRAMES
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

enum { FRAME = 100, WIRE = FRAME + 2, HEADER = 12, PERIOD_MS = 20, SMALL_ROOM = 4096, KEPT = 4096, DRAIN_S = 2 };
enum role { LISTENER, SLOW, DEAD, SPEAKER };

struct connection {
    int fd;
    enum role role;
    int kept_size;
    int64_t last_seq;
    long heard, taken;
    double closed_after_s;
    unsigned char kept[KEPT]; /* the beginning of a message whose end has not come yet */
};

static struct connection *all;
static int connections, epoll, warm_up, frames;
static uint32_t *latencies_us;
static long delivered, disordered, latencies_room;
static uint64_t started_ns;

static uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000ull + now.tv_nsec;
}

static void die(const char *what) {
    perror(what);
    exit(1);
}

static void lost(struct connection *one) {
    one->closed_after_s = (now_ns() - started_ns) / 1e9;
    close(one->fd);
    one->fd = -1;
}

static void send_masked(struct connection *one, int opcode, const unsigned char *payload, int size) {
    unsigned char wire[6 + 125] = {0x80 | opcode, 0x80 | size}; /* a mask of zeros changes nothing */
    memcpy(wire + 6, payload, size);
    if (send(one->fd, wire, 6 + size, MSG_NOSIGNAL) < 0 && errno != EAGAIN) lost(one);
}

static void hear(struct connection *one, const unsigned char *frame, uint64_t now) {
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

/* Handle the whole messages in `data`; returns how many bytes they were. */
static int parse(struct connection *one, unsigned char *data, int size, uint64_t now) {
    int at = 0;
    while (size - at >= 2) {
        int opcode = data[at] & 0x0f, length = data[at + 1], head = 2;
        if (length == 126) {
            if (size - at < 4) break;
            length = data[at + 2] << 8 | data[at + 3];
            head = 4;
        }
        if (size - at < head + length) break;
        if (opcode == 2 && length == FRAME) hear(one, data + at + head, now);
        if (opcode == 9) send_masked(one, 10, data + at + head, length);
        at += head + length;
        if (opcode == 8 || one->fd < 0) {
            if (one->fd >= 0) lost(one);
            return size;
        }
    }
    return at;
}

/* Read at most `most` bytes and handle what came whole. */
static void take(struct connection *one, int most) {
    static unsigned char data[KEPT + 65536];
    memcpy(data, one->kept, one->kept_size);
    int got = recv(one->fd, data + one->kept_size, most, MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN)) return lost(one);
    if (got < 0) return;
    one->taken += got;
    int size = one->kept_size + got, done = parse(one, data, size, now_ns());
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
        if (one->role == LISTENER || one->role == SPEAKER) take(one, 65536);
        else if (events[i].events & (EPOLLHUP | EPOLLERR)) lost(one);
    }
}

static void shake_hands(struct connection *one, const char *path, const char *token) {
    char text[8192];
    int size = snprintf(text, sizeof text,
        "GET %s HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
        "Sec-WebSocket-Protocol: lectern.v1%s%s\r\n\r\n", path, *token ? ", bearer." : "", token);
    if (send(one->fd, text, size, MSG_NOSIGNAL) != size) die("send");
    for (size = 0; size < 4 || memcmp(text + size - 4, "\r\n\r\n", 4); size++)
        if (size == sizeof text || recv(one->fd, text + size, 1, 0) != 1) die("handshake");
    if (strncmp(text, "HTTP/1.1 101", 12)) die("refused");
}

static void join(struct connection *one, struct sockaddr_in *where, const char *path, const char *token) {
    int yes = 1, room = SMALL_ROOM;
    one->fd = socket(AF_INET, SOCK_STREAM, 0);
    one->last_seq = -1;
    if (one->role == SLOW || one->role == DEAD)
        setsockopt(one->fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    if (one->fd < 0 || connect(one->fd, (struct sockaddr *)where, sizeof *where)) die("connect");
    setsockopt(one->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    shake_hands(one, path, token);
    int wanted = one->role == LISTENER || one->role == SPEAKER ? EPOLLIN : 0;
    struct epoll_event event = {.events = wanted, .data.ptr = one};
    epoll_ctl(epoll, EPOLL_CTL_ADD, one->fd, &event);
}

static void speak(struct connection *speaker, uint32_t seq) {
    unsigned char frame[FRAME] = {1, 1};
    uint32_t big_endian = htonl(seq);
    uint64_t now = now_ns();
    memcpy(frame + 4, &big_endian, 4);
    memcpy(frame + HEADER, &now, sizeof now);
    send_masked(speaker, 2, frame, FRAME);
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

int main(int argc, char **argv) {
    if (argc != 11) return fputs("see the comment at the top of listeners.c\n", stderr), 2;
    int count = atoi(argv[6]), dead = atoi(argv[7]), slow = atoi(argv[8]);
    struct sockaddr_in where = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[2]))};
    inet_pton(AF_INET, argv[1], &where.sin_addr);
    warm_up = atoi(argv[9]), frames = atoi(argv[10]);
    latencies_room = (long)count * frames;
    latencies_us = malloc(latencies_room * sizeof *latencies_us);
    all = calloc(count, sizeof *all);
    struct connection *speaker = calloc(1, sizeof *speaker);
    if (!latencies_us || !all || !speaker) die("memory");
    epoll = epoll_create1(0);
    speaker->role = SPEAKER;
    join(speaker, &where, argv[4], argv[5]);
    for (connections = 0; connections < count; connections++) {
        all[connections].role = connections < dead ? DEAD : connections < dead + slow ? SLOW : LISTENER;
        join(&all[connections], &where, argv[3], "");
        pump(0);
    }
    puts("connected"), fflush(stdout);
    for (struct pollfd input = {.fd = 0, .events = POLLIN}; poll(&input, 1, 0) == 0;) pump(10);
    run(speaker);
    report();
    return 0;
}
