// One voice out of all channels of a microphone or an interface, whichever of them it is on. Each channel counts by its
// share of all energy, as in an automatic mixer (D. Dugan, "Automatic Microphone Mixing", AES, 1975): one live channel
// keeps its level, two equal ones do not add up, and no mix is louder than its loudest channel. A channel that repeats
// the loudest one upside down, as a cable with swapped wires does, is turned, because the two would cancel out.
const MEMORY_S = 0.04; // how long energy counts
const UPSIDE_DOWN = -0.5; // correlation from which on a channel is turned
const CLEARLY_LOUDER = 4; // times the energy: enough to become the one that others are compared with

export class MonoMix {
  constructor() {
    this.channels = [];
    this.loudest = 0;
  }

  // Mixes one quantum, an array of channels. The result is valid until the next call.
  mix(inputs) {
    if (inputs.length === 1) return inputs[0];
    if (inputs.length !== this.channels.length || inputs[0].length !== this.mixed.length)
      this.begin(inputs.length, inputs[0].length);
    this.follow(inputs);
    const total = this.channels.reduce((sum, { energy }) => sum + energy, 0);
    this.mixed.fill(0);
    this.channels.forEach((channel, number) => {
      const share = total > 0 ? channel.energy / total : 1 / inputs.length;
      this.add(inputs[number], channel, channel.sign * share);
    });
    return this.mixed;
  }

  begin(count, size) {
    this.channels = Array.from({ length: count }, () => ({ energy: 0, likeness: 0, sign: 1, gain: null }));
    this.mixed = new Float32Array(size);
    this.kept = Math.exp(-size / (MEMORY_S * sampleRate));
    this.loudest = 0;
  }

  // Updates energies, and signs by the correlation with the loudest channel.
  follow(inputs) {
    this.channels.forEach((channel, number) => {
      channel.energy = this.kept * channel.energy + product(inputs[number], inputs[number]);
      if (channel.energy > CLEARLY_LOUDER * this.channels[this.loudest].energy) this.compareWith(number);
    });
    const reference = this.channels[this.loudest];
    this.channels.forEach((channel, number) => {
      channel.likeness = this.kept * channel.likeness + product(inputs[number], inputs[this.loudest]);
      const together = Math.sqrt(channel.energy * reference.energy);
      if (channel.likeness < UPSIDE_DOWN * together) channel.sign = -reference.sign;
      if (channel.likeness > -UPSIDE_DOWN * together) channel.sign = reference.sign;
    });
  }

  compareWith(number) {
    this.loudest = number;
    for (const channel of this.channels) channel.likeness = 0;
  }

  // Changes the gain evenly across the quantum, because a step would click.
  add(samples, channel, gain) {
    const before = channel.gain ?? gain;
    for (let i = 0; i < samples.length; i++) {
      this.mixed[i] += samples[i] * (before + ((gain - before) * (i + 1)) / samples.length);
    }
    channel.gain = gain;
  }
}

function product(one, other) {
  let sum = 0;
  for (let i = 0; i < one.length; i++) sum += one[i] * other[i];
  return sum;
}
