"""The names of all WebSocket messages: `action` of what a client says, `type` of what a server says.

`client_messages` and `server_messages` say what each holds. Portable: imports nothing.
"""

# A client's actions: the speaker's.

CREATE_SESSION = "createSession"
SEND_AUDIO = "sendAudio"
PAUSE_BROADCAST = "pauseBroadcast"
RESUME_BROADCAST = "resumeBroadcast"
MUTE_BROADCAST = "muteBroadcast"
UNMUTE_BROADCAST = "unmuteBroadcast"
SET_ADMISSION = "setAdmission"
GET_SESSION_STATUS = "getSessionStatus"
END_SESSION = "endSession"
REFUSE_AUDIO_FORMAT = "refuseAudioFormat"

# A client's actions: a listener's.

JOIN_SESSION = "joinSession"
CHANGE_LANGUAGE = "changeLanguage"
SWITCH_LANGUAGE = "switchLanguage"
"""What older clients call changeLanguage."""
PLAYBACK_REPORT = "playbackReport"

# A client's actions: of speakers and listeners.

HEARTBEAT = "heartbeat"
REFRESH_CONNECTION = "refreshConnection"

# Older clients' actions that need no answer: what they show each other of their controls.

SET_VOLUME = "setVolume"
SPEAKER_STATE_CHANGE = "speakerStateChange"
UPDATE_SPEAKER_STATE = "updateSpeakerState"
NOTIFY_SPEAKER_STATE = "notifySpeakerState"
LISTENER_STATE_CHANGE = "listenerStateChange"
UPDATE_LISTENER_STATE = "updateListenerState"
NOTIFY_LISTENER_STATE = "notifyListenerState"
PAUSE_PLAYBACK = "pausePlayback"
RESUME_PLAYBACK = "resumePlayback"

# A server's types: the connection.

WELCOME = "welcome"
HEARTBEAT_ACK = "heartbeatAck"
CONNECTION_REFRESH_REQUIRED = "connectionRefreshRequired"
CONNECTION_REFRESH_COMPLETE = "connectionRefreshComplete"
GOAWAY = "goaway"
ERROR = "error"

# A server's types: the session.

SESSION_CREATED = "sessionCreated"
SESSION_JOINED = "sessionJoined"
SESSION_STATUS = "sessionStatus"
SESSION_ENDED = "sessionEnded"
LANGUAGE_CHANGED = "languageChanged"

# A server's types: the speaker.

BROADCAST_PAUSED = "broadcastPaused"
BROADCAST_RESUMED = "broadcastResumed"
BROADCAST_MUTED = "broadcastMuted"
BROADCAST_UNMUTED = "broadcastUnmuted"
SPEAKER_AWAY = "speakerAway"
SPEAKER_BACK = "speakerBack"

# A server's types: the sound.

AUDIO = "audio"
AUDIO_FORMAT_REQUIRED = "audioFormatRequired"
