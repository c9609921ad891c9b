// Plays samples from a ring. Messages in: {samples: Float32Array or Int16Array, rate}, {silence: seconds},
// {flush: true}, {hold}, {speed} resamples, so the pitch moves along; {tempo} keeps the pitch: now and then whole
// periods are jumped over or repeated, the jump chosen where the waveform resembles itself most (Verhelst and
// Roelands, "WSOLA", ICASSP 1993). A ring run dry repeats its newest period, ever more quietly, for the moment that a
// late frame needs: whoever could decide it anywhere else is late as well.
// Messages out, about every 10 ms: [seconds of sound heard or passed over, seconds without any], both from the start.
import { COMPARED as FADE, LONGEST, SampleRing, SHORTEST } from "./sample-ring.js";

const TICK_QUANTA = 4;
const BRIDGE = Math.round(0.1 * sampleRate); // after so much repeated sound there is silence

class PlaybackWorklet extends AudioWorkletProcessor {
  constructor() {
    super();
    this.ring = new SampleRing();
    this.position = 0; // the place that is heard next
    this.speed = this.tempo = 1;
    this.owed = 0; // samples still to jump over, or below zero to repeat, for the tempo
    this.jump = this.faded = 0; // from one period into another: how far, and how much of the fade is done
    this.edge = this.period = 0; // where the ring ran dry, and what is repeated of what lies before
    this.step = 0; // from the period's end to its beginning, beyond what the waveform does there anyway
    this.bridged = this.joined = 0; // how much was repeated, and how much of the fade into new sound is done
    this.held = this.bridging = false;
    this.loudness = 1; // falls to nothing while held: sound that is cut off clicks
    this.starved = this.quanta = 0;
    this.port.onmessage = ({ data }) => this.receive(data);
  }

  receive({ samples, rate, silence, speed, tempo, flush, hold }) {
    if (samples) this.ring.append(samples, rate / sampleRate);
    if (silence) this.ring.append(new Float32Array(Math.round(silence * sampleRate)), 1);
    if (speed) this.speed = speed;
    if (tempo) this.tempo = tempo;
    if (hold !== undefined && hold !== this.held) {
      this.held = hold;
      this.bridged = BRIDGE; // what was due before a pause is heard neither in it nor after it
    }
    if (flush || tempo === 1) this.owed = 0;
    if (!flush) return;
    this.ring.forget();
    this.position = this.ring.written;
    this.jump = 0;
    this.bridging = false;
  }

  process(_inputs, [output]) {
    const channel = output[0];
    for (let i = 0; i < channel.length; i++) {
      this.loudness = Math.min(1, Math.max(0, this.loudness + (this.held ? -1 : 1) / FADE));
      channel[i] = this.loudness ? this.loudness * this.next() : 0;
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
    if (dry && (!this.bridging || this.joined)) this.beginBridge();
    const repeated = this.bridging ? this.repeat() : 0;
    if (dry) return repeated;
    const value = this.advance();
    if (!this.bridging) return value;
    const share = ++this.joined / FADE;
    if (share >= 1) this.bridging = false;
    return repeated + (value - repeated) * share;
  }

  // What is in the ring, at its speed and tempo.
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

  // By about what is owed, when enough sound lies ahead or behind.
  beginJump(direction) {
    this.owed = direction * Math.min(Math.abs(this.owed), 2 * LONGEST);
    const ahead = this.ring.written - this.position - 1.1 * FADE;
    const enough = direction > 0 ? ahead >= LONGEST : ahead >= 0 && this.position - this.ring.oldest >= LONGEST;
    if (!enough) return;
    this.jump = direction * this.ring.period(Math.floor(this.position), direction);
    this.owed -= this.jump;
    this.faded = 0;
  }

  // Nothing is repeated when there was too little sound to know a period.
  beginBridge() {
    this.edge = this.ring.written;
    const enough = this.edge - this.ring.oldest >= FADE + LONGEST;
    this.period = enough ? this.ring.period(this.edge - FADE, -1) : 0;
    this.step = 2 * this.ring.at(this.edge - 1) - this.ring.at(this.edge - 2) - this.ring.at(this.edge - this.period);
    this.bridged = this.joined = 0;
    this.bridging = true;
  }

  // The step at which each repetition begins is faded out: else it would click.
  repeat() {
    const place = this.bridged++;
    if (!this.period || place >= BRIDGE) return 0;
    const into = place % this.period;
    const smooth = this.step * Math.max(0, 1 - into / SHORTEST);
    return (1 - place / BRIDGE) * (this.ring.at(this.edge - this.period + into) + smooth);
  }
}

registerProcessor("playback-worklet", PlaybackWorklet);
