// The newest five seconds of sound, and bridges over holes in it. Places count samples from the start: `oldest` is
// the first that the ring still holds, `written` the next to be written.
import { RateConverter } from "./rate-converter.js";
import { weights } from "./windowed-sinc.js";

const SIZE = 2 ** 18; // 5 s at 48 kHz; a power of two, so that `& MASK` finds the place in the ring
const MASK = SIZE - 1;
const REACH = 8; // samples on either side that make one between them: up to 16 kHz nothing is lost or mirrored
const PHASES = 1024; // places between two samples
const BETWEEN = Array.from({ length: PHASES + 1 }, (_, phase) => weights(phase / PHASES, REACH, 1, 90));
const COARSE = 4; // the first search looks at every fourth distance and sample only

export const COMPARED = Math.round(0.01 * sampleRate); // length that is compared to find a period, and length of fades
export const SHORTEST = Math.round(0.0025 * sampleRate); // voices have periods from 2.5 ms (400 Hz) ...
export const LONGEST = Math.round(0.015 * sampleRate); // ... to 15 ms (66 Hz)
const BRIDGED = Math.round(0.1 * sampleRate); // length of a bridge, after which there is silence

export class SampleRing {
  constructor() {
    this.samples = new Float32Array(SIZE);
    this.oldest = this.written = 0;
    this.converter = new RateConverter(sampleRate, sampleRate);
  }

  // Samples of full scale, at `rate` Hz.
  append(data, rate) {
    const samples = data instanceof Int16Array ? Float32Array.from(data, (value) => value / 32768) : data;
    if (rate !== this.converter.from) this.converter = new RateConverter(rate, sampleRate);
    this.write(this.converter.convert(samples));
  }

  // Samples at our own rate.
  write(samples) {
    for (const sample of samples) this.samples[this.written++ & MASK] = sample;
    this.oldest = Math.max(this.oldest, this.written - SIZE);
  }

  // Fades from `value(index)` into the samples from place `start` on.
  fadeIn(start, value) {
    const end = Math.min(start + COMPARED, this.written);
    for (let place = start; place < end; place++) {
      const from = value(place - start);
      this.samples[place & MASK] = from + (this.samples[place & MASK] - from) * ((place - start) / COMPARED);
    }
  }

  forget() {
    this.oldest = this.written;
    this.converter.forget();
  }

  // The sound at a place that may lie between two samples; a whole place is the sample itself.
  at(place) {
    const index = Math.floor(place);
    const part = place - index;
    if (part === 0) return this.samples[index & MASK];
    const row = BETWEEN[Math.round(part * PHASES)];
    let sum = 0;
    for (let tap = 0; tap < 2 * REACH; tap++) {
      const near = Math.min(Math.max(index + 1 - REACH + tap, this.oldest), this.written - 1);
      sum += row[tap] * this.samples[near & MASK];
    }
    return sum;
  }

  // The distance, ahead (1) or back (-1), at which the waveform resembles that from `start` on most.
  period(start, direction) {
    const coarse = this.likest(start, direction, SHORTEST, LONGEST, COARSE);
    return this.likest(start, direction, Math.max(SHORTEST, coarse - COARSE), Math.min(LONGEST, coarse + COARSE), 1);
  }

  // By normalised cross-correlation.
  likest(start, direction, from, to, step) {
    let best = from;
    let highest = -Infinity;
    for (let distance = from; distance <= to; distance += step) {
      let product = 0;
      let energy = 1e-9;
      for (let i = start; i < start + COMPARED; i += step) {
        const there = this.samples[(i + direction * distance) & MASK];
        product += this.samples[i & MASK] * there;
        energy += there * there;
      }
      const likeness = product / Math.sqrt(energy);
      if (likeness >= highest) [best, highest] = [distance, likeness];
    }
    return best;
  }
}

// A bridge over missing sound: the newest period before it, repeated and faded out (as in ITU-T G.711 Appendix I);
// silence when the sound before it is too short to find a period.
export class Bridge {
  constructor(ring) {
    this.ring = ring;
    this.edge = ring.written;
    const enough = this.edge - ring.oldest >= COMPARED + LONGEST;
    this.period = enough ? ring.period(this.edge - COMPARED, -1) : 0;
    // The step from the period's end to its beginning, beyond the slope that the waveform has there.
    this.step = 2 * ring.at(this.edge - 1) - ring.at(this.edge - 2) - ring.at(this.edge - this.period);
  }

  // Without fading this step out, each repetition would begin with a click.
  at(place) {
    if (!this.period || place >= BRIDGED) return 0;
    const into = place % this.period;
    const smooth = this.step * Math.max(0, 1 - into / SHORTEST);
    return (1 - place / BRIDGED) * (this.ring.at(this.edge - this.period + into) + smooth);
  }
}
