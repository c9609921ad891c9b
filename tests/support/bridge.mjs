// node bridge.mjs <top of the repository> <program.py>: runs a program on MicroPython beside pylib/browser/bridge.py.
// `js.teller` is an object whose methods return or throw. If the program sets `js.on_message`, that is called 40,000
// times at the end, as by messages from outside, and the MB are printed by which Python's memory grew meanwhile.
import { readFileSync } from "node:fs";

const [top, program] = process.argv.slice(2);
const { loadMicroPython } = await import(`${top}/.runtime/micropython/micropython.js`);

class Picky {
  constructor(number) {
    if (number < 0) throw new RangeError("below zero");
    this.number = number;
  }
}

globalThis.teller = {
  number: 7,
  double: (number) => 2 * number,
  own() {
    return this.number;
  },
  none: () => null,
  refuse() {
    throw new Error("not today");
  },
  get closed() {
    throw new Error("closed to you");
  },
  Picky,
};
globalThis.withFromHex = () => {
  Uint8Array.fromHex = (text) => Uint8Array.from(Buffer.from(text, "hex"));
};
globalThis.warned = 0;
console.warn = () => (globalThis.warned += 1);

const print = (line) => process.stdout.write(line + "\n");
const python = await loadMicroPython({ stdout: print, stderr: print, linebuffer: true });
const bytes = () => python._module.HEAPU8.length;
for (const folder of ["pylib", "pylib/browser"]) python.FS.mkdir(folder);
for (const file of ["pylib/__init__.py", "pylib/browser/__init__.py", "pylib/browser/bridge.py"]) {
  python.FS.writeFile(file, readFileSync(`${top}/${file}`));
}
python.FS.writeFile("typing.py", readFileSync(`${top}/pylib/browser/micropython/typing.py`));
try {
  await python.runPythonAsync(readFileSync(program, "utf8"));
} catch (error) {
  print(String(error)); // what a page would find in its console
}
const before = bytes();
for (let i = 0; globalThis.on_message && i < 40_000; i++) globalThis.on_message();
if (globalThis.on_message) print(String((bytes() - before) / 1e6));
process.exit(0);
