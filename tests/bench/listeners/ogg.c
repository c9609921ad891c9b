/* A byte stream over HTTP, as Icecast serves it: Opus in Ogg (RFC 3533, RFC 7845), a frame is a page.
 *
 * Ogg, because Icecast gathers what it does not know into blocks of 1400 bytes, which is 0.3 s of sound,
 * and passes Ogg on page by page.
 */
#include <stdio.h>
#include <string.h>

#include "listeners.h"

enum { HEAD = 27, CRC = 22, BEGINNING = 2 };

static unsigned page_number;

static unsigned crc(const unsigned char *data, int size) {
    unsigned sum = 0;
    for (int i = 0; i < size; i++) {
        sum ^= (unsigned)data[i] << 24;
        for (int bit = 0; bit < 8; bit++) sum = sum << 1 ^ (sum >> 31 ? 0x04c11db7 : 0);
    }
    return sum;
}

static void little_endian(unsigned char *where, unsigned number) {
    for (int i = 0; i < 4; i++) where[i] = number >> 8 * i;
}

/* One page that holds one packet of fewer than 255 bytes. */
static void put_page(struct connection *one, int flags, const void *packet, int size) {
    unsigned char page[HEAD + 1 + 255] = {'O', 'g', 'g', 'S', 0, flags};
    little_endian(page + 6, page_number < 2 ? 0 : 960 * (page_number - 1)); /* samples at 48 kHz */
    little_endian(page + 14, 1);
    little_endian(page + 18, page_number++);
    page[26] = 1;
    page[HEAD] = size;
    memcpy(page + HEAD + 1, packet, size);
    little_endian(page + CRC, crc(page, HEAD + 1 + size));
    put(one, page, HEAD + 1 + size);
}

static void greet(struct connection *one, const char *path, const char *token) {
    char text[1024];
    int size = one->role == SPEAKER
        ? snprintf(text, sizeof text,
            "SOURCE %s HTTP/1.0\r\nAuthorization: Basic %s\r\nContent-Type: application/ogg\r\n\r\n", path, token)
        : snprintf(text, sizeof text, "GET %s HTTP/1.0\r\n\r\n", path);
    put(one, text, size);
}

static int begin(struct connection *one, const unsigned char *data, int size) {
    static const unsigned char head[19] = "OpusHead\1\1\0\0\x80\xbb\0\0", tags[16] = "OpusTags";
    int at = http_head(data, size, "HTTP/1.0 200");
    if (!at) return 0;
    welcome(one);
    if (one->role == SPEAKER) {
        put_page(one, BEGINNING, head, sizeof head);
        put_page(one, 0, tags, sizeof tags);
    }
    return at;
}

static int parse(struct connection *one, unsigned char *data, int size, uint64_t now) {
    int at = one->welcome ? 0 : begin(one, data, size);
    while (one->welcome && size - at >= HEAD && size - at >= HEAD + data[at + 26]) {
        int segments = data[at + 26], length = 0;
        if (memcmp(data + at, "OggS", 4)) die("what came is no Ogg");
        for (int i = 0; i < segments; i++) length += data[at + HEAD + i];
        if (size - at < HEAD + segments + length) break;
        if (length == FRAME) hear(one, data + at + HEAD + segments, now);
        at += HEAD + segments + length;
    }
    return at;
}

static void speak(struct connection *one, const unsigned char *frame) {
    put_page(one, 0, frame, FRAME);
}

const struct protocol ogg = {"ogg", greet, parse, speak};
