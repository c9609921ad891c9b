/* The floor of the fan-out benchmark: what a loop of send() costs, and nothing else.
 *
 *   floor PORT
 *
 * Takes WebSocket connections on 127.0.0.1; what comes from the one at /speak is sent to all
 * others. It checks nothing, remembers nothing, and drops what a listener has no room for.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 20000 };

static int listeners[MOST], count, speaker = -1;

/* The load client does not look at the accept key, so it is any. */
static const char ANSWER[] =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\nSec-WebSocket-Protocol: lectern.v1\r\n\r\n";

static void welcome(int door, int epoll) {
    char request[16384];
    int yes = 1, size = 0, client = accept(door, NULL, NULL);
    if (client < 0) return;
    while (size < 4 || memcmp(request + size - 4, "\r\n\r\n", 4)) {
        int got = recv(client, request + size, sizeof request - size, 0);
        if (got <= 0) {
            close(client);
            return;
        }
        size += got;
    }
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    send(client, ANSWER, sizeof ANSWER - 1, MSG_NOSIGNAL);
    if (!strncmp(request, "GET /speak", 10)) {
        struct epoll_event event = {.events = EPOLLIN, .data.fd = speaker = client};
        epoll_ctl(epoll, EPOLL_CTL_ADD, client, &event);
    } else if (count < MOST) {
        listeners[count++] = client;
    }
}

/* Small masked messages in, the same unmasked to everybody. Returns 0 when the speaker is gone. */
static int pass_on(void) {
    static unsigned char data[65536];
    static int size;
    int got = recv(speaker, data + size, sizeof data - size, 0), at = 0;
    if (got <= 0) return 0;
    for (size += got; size - at >= 6; ) {
        int length = data[at + 1] & 0x7f;
        if (size - at < 6 + length) break;
        unsigned char wire[2 + 125] = {data[at], length}, *mask = data + at + 2;
        for (int i = 0; i < length; i++) wire[2 + i] = data[at + 6 + i] ^ mask[i & 3];
        for (int i = 0; i < count; i++) send(listeners[i], wire, 2 + length, MSG_DONTWAIT | MSG_NOSIGNAL);
        at += 6 + length;
    }
    memmove(data, data + at, size -= at);
    return 1;
}

int main(int argc, char **argv) {
    int yes = 1, door = socket(AF_INET, SOCK_STREAM, 0), epoll = epoll_create1(0);
    struct sockaddr_in where = {.sin_family = AF_INET, .sin_port = htons(argc > 1 ? atoi(argv[1]) : 0)};
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(door, (struct sockaddr *)&where, sizeof where) || listen(door, 1024)) {
        perror("floor");
        return 1;
    }
    struct epoll_event event = {.events = EPOLLIN, .data.fd = door}, ready;
    epoll_ctl(epoll, EPOLL_CTL_ADD, door, &event);
    while (epoll_wait(epoll, &ready, 1, -1) >= 0) {
        if (ready.data.fd == door) welcome(door, epoll);
        else if (!pass_on()) return 0;
    }
    return 1;
}
