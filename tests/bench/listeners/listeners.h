/* What the core of the load client and its protocols know of each other. */
#include <stdbool.h>
#include <stdint.h>

enum { FRAME = 100, KEPT = 4096 };
enum role { LISTENER, SLOW, DEAD, SPEAKER };

struct connection {
    int fd;
    enum role role;
    bool welcome; /* the server has taken it in */
    int kept_size;
    int64_t last_seq;
    long heard, taken;
    double closed_after_s;
    unsigned char kept[KEPT]; /* the beginning of a message whose end has not come yet */
};

/* How one server is spoken to. What it is asked for is a path, a topic or a mount. */
struct protocol {
    const char *name;
    /* Say what a new connection has to say first. */
    void (*greet)(struct connection *, const char *path, const char *token);
    /* Handle the whole messages in `data`; returns how many bytes they were. */
    int (*parse)(struct connection *, unsigned char *data, int size, uint64_t now);
    /* Wrap a frame of the speaker's and send it. */
    void (*speak)(struct connection *, const unsigned char *frame);
};

extern const struct protocol websocket, mqtt, ogg;

void die(const char *what);
/* Send it whole; when that fails the connection is lost. */
void put(struct connection *, const void *data, int size);
/* The server has taken this connection in. */
void welcome(struct connection *);
/* A frame has come to a listener. */
void hear(struct connection *, const unsigned char *frame, uint64_t now);
/* The connection is over. */
void lost(struct connection *);
/* Take the head of an HTTP answer of this status off `data`; returns its size, 0 while it is not whole. */
int http_head(const unsigned char *data, int size, const char *status);
