/* MQTT 3.1.1 at QoS 0: a frame is a PUBLISH. Listeners subscribe to the topic that the speaker publishes. */
#include <string.h>

#include "listeners.h"

enum packet { CONNACK = 2, PUBLISH = 3, SUBACK = 9 };

static const char *topic;

/* Version 4 is 3.1.1; a clean session, no keep-alive, no client id. */
static const unsigned char CONNECT[] = {0x10, 12, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 0, 0, 0};

static void greet(struct connection *one, const char *path, const char *token) {
    unsigned char subscribe[128] = {0x82, 0, 0, 1, 0};
    int length = strlen(topic = path);
    (void)token;
    put(one, CONNECT, sizeof CONNECT);
    if (one->role == SPEAKER) return;
    subscribe[1] = 2 + 2 + length + 1;
    subscribe[5] = length;
    memcpy(subscribe + 6, topic, length);
    put(one, subscribe, 2 + subscribe[1]);
}

static void take(struct connection *one, const unsigned char *packet, int head, int length, uint64_t now) {
    const unsigned char *body = packet + head;
    enum packet type = packet[0] >> 4;
    if (type == CONNACK && body[1]) die("refused");
    if (type == (one->role == SPEAKER ? CONNACK : SUBACK)) welcome(one);
    if (type != PUBLISH) return;
    int before = 2 + (body[0] << 8 | body[1]);
    if (length - before == FRAME) hear(one, body + before, now);
}

static int parse(struct connection *one, unsigned char *data, int size, uint64_t now) {
    int at = 0;
    while (size - at >= 2) {
        int length = data[at + 1], head = 2;
        if (length & 0x80) {
            if (size - at < 3) break;
            length = (length & 0x7f) | data[at + 2] << 7;
            head = 3;
        }
        if (size - at < head + length) break;
        take(one, data + at, head, length, now);
        at += head + length;
    }
    return at;
}

static void speak(struct connection *one, const unsigned char *frame) {
    int length = strlen(topic);
    unsigned char wire[256] = {0x30, 0x80 | ((2 + length + FRAME) & 0x7f), (2 + length + FRAME) >> 7, 0, length};
    memcpy(wire + 5, topic, length);
    memcpy(wire + 5 + length, frame, FRAME);
    put(one, wire, 5 + length + FRAME);
}

const struct protocol mqtt = {"mqtt", greet, parse, speak};
