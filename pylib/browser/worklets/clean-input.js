// What drivers deliver and no microphone can have heard is taken out of each channel before channels are compared and
// mixed: samples that are no numbers or far beyond full scale, any of which would stay in sums of energies for good, and
// a steady offset, as cheap interfaces have on inputs without a microphone: by its energy it would pass for a loud voice.
const LOUDEST = 2; // converters of rates and gains overshoot full scale, but never by more
const MEMORY_S = 0.5; // over which an offset is averaged: a voice has none
const OFFSET = 0.01; // from which on it is taken out; less is what a low voice leaves in that average

export class CleanInput {
  constructor() {
    this.channels = [];
  }

  // The channels of one quantum; a channel with nothing to take out is given back as it is.
  clean(inputs) {
    while (this.channels.length < inputs.length) this.channels.push(new CleanChannel());
    return inputs.map((samples, number) => this.channels[number].clean(samples));
  }
}

class CleanChannel {
  constructor() {
    this.offset = 0; // averaged
    this.removed = 0; // at the end of the newest quantum
    this.isShifted = false;
  }

  clean(samples) {
    const sound = samples.every(isSound) ? samples : samples.map(nearestSound);
    const mean = sound.reduce((sum, sample) => sum + sample, 0) / sound.length;
    this.offset += (mean - this.offset) * Math.min(1, sound.length / (MEMORY_S * sampleRate));
    this.isShifted ||= Math.abs(this.offset) > OFFSET;
    return this.isShifted ? this.shift(sound) : sound;
  }

  // Evenly across the quantum, because a step would click.
  shift(sound) {
    const before = this.removed;
    this.removed = this.offset;
    return sound.map((sample, index) => sample - (before + ((this.removed - before) * (index + 1)) / sound.length));
  }
}

function isSound(sample) {
  return Math.abs(sample) <= LOUDEST;
}

function nearestSound(sample) {
  return Number.isNaN(sample) ? 0 : Math.min(LOUDEST, Math.max(-LOUDEST, sample));
}
