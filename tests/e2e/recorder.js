// Test tool: keeps every sample that a page sends to AudioContext.destination, in `window.__heard`, with the time of
// the newest one by the audio clock, and that clock.
// The worklet comes from a blob: URL, so the page must be opened with its CSP bypassed.
const worklet = `
class Recorder extends AudioWorkletProcessor {
  constructor() {
    super();
    this.block = new Float32Array(2048);
    this.filled = 0;
  }

  process([input]) {
    const samples = input[0] || new Float32Array(128);
    this.block.set(samples, this.filled);
    this.filled += samples.length;
    if (this.filled === this.block.length) {
      const end = currentTime + samples.length / sampleRate;
      this.port.postMessage({ block: this.block, end }, [this.block.buffer]);
      this.block = new Float32Array(2048);
      this.filled = 0;
    }
    return true;
  }
}

registerProcessor("recorder", Recorder);
`;
const workletUrl = URL.createObjectURL(new Blob([worklet], { type: "text/javascript" }));
const connect = AudioNode.prototype.connect;
window.__heard = { chunks: [], rate: 0, end: 0, clock: () => 0 };

async function listenTo(node) {
  await node.context.audioWorklet.addModule(workletUrl);
  const recorder = new AudioWorkletNode(node.context, "recorder", { numberOfOutputs: 0 });
  window.__heard.rate = node.context.sampleRate;
  window.__heard.clock = () => node.context.currentTime;
  recorder.port.onmessage = ({ data: { block, end } }) => {
    window.__heard.chunks.push(block);
    window.__heard.end = end;
  };
  connect.call(node, recorder);
}

AudioNode.prototype.connect = function (target, ...rest) {
  if (target instanceof AudioDestinationNode) listenTo(this);
  return connect.call(this, target, ...rest);
};

// How loud the newest sound is (root mean square); null before there is that much.
window.__loudness = (seconds) => {
  const { chunks, rate } = window.__heard;
  const wanted = Math.ceil((seconds * rate) / 2048);
  if (!rate || chunks.length < wanted) return null;
  let sum = 0;
  for (const chunk of chunks.slice(-wanted)) for (const sample of chunk) sum += sample * sample;
  return Math.sqrt(sum / (wanted * 2048));
};

window.__takeSound = () => {
  const { chunks, rate } = window.__heard;
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(new Uint8Array(chunk.buffer), at);
    at += chunk.byteLength;
  }
  let text = "";
  for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
  return { rate, base64: btoa(text) };
};
