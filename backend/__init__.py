"""Lectern's server: HTTP API, live connections, dev identity and the pages, in one process.

app            the composition root: builds everything, knows everybody
settings       what may differ from one installation to the next
http_api       sessions over HTTP            ws_api       live connections
service        what can be done to a session, whoever asks
sessions       the session records           database     SQLite in a thread of its own
hub, room      who hears whom                peer, wire   one connection, one frame
tokens         who is asking                 dev_pool     an identity provider for development
static         the pages, from an allow-list            pages        what they are, what they may do
problems, logs, metrics, openapi             what people and machines get told
"""
