/* WebSocket, RFC 6455: a frame is a binary message. */
#include <stdio.h>
#include <string.h>

#include "listeners.h"

enum opcode { BINARY = 2, CLOSE = 8, PING = 9, PONG = 10 };

static void put_masked(struct connection *one, enum opcode opcode, const unsigned char *payload, int size) {
    unsigned char wire[6 + 125] = {0x80 | opcode, 0x80 | size}; /* a mask of zeros changes nothing */
    memcpy(wire + 6, payload, size);
    put(one, wire, 6 + size);
}

static void greet(struct connection *one, const char *path, const char *token) {
    char text[8192];
    int size = snprintf(text, sizeof text,
        "GET %s HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
        "Sec-WebSocket-Protocol: lectern.v1%s%s\r\n\r\n",
        path, one->role == SPEAKER && *token ? ", bearer." : "", one->role == SPEAKER ? token : "");
    put(one, text, size);
}

static int parse(struct connection *one, unsigned char *data, int size, uint64_t now) {
    int at = 0;
    if (!one->welcome) {
        at = http_head(data, size, "HTTP/1.1 101");
        if (at) welcome(one);
        else return 0;
    }
    while (size - at >= 2) {
        int opcode = data[at] & 0x0f, length = data[at + 1], head = 2;
        if (length == 126) {
            if (size - at < 4) break;
            length = data[at + 2] << 8 | data[at + 3];
            head = 4;
        }
        if (size - at < head + length) break;
        if (opcode == BINARY && length == FRAME) hear(one, data + at + head, now);
        if (opcode == PING) put_masked(one, PONG, data + at + head, length);
        at += head + length;
        if (opcode == CLOSE || one->fd < 0) {
            if (one->fd >= 0) lost(one);
            return size;
        }
    }
    return at;
}

static void speak(struct connection *one, const unsigned char *frame) {
    put_masked(one, BINARY, frame, FRAME);
}

const struct protocol websocket = {"websocket", greet, parse, speak};
