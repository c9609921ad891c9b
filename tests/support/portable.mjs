// node portable.mjs <micropython|pyodide> <runtime folder> <manifest.json>
// The manifest is {files: {path inside: path outside}, modules: [names]}.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [interpreter, runtime, manifestPath] = process.argv.slice(2);
const { files, modules } = JSON.parse(readFileSync(manifestPath, "utf8"));
const print = (line) => process.stdout.write(line + "\n");
// In a task of its own: MicroPython's top-level coroutine cannot be interrupted, which wait_for relies on.
const code = `
import asyncio
from tests.support.portable_runner import run_modules
await asyncio.create_task(run_modules(${JSON.stringify(modules)}))`;

function install(FS) {
  for (const [inside, outside] of Object.entries(files)) {
    const folders = inside.split("/").slice(0, -1);
    folders.forEach((_, depth) => {
      const folder = folders.slice(0, depth + 1).join("/");
      if (!FS.analyzePath(folder).exists) FS.mkdir(folder);
    });
    FS.writeFile(inside, readFileSync(outside));
  }
}

// Node would print the interpreter's whole source line beside an uncaught error.
process.on("uncaughtException", (error) => {
  process.stderr.write(String(error.stack).slice(0, 4000) + "\n");
  process.exit(1);
});

if (interpreter === "micropython") {
  const { loadMicroPython } = await import(pathToFileURL(`${runtime}/micropython/micropython.js`).href);
  const python = await loadMicroPython({ heapsize: 64 * 1024 * 1024, stdout: print, stderr: print });
  install(python.FS);
  await python.runPythonAsync(code);
} else {
  const { loadPyodide } = await import(pathToFileURL(`${runtime}/pyodide/pyodide.js`).href);
  const { default: createPyodideModule } = await import(pathToFileURL(`${runtime}/pyodide/pyodide.asm.js`).href);
  const python = await loadPyodide({ createPyodideModule, indexURL: `${runtime}/pyodide/`, stdout: print, stderr: print });
  install(python.FS);
  python.runPython("import sys; sys.path.insert(0, '.')");
  await python.runPythonAsync(code);
}

// Timers that Python has let go of would keep Node alive.
process.exit(0);
