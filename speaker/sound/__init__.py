"""The speaker's sound: the microphone, its encoders, the check before a talk."""
