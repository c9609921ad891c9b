// node capture_worklet.mjs <capture-worklet.js> <script.json>: runs the processor as a browser's audio thread does.
// The script is {contextRate, rate, blockSize, channels: number of them, input: file of 32-bit floats, one channel after
// the other, output: file for the blocks, unanswered: the worklet's option, answersFrom: second from which on each block
// is answered, null for never}. Prints the times at which the blocks ended.
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const QUANTUM = 128;
const [workletFile, scriptFile] = process.argv.slice(2);
const script = JSON.parse(readFileSync(scriptFile, "utf8"));
const bytes = readFileSync(script.input);
const input = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
const length = input.length / script.channels;
const posted = [];
let Processor;

globalThis.sampleRate = script.contextRate;
globalThis.currentTime = 0;
globalThis.AudioWorkletProcessor = class {
  port = { postMessage: (message) => posted.push(message) };
};
globalThis.registerProcessor = (_name, made) => (Processor = made);
await import(pathToFileURL(workletFile));

const { rate, blockSize, unanswered } = script;
const worklet = new Processor({ processorOptions: { rate, blockSize, unanswered: unanswered ?? undefined } });
let answered = 0;
const answer = (second) => {
  if (script.answersFrom === null || second < script.answersFrom) return;
  for (; answered < posted.length; answered++) worklet.port.onmessage({ data: true });
};
const quantum = (channel, at) => input.subarray(channel * length + at, channel * length + at + QUANTUM);
worklet.process([[]], []); // before a microphone is connected
for (let at = 0; at + QUANTUM <= length; at += QUANTUM) {
  globalThis.currentTime = at / script.contextRate;
  worklet.process([Array.from({ length: script.channels }, (_, channel) => quantum(channel, at))], []);
  answer(at / script.contextRate);
}
answer(length / script.contextRate);
const sound = new Float32Array(posted.length * script.blockSize);
posted.forEach(({ samples }, index) => sound.set(samples, index * script.blockSize));
writeFileSync(script.output, new Uint8Array(sound.buffer));
process.stdout.write(JSON.stringify(posted.map(({ endTime }) => endTime)));
