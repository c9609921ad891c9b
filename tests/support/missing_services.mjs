// node missing_services.mjs <top of the repository> <undefined|null|throw|small> <program.py>: runs a program on MicroPython
// beside pylib/, in a browser that has the names of services but none of the services themselves. With "small" it has
// two storages, each with room for 20 characters of text.
import { readFileSync, readdirSync } from "node:fs";

const [top, kind, program] = process.argv.slice(2);
const { loadMicroPython } = await import(`${top}/.runtime/micropython/micropython.js`);

const NAMES = {
  navigator: ["audioSession", "clipboard", "globalPrivacyControl", "languages", "locks", "maxTouchPoints", "mediaDevices", "mediaSession"],
  globalThis: ["AudioContext", "AudioDecoder", "AudioWorkletNode", "MediaMetadata", "localStorage", "sessionStorage"],
};
NAMES.navigator.push("platform", "sendBeacon", "share", "userActivation", "wakeLock");
const nothing = () => {
  if (kind === "throw") throw new DOMException("not for you", "SecurityError");
  return kind === "null" ? null : undefined;
};
const empty = (owner, name) => Object.defineProperty(owner, name, { get: nothing, configurable: true });

const navigator = { userAgent: "a browser" };
NAMES.navigator.forEach((name) => empty(navigator, name));
Object.defineProperty(globalThis, "navigator", { value: navigator, configurable: true });
NAMES.globalThis.forEach((name) => empty(globalThis, name));
class SmallStorage {
  texts = {};
  getItem = (name) => this.texts[name] ?? null;
  removeItem = (name) => delete this.texts[name];
  setItem(name, text) {
    if (Object.values({ ...this.texts, [name]: text }).join("").length > 20) {
      throw new DOMException("no room", "QuotaExceededError");
    }
    this.texts[name] = text;
  }
}
for (const name of kind === "small" ? ["localStorage", "sessionStorage"] : []) {
  Object.defineProperty(globalThis, name, { value: new SmallStorage() });
}
globalThis.window = globalThis;
globalThis.document = { visibilityState: "visible", querySelector: () => null };
globalThis.location = { href: "http://localhost/listener/" };
globalThis.HTMLAudioElement = class {};
console.warn = () => {};

const print = (line) => process.stdout.write(line + "\n");
const python = await loadMicroPython({ stdout: print, stderr: print, linebuffer: true });
python.FS.mkdir("pylib");
for (const name of readdirSync(`${top}/pylib`, { recursive: true, withFileTypes: true })) {
  const path = `${name.parentPath}/${name.name}`.slice(top.length + 1);
  if (name.isDirectory() && name.name !== "__pycache__") python.FS.mkdir(path);
  if (path.endsWith(".py")) python.FS.writeFile(path, readFileSync(`${top}/${path}`));
}
python.FS.writeFile("typing.py", readFileSync(`${top}/pylib/browser/micropython/typing.py`));
try {
  await python.runPythonAsync(readFileSync(program, "utf8"));
} catch (error) {
  print(String(error));
}
process.exit(0);
