// node worklet.mjs <worklet.js> <script.json>: runs an AudioWorkletProcessor as a browser does.
// The script is {rate, input: file of 32-bit floats, output: file for the same, chunk: samples in one message,
// integers: whether messages hold 16-bit integers instead,
// steps: [[at second, message], ...]}; before each quantum the ring gets what keeps `ahead` seconds in it,
// except during `stalls`: [[from second, to second], ...]. The chunks with numbers in `lost` are concealed.
// Prints {seconds: of audio made, cpu: seconds it took, reports: [messages the worklet posted]}.
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const QUANTUM = 128;
const [workletFile, scriptFile] = process.argv.slice(2);
const script = JSON.parse(readFileSync(scriptFile, "utf8"));
const bytes = readFileSync(script.input);
const input = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
const reports = [];
let Processor;

globalThis.sampleRate = script.contextRate;
globalThis.AudioWorkletProcessor = class {
  port = { postMessage: (message) => reports.push(message) };
};
globalThis.registerProcessor = (_name, made) => (Processor = made);
await import(pathToFileURL(workletFile));

const worklet = new Processor();
const tell = (data) => worklet.port.onmessage({ data });
const made = [];
const steps = [...script.steps];
let sent = 0;
const feed = (quantum) => {
  const heard = reports.length ? reports[reports.length - 1][0] : 0;
  const now = (quantum * QUANTUM) / script.contextRate;
  if (script.stalls.some(([from, to]) => from <= now && now < to)) return;
  while (sent < input.length && sent / script.rate - heard < script.ahead) {
    const isLost = script.lost.includes(sent / script.chunk);
    const samples = input.slice(sent, sent + script.chunk);
    const integers = () => Int16Array.from(samples, (value) => value * 32768);
    if (isLost) tell({ conceal: samples.length / script.rate });
    else tell({ samples: script.integers ? integers() : samples, rate: script.rate });
    sent += script.chunk;
  }
};
const began = process.cpuUsage();
for (let quantum = 0; quantum * QUANTUM < script.seconds * script.contextRate; quantum++) {
  while (steps.length && steps[0][0] * script.contextRate <= quantum * QUANTUM) tell(steps.shift()[1]);
  feed(quantum);
  const output = [new Float32Array(QUANTUM)];
  worklet.process([], [output]);
  made.push(output[0]);
}
const cpu = process.cpuUsage(began);
const sound = new Float32Array(made.length * QUANTUM);
made.forEach((block, index) => sound.set(block, index * QUANTUM));
writeFileSync(script.output, new Uint8Array(sound.buffer));
process.stdout.write(JSON.stringify({ cpu: (cpu.user + cpu.system) / 1e6, reports }));
