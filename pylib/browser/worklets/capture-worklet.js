// Copies the microphone's samples out of the audio thread, in blocks, at the rate asked for.
// Options: rate (Hz), blockSize (samples). Posts {samples: Float32Array, endTime: seconds of the audio clock}.
class CaptureWorklet extends AudioWorkletProcessor {
  constructor({ processorOptions }) {
    super();
    this.step = sampleRate / processorOptions.rate;
    this.blockSize = processorOptions.blockSize;
    this.block = new Float32Array(this.blockSize);
    this.filled = 0;
    this.position = 0; // of the next output sample, in input samples from the start of this quantum
    this.last = 0; // the last sample of the quantum before, to interpolate across the border
  }

  process([input]) {
    const samples = input[0];
    if (!samples) return true; // no microphone connected at this moment
    while (this.position < samples.length) {
      const index = Math.floor(this.position);
      const fraction = this.position - index;
      const before = index === 0 ? this.last : samples[index - 1];
      this.block[this.filled++] = before + (samples[index] - before) * fraction;
      this.position += this.step;
      if (this.filled === this.blockSize) this.send(index / sampleRate);
    }
    this.position -= samples.length;
    this.last = samples[samples.length - 1];
    return true;
  }

  send(offset) {
    const samples = this.block;
    this.block = new Float32Array(this.blockSize);
    this.filled = 0;
    this.port.postMessage({ samples, endTime: currentTime + offset }, [samples.buffer]);
  }
}

registerProcessor("capture-worklet", CaptureWorklet);
