// Starts Pyodide from the snapshot of its memory beside the runtime, or the usual way where there is none.
import { loadPyodide as start, version } from "../../runtime/pyodide/pyodide.mjs";

const folder = new URL("../../runtime/pyodide/", import.meta.url).href;

async function readSnapshot() {
  const answer = await fetch(`${folder}memory.snapshot`);
  if (!answer.ok) throw new Error(`no snapshot: ${answer.status}`);
  const memory = answer.body.pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(memory).arrayBuffer());
}

async function loadPyodide(options) {
  const usual = { ...options, indexURL: folder };
  try {
    const pyodide = await start({ ...usual, _loadSnapshot: await readSnapshot() });
    pyodide.runPython("import random; random.seed()"); // else every visitor would draw the same numbers
    return pyodide;
  } catch (error) {
    console.warn("Pyodide starts without a snapshot:", error);
    return start(usual);
  }
}

export { loadPyodide, version };
