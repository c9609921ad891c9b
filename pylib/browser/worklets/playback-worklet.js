// Plays samples from a ring. Messages in: {samples: Float32Array or Int16Array, rate}, {silence: seconds},
// {flush: true}, {hold}, {speed} resamples, so the pitch moves along; {tempo} keeps the pitch: now and then whole
// periods are jumped over or repeated, the jump chosen where the waveform resembles itself most (Verhelst and
// Roelands, "WSOLA", ICASSP 1993).
// Messages out, about every 10 ms: [seconds of sound heard or passed over, seconds without any], both from the start.
const TICK_QUANTA = 4;
const SIZE = 2 ** 18; // 5 s at 48 kHz; a power of two, so that `& MASK` finds the place in the ring
const MASK = SIZE - 1;
const FADE = Math.round(0.01 * sampleRate); // from one period into another; so much of both is compared
const SHORTEST = Math.round(0.0025 * sampleRate); // voices have periods from 2.5 ms (400 Hz) ...
const LONGEST = Math.round(0.015 * sampleRate); // ... to 15 ms (66 Hz)
const COARSE = 4; // the first search looks at every fourth jump and sample only

class PlaybackWorklet extends AudioWorkletProcessor {
  constructor() {
    super();
    this.ring = new Float32Array(SIZE);
    this.oldest = this.position = this.written = 0; // counted from the start: what may be repeated, is next, is there
    this.last = 0; // the newest sample as it came, to interpolate across the border
    this.speed = this.tempo = 1;
    this.owed = 0; // samples still to jump over, or below zero to repeat, for the tempo
    this.jump = this.faded = 0; // from one period into another: how far, and how much of the fade is done
    this.held = false;
    this.starved = this.quanta = 0;
    this.port.onmessage = ({ data }) => this.receive(data);
  }

  receive({ samples, rate, silence, speed, tempo, flush, hold }) {
    if (samples) this.append(samples, rate / sampleRate);
    if (silence) this.append(new Float32Array(Math.round(silence * sampleRate)), 1);
    if (speed) this.speed = speed;
    if (tempo) this.tempo = tempo;
    if (hold !== undefined) this.held = hold;
    if (flush) this.oldest = this.position = this.written;
    if (flush) this.jump = 0;
    if (flush || tempo === 1) this.owed = 0;
  }

  append(data, step) {
    const samples = data instanceof Int16Array ? Float32Array.from(data, (value) => value / 32768) : data;
    for (let i = 1; i <= Math.round(samples.length / step); i++) {
      const index = Math.floor(i * step - 1);
      const before = index < 0 ? this.last : samples[index];
      const after = samples[Math.min(index + 1, samples.length - 1)];
      this.ring[this.written++ & MASK] = before + (after - before) * (i * step - 1 - index);
    }
    this.last = samples[samples.length - 1];
    this.oldest = Math.max(this.oldest, this.written - SIZE);
  }

  process(_inputs, [output]) {
    const channel = output[0];
    if (!this.held) for (let i = 0; i < channel.length; i++) channel[i] = this.next();
    for (let other = 1; other < output.length; other++) output[other].set(channel);
    if (++this.quanta % TICK_QUANTA === 0) {
      this.port.postMessage([this.position / sampleRate, this.starved / sampleRate]);
    }
    return true;
  }

  next() {
    if (this.position >= this.written) {
      this.starved++;
      return 0;
    }
    this.owed += this.tempo - 1;
    if (!this.jump && Math.abs(this.owed) >= SHORTEST) this.begin(Math.sign(this.owed));
    let value = this.at(this.position);
    if (this.jump) {
      value += (this.at(this.position + this.jump) - value) * (++this.faded / FADE);
      if (this.faded === FADE) {
        this.position += this.jump;
        this.jump = 0;
      }
    }
    this.position = Math.min(this.position + this.speed, this.written);
    return value;
  }

  // By cubic interpolation (Catmull and Rom, 1974); a whole place is the sample itself.
  at(place) {
    const index = Math.floor(place);
    const part = place - index;
    const here = this.ring[index & MASK];
    if (part === 0) return here;
    const end = this.written - 1;
    const before = this.ring[(index - 1) & MASK];
    const next = this.ring[Math.min(index + 1, end) & MASK];
    const after = this.ring[Math.min(index + 2, end) & MASK];
    const bend = 2 * before - 5 * here + 4 * next - after + part * (3 * (here - next) + after - before);
    return here + (part / 2) * (next - before + part * bend);
  }

  // Begins to fade over by about what is owed, when enough sound lies ahead or behind.
  begin(direction) {
    this.owed = direction * Math.min(Math.abs(this.owed), 2 * LONGEST);
    const ahead = this.written - this.position - 1.1 * FADE;
    const enough = direction > 0 ? ahead >= LONGEST : ahead >= 0 && this.position - this.oldest >= LONGEST;
    if (!enough) return;
    const coarse = this.likest(direction, SHORTEST, LONGEST, COARSE);
    const best = this.likest(direction, Math.max(SHORTEST, coarse - COARSE), Math.min(LONGEST, coarse + COARSE), 1);
    this.jump = direction * best;
    this.owed -= this.jump;
    this.faded = 0;
  }

  // The distance at which the sound resembles itself most: normalised cross-correlation.
  likest(direction, from, to, step) {
    const start = Math.floor(this.position);
    let best = from;
    let highest = -Infinity;
    for (let distance = from; distance <= to; distance += step) {
      let product = 0;
      let energy = 1e-9;
      for (let i = start; i < start + FADE; i += step) {
        const there = this.ring[(i + direction * distance) & MASK];
        product += this.ring[i & MASK] * there;
        energy += there * there;
      }
      const likeness = product / Math.sqrt(energy);
      if (likeness >= highest) [best, highest] = [distance, likeness];
    }
    return best;
  }
}

registerProcessor("playback-worklet", PlaybackWorklet);
