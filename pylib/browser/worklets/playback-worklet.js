// Plays samples from a ring. Messages in: {samples: Float32Array, rate}, {silence: seconds}, {speed}, {flush: true}.
// Messages out, about every 10 ms of the audio clock: [seconds of queued sound consumed, seconds with
// nothing queued], both since the last message.
const TICK_QUANTA = 4;

class PlaybackWorklet extends AudioWorkletProcessor {
  constructor() {
    super();
    this.queue = []; // chunks of {samples, step}: step is source samples for each output sample
    this.position = 0; // in the first chunk, in source samples
    this.last = 0; // the sample before the first chunk, to interpolate across the border
    this.speed = 1;
    this.consumed = this.starved = 0;
    this.quanta = 0;
    this.port.onmessage = ({ data }) => this.receive(data);
  }

  receive({ samples, rate, silence, speed, flush }) {
    if (samples) this.queue.push({ samples, step: rate / sampleRate });
    if (silence) this.queue.push({ samples: new Float32Array(Math.round(silence * sampleRate)), step: 1 });
    if (speed) this.speed = speed;
    if (flush) {
      this.queue = [];
      this.position = this.last = 0;
    }
  }

  process(_inputs, [output]) {
    const channel = output[0];
    for (let i = 0; i < channel.length; i++) channel[i] = this.next();
    for (let other = 1; other < output.length; other++) output[other].set(channel);
    if (++this.quanta === TICK_QUANTA) {
      this.port.postMessage([this.consumed, this.starved]);
      this.quanta = this.consumed = this.starved = 0;
    }
    return true;
  }

  next() {
    const chunk = this.queue[0];
    if (!chunk) {
      this.starved += 1 / sampleRate;
      return 0;
    }
    const index = Math.floor(this.position);
    const before = index === 0 ? this.last : chunk.samples[index - 1];
    const value = before + (chunk.samples[index] - before) * (this.position - index);
    const step = chunk.step * this.speed;
    this.position += step;
    this.consumed += this.speed / sampleRate;
    if (this.position >= chunk.samples.length) {
      this.last = chunk.samples[chunk.samples.length - 1];
      this.position -= chunk.samples.length;
      this.queue.shift();
    }
    return value;
  }
}

registerProcessor("playback-worklet", PlaybackWorklet);
