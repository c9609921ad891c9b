// Plays samples from a ring. Messages in: {samples: Float32Array or Int16Array, rate}, {conceal: seconds} lost,
// {flush: true}, {hold}, {speed}: resamples, so that the pitch changes too, {tempo}: keeps the pitch, as whole
// periods are skipped or repeated where the waveform resembles itself most (Verhelst and Roelands, "WSOLA", ICASSP
// 1993). Lost sound is bridged. An empty ring is bridged too, until the late frame comes: it is decided here, because
// a message to the main thread and back would take longer than the gap.
// Messages out, about every 10 ms: [seconds of sound played or skipped, seconds with an empty ring], from the start.
import { Bridge, COMPARED as FADE, LONGEST, SampleRing, SHORTEST } from "./sample-ring.js";

const TICK_QUANTA = 4;
const SILENCE = { at: () => 0 }; // a bridge of zeros

class PlaybackWorklet extends AudioWorkletProcessor {
  constructor() {
    super();
    this.ring = new SampleRing();
    this.position = 0; // in the ring, of the next sample to play
    this.speed = this.tempo = 1;
    this.owed = 0; // samples that the tempo has still to skip, or below zero to repeat
    this.jump = this.faded = 0; // a jump under way: its distance, and how many samples of its fade are done
    this.bridge = null; // played while late sound is missing, until the fade into new sound is done
    this.bridged = this.joined = 0; // samples of the bridge played, and of the fade into new sound
    this.patch = null; // the continuation of a bridge over lost sound, into which the next sound fades
    this.held = false;
    this.loudness = 1; // fades to 0 while held, because sound that is cut off clicks
    this.tail = []; // a fade-out of flushed sound, against a click
    this.starved = this.quanta = 0;
    this.port.onmessage = ({ data }) => this.receive(data);
  }

  receive({ samples, rate, conceal, speed, tempo, flush, hold }) {
    if (samples) this.append(() => this.ring.append(samples, rate));
    if (conceal !== undefined) this.conceal(Math.round(conceal * sampleRate));
    if (speed) this.speed = speed;
    if (tempo) this.tempo = tempo;
    if (hold !== undefined && hold !== this.held) {
      this.held = hold;
      if (this.bridge && !hold) this.bridge = SILENCE; // so that a bridge from before a pause does not sound after it
    }
    if (flush || tempo === 1) this.owed = 0;
    if (flush) this.flush();
  }

  append(write) {
    const start = this.ring.written;
    write();
    if (this.patch) this.ring.fadeIn(start, this.patch);
    this.patch = null;
  }

  // A bridge over late sound that is playing is continued over the hole.
  conceal(length) {
    const isBridged = this.bridge && !this.joined && this.position >= this.ring.written;
    const [bridge, begun] = isBridged ? [this.bridge, this.bridged] : [new Bridge(this.ring), 0];
    this.append(() => this.ring.write(Float32Array.from({ length }, (_, index) => bridge.at(begun + index))));
    this.patch = (index) => bridge.at(begun + length + index);
  }

  flush() {
    const starved = this.starved;
    const fadedOut = (_, index) => this.next() * (1 - index / FADE);
    this.tail = this.loudness ? Array.from({ length: FADE }, fadedOut).reverse() : [];
    this.starved = starved;
    this.ring.forget();
    this.position = this.ring.written;
    this.jump = this.joined = 0;
    this.bridge = SILENCE;
    this.patch = null;
  }

  process(_inputs, [output]) {
    const channel = output[0];
    for (let i = 0; i < channel.length; i++) {
      this.loudness = Math.min(1, Math.max(0, this.loudness + (this.held ? -1 : 1) / FADE));
      channel[i] = this.loudness ? this.loudness * (this.next() + (this.tail.pop() ?? 0)) : 0;
    }
    for (let other = 1; other < output.length; other++) output[other].set(channel);
    if (++this.quanta % TICK_QUANTA === 0) {
      this.port.postMessage([this.position / sampleRate, this.starved / sampleRate]);
    }
    return true;
  }

  next() {
    const dry = this.position >= this.ring.written;
    if (dry) this.starved++;
    if (dry && (!this.bridge || this.joined)) {
      this.bridge = new Bridge(this.ring);
      this.bridged = this.joined = 0;
    }
    const repeated = this.bridge ? this.bridge.at(this.bridged++) : 0;
    if (dry) return repeated;
    const value = this.advance();
    if (!this.bridge) return value;
    const share = ++this.joined / FADE;
    if (share >= 1) this.bridge = null;
    return repeated + (value - repeated) * share;
  }

  // The next sample of the ring, at the current speed and tempo.
  advance() {
    this.owed += this.tempo - 1;
    if (!this.jump && Math.abs(this.owed) >= SHORTEST) this.beginJump(Math.sign(this.owed));
    let value = this.ring.at(this.position);
    if (this.jump) {
      value += (this.ring.at(this.position + this.jump) - value) * (++this.faded / FADE);
      if (this.faded === FADE) {
        this.position += this.jump;
        this.jump = 0;
      }
    }
    this.position = Math.min(this.position + this.speed, this.ring.written);
    return value;
  }

  // Starts a jump of about the length owed, if the ring holds enough sound in that direction.
  beginJump(direction) {
    this.owed = direction * Math.min(Math.abs(this.owed), 2 * LONGEST);
    const ahead = this.ring.written - this.position - 1.1 * FADE;
    const enough = direction > 0 ? ahead >= LONGEST : ahead >= 0 && this.position - this.ring.oldest >= LONGEST;
    if (!enough) return;
    this.jump = direction * this.ring.period(Math.floor(this.position), direction);
    this.owed -= this.jump;
    this.faded = 0;
  }
}

registerProcessor("playback-worklet", PlaybackWorklet);
