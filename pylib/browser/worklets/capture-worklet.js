// Brings the microphone's samples out of the audio thread: one channel, at the rate asked for, in blocks.
// Options: rate (Hz), blockSize (samples), unanswered (blocks, none: no bound). Posts {samples: Float32Array, endTime:
// seconds of the audio clock}. The page answers each block with a message, whatever it is; while `unanswered` blocks have
// no answer, because the page stands still or is slow, further ones wait here: 10 s of sound, of more the oldest go.
import { CleanInput } from "./clean-input.js";
import { MonoMix } from "./mono-mix.js";
import { RateConverter } from "./rate-converter.js";

const WAITING_S = 10; // sound that is later than this is not worth hearing
const DROPPED_S = 1; // dropped at once, as words survive one long hole better than many short ones

class CaptureWorklet extends AudioWorkletProcessor {
  constructor({ processorOptions: { rate, blockSize, unanswered = Infinity } }) {
    super();
    this.input = new CleanInput();
    this.mono = new MonoMix();
    this.converter = new RateConverter(sampleRate, rate);
    this.rate = rate;
    this.blockSize = blockSize;
    this.block = new Float32Array(blockSize);
    this.filled = 0;
    this.waiting = [];
    this.allowed = unanswered; // blocks that may be posted before the next answer
    this.port.onmessage = () => this.answered();
  }

  process([input]) {
    if (!input.length) return true; // no microphone connected at this moment
    const samples = this.converter.convert(this.mono.mix(this.input.clean(input)));
    const end = currentTime + (input[0].length - this.converter.reach) / sampleRate; // of `samples`, when it was heard
    for (let done = 0; done < samples.length; ) {
      const part = samples.subarray(done, done + this.blockSize - this.filled);
      this.block.set(part, this.filled);
      this.filled += part.length;
      done += part.length;
      if (this.filled === this.blockSize) this.queue(end - (samples.length - done) / this.rate);
    }
    return true;
  }

  queue(endTime) {
    const blocks = (seconds) => Math.round((seconds * this.rate) / this.blockSize);
    this.waiting.push({ samples: this.block, endTime });
    this.block = new Float32Array(this.blockSize);
    this.filled = 0;
    if (this.waiting.length > blocks(WAITING_S)) this.waiting.splice(0, blocks(DROPPED_S));
    this.send();
  }

  answered() {
    this.allowed++;
    this.send();
  }

  send() {
    for (; this.allowed > 0 && this.waiting.length; this.allowed--) {
      const block = this.waiting.shift();
      this.port.postMessage(block, [block.samples.buffer]);
    }
  }
}

registerProcessor("capture-worklet", CaptureWorklet);
