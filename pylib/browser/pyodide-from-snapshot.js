// Starts Pyodide as soon as the page loads this file, before PyScript runs, from the memory snapshot beside
// the runtime, or without one if that cannot be read. PyScript then gets this Pyodide from `loadPyodide`.
import "./pyscript-database.js";
import createPyodideModule from "../../runtime/pyodide/pyodide.asm.js";
import { loadPyodide as start, version } from "../../runtime/pyodide/pyodide.js";

const folder = new URL("../../runtime/pyodide/", import.meta.url).href;
const output = { stdout: console.log, stderr: console.error };
const usual = {
  createPyodideModule, // else Pyodide asks for pyodide.asm.mjs, a name that not every host serves as JavaScript
  indexURL: folder,
  stdout: (line) => output.stdout(line),
  stderr: (line) => output.stderr(line),
};

async function readSnapshot() {
  const answer = await fetch(`${folder}memory.snapshot`);
  if (!answer.ok) throw new Error(`no snapshot: ${answer.status}`);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b; // else Content-Encoding had the browser unpack it
  if (!isGzip) return bytes;
  const memory = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(memory).arrayBuffer());
}

async function begin() {
  const memory = readSnapshot();
  memory.catch(() => {}); // else a failure would be reported as unhandled; `start` below awaits it too
  try {
    const pyodide = await start({ ...usual, _loadSnapshot: memory });
    pyodide.runPython("import random; random.seed()"); // else all visitors would draw equal numbers
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
