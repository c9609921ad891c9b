// Starts Pyodide as soon as the page asks for this file, before PyScript itself is up, from the snapshot of
// its memory beside the runtime; or the usual way where there is none. PyScript is handed what was started.
import { loadPyodide as start, version } from "../../runtime/pyodide/pyodide.mjs";

const folder = new URL("../../runtime/pyodide/", import.meta.url).href;
const output = { stdout: console.log, stderr: console.error };
const usual = {
  indexURL: folder,
  stdout: (line) => output.stdout(line),
  stderr: (line) => output.stderr(line),
};

async function readSnapshot() {
  const answer = await fetch(`${folder}memory.snapshot`);
  if (!answer.ok) throw new Error(`no snapshot: ${answer.status}`);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b; // our server had the browser unpack it already
  if (!isGzip) return bytes;
  const memory = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(memory).arrayBuffer());
}

async function begin() {
  const memory = readSnapshot();
  memory.catch(() => {}); // a failure is heard below, where Pyodide comes to it a moment later
  try {
    const pyodide = await start({ ...usual, _loadSnapshot: memory });
    pyodide.runPython("import random; random.seed()"); // else every visitor would draw the same numbers
    return pyodide;
  } catch (error) {
    console.warn("Pyodide starts without a snapshot:", error);
    return start(usual);
  }
}

const started = begin();

async function loadPyodide({ stdout, stderr }) {
  Object.assign(output, { stdout, stderr });
  return started;
}

export { loadPyodide, version };
