// Sound at another sample rate. With the lower of the two rates called `low`, it stays as it is up to 0.453 low and is
// 60 dB down from 0.5 low on, so that no mirrored tone is heard.
import { weights } from "./windowed-sinc.js";

const REACH = 40; // samples of `low` on either side that make a new one: sound comes out by so much later
const BANDWIDTH = 0.954; // of half of `low`
const MOST_PHASES = 640; // places between two samples; all that 48 and 16 kHz need for the rates of sound devices

export class RateConverter {
  constructor(from, to) {
    const common = greatestDivisor(from, to);
    const scale = Math.min(1, to / from);
    this.from = from;
    this.to = to;
    this.reach = from === to ? 0 : Math.ceil(REACH / scale);
    this.phases = Math.min(to / common, MOST_PHASES);
    const row = (_, phase) => weights(phase / this.phases, this.reach, BANDWIDTH * scale, 60);
    this.rows = this.reach ? Array.from({ length: this.phases + 1 }, row) : [];
    this.start = from - common;
    this.forget();
  }

  forget() {
    this.heard = new Float32Array(2 * this.reach); // the samples that are still needed, and behind them the new ones
    this.due = this.start; // place of the next sample among the new ones, times `to`, as whole numbers never drift
  }

  // The samples that `input` completes. After any input they are together its length at the other rate, rounded down.
  convert(input) {
    if (!this.reach) return input;
    this.hear(input);
    const output = new Float32Array(Math.max(0, Math.ceil((input.length * this.to - this.due) / this.from)));
    for (let index = 0; index < output.length; index++) {
      output[index] = this.at(this.due / this.to);
      this.due += this.from;
    }
    this.due -= input.length * this.to;
    this.heard.copyWithin(0, input.length);
    return output;
  }

  hear(input) {
    const past = 2 * this.reach;
    const size = past + input.length;
    if (this.heard.length !== size) {
      const heard = new Float32Array(size);
      heard.set(this.heard.subarray(0, past));
      this.heard = heard;
    }
    this.heard.set(input, past);
  }

  at(place) {
    const first = Math.floor(place) + 1;
    const row = this.rows[Math.round((place - first + 1) * this.phases)];
    let sum = 0;
    for (let index = 0; index < row.length; index++) sum += row[index] * this.heard[first + index];
    return sum;
  }
}

function greatestDivisor(one, other) {
  return other ? greatestDivisor(other, one % other) : one;
}
