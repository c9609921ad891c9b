// The newest five seconds of sound, and bridges over holes in it. Places count samples from the start: `oldest` is
// the first that the ring still holds, `written` the next to be written.
const SIZE = 2 ** 18; // 5 s at 48 kHz; a power of two, so that `& MASK` finds the place in the ring
const MASK = SIZE - 1;
const COARSE = 4; // the first search looks at every fourth distance and sample only

export const COMPARED = Math.round(0.01 * sampleRate); // length that is compared to find a period, and length of fades
export const SHORTEST = Math.round(0.0025 * sampleRate); // voices have periods from 2.5 ms (400 Hz) ...
export const LONGEST = Math.round(0.015 * sampleRate); // ... to 15 ms (66 Hz)
const BRIDGED = Math.round(0.1 * sampleRate); // length of a bridge, after which there is silence

export class SampleRing {
  constructor() {
    this.samples = new Float32Array(SIZE);
    this.oldest = this.written = 0;
    this.last = 0; // the newest sample before resampling, to interpolate across the border of two messages
  }

  // Samples of full scale; `step` is their rate as a share of ours.
  append(data, step) {
    if (!data.length) return;
    const samples = data instanceof Int16Array ? Float32Array.from(data, (value) => value / 32768) : data;
    for (let i = 1; i <= Math.round(samples.length / step); i++) {
      const index = Math.floor(i * step - 1);
      const before = index < 0 ? this.last : samples[index];
      const after = samples[Math.min(index + 1, samples.length - 1)];
      this.samples[this.written++ & MASK] = before + (after - before) * (i * step - 1 - index);
    }
    this.last = samples[samples.length - 1];
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
  }

  // By cubic interpolation (Catmull and Rom, 1974); a whole place is the sample itself.
  at(place) {
    const index = Math.floor(place);
    const part = place - index;
    const here = this.samples[index & MASK];
    if (part === 0) return here;
    const end = this.written - 1;
    const before = this.samples[(index - 1) & MASK];
    const next = this.samples[Math.min(index + 1, end) & MASK];
    const after = this.samples[Math.min(index + 2, end) & MASK];
    const bend = 2 * before - 5 * here + 4 * next - after + part * (3 * (here - next) + after - before);
    return here + (part / 2) * (next - before + part * bend);
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
