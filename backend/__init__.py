"""The server, in the order in which a newcomer may read it.

app            the composition root: builds every part and hands it what it needs
ports          the outside world: stores, bus, clock; clock, bus, sqlite_storage are the ones at hand
service        the hinge: what can be done to a session, by HTTP and by WebSocket
http/          middleware, the sessions API, what operators look at, OpenAPI, static files
ws/            the WebSocket endpoint, messages by role, the reader, a played AWS gateway
live/          hub, room, channel, peer: the people connected and the sound between them
sessions/      a session as stored, its rules, its rows in SQLite
identity/      the verifier of tokens; the dev pool and its Cognito-shaped API
serving        listens, and stops in order
"""
