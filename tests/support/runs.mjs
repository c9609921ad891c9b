// node runs.mjs: runs programs one after the other, each in a thread with globals and modules of its own, because
// starting a Node for each takes longer than most of them. A line of standard input is the program's file and
// its arguments, a JSON array; a line of standard output is what it printed, {printed, error: null or what it threw}.
import { createInterface } from "node:readline";
import { Worker } from "node:worker_threads";

function run([program, ...argv]) {
  return new Promise((resolve) => {
    const thread = new Worker(program, { argv, stdout: true });
    let printed = "";
    let error = null;
    thread.stdout.setEncoding("utf8").on("data", (text) => (printed += text));
    thread.on("error", (thrown) => (error = String(thrown.stack ?? thrown)));
    thread.on("exit", () => setImmediate(() => resolve({ printed, error })));
  });
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(JSON.stringify(await run(JSON.parse(line))) + "\n");
}
