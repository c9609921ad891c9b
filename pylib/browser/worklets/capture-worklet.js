// Brings the microphone's samples out of the audio thread: one channel, at the rate asked for, in blocks.
// Options: rate (Hz), blockSize (samples). Posts {samples: Float32Array, endTime: seconds of the audio clock}.
import { MonoMix } from "./mono-mix.js";
import { RateConverter } from "./rate-converter.js";

class CaptureWorklet extends AudioWorkletProcessor {
  constructor({ processorOptions }) {
    super();
    this.mono = new MonoMix();
    this.converter = new RateConverter(sampleRate, processorOptions.rate);
    this.rate = processorOptions.rate;
    this.blockSize = processorOptions.blockSize;
    this.block = new Float32Array(this.blockSize);
    this.filled = 0;
  }

  process([input]) {
    if (!input.length) return true; // no microphone connected at this moment
    const samples = this.converter.convert(this.mono.mix(input));
    const end = currentTime + (input[0].length - this.converter.reach) / sampleRate; // of `samples`, when it was heard
    for (let done = 0; done < samples.length; ) {
      const part = samples.subarray(done, done + this.blockSize - this.filled);
      this.block.set(part, this.filled);
      this.filled += part.length;
      done += part.length;
      if (this.filled === this.blockSize) this.send(end - (samples.length - done) / this.rate);
    }
    return true;
  }

  send(endTime) {
    const samples = this.block;
    this.block = new Float32Array(this.blockSize);
    this.filled = 0;
    this.port.postMessage({ samples, endTime }, [samples.buffer]);
  }
}

registerProcessor("capture-worklet", CaptureWorklet);
