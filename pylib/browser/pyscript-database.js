// Before it starts Python, PyScript opens a database of its own and waits for it without end, though these pages use
// none: where the browser keeps site data off, or the database does not answer, no page would come. So PyScript is given
// an empty database that forgets what it is told; all other names reach the browser's databases, or its refusal.
const PYSCRIPTS = "IDBMap/"; // how the names of its databases begin

function browsersDatabases() {
  try {
    return globalThis.indexedDB;
  } catch {
    return null;
  }
}

function answer(result) {
  const request = {};
  queueMicrotask(() => request.onsuccess?.({ target: { result } }));
  return request;
}

const store = new Proxy({}, { get: (_, method) => () => answer(method === "getAllKeys" ? [] : undefined) });
const database = { transaction: () => ({ objectStore: () => store }), close() {} };
const databases = browsersDatabases();
const open = (name, version) => (name.startsWith(PYSCRIPTS) ? answer(database) : databases.open(name, version));

try {
  Object.defineProperty(globalThis, "indexedDB", { value: { open }, configurable: true });
} catch (error) {
  console.warn("PyScript uses the browser's own database:", error);
}
