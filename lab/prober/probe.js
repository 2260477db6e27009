// Sends HTTP requests at a steady pace, each on a connection of its own, until its standard input ends; then prints what became of each as JSON.
// Plain JavaScript, so that it starts at once.
"use strict";
const http = require("node:http");

const [url, interval, timeout] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const samples = [];
const begin = process.hrtime.bigint();
const epoch = Date.now();
const now = () => epoch + Number(process.hrtime.bigint() - begin) / 1e6;

function send() {
  const at = now();
  const sample = { at };
  samples.push(sample);
  const done = (result) => {
    if (sample.end !== undefined) return;
    clearTimeout(limit);
    Object.assign(sample, { end: now(), ...result });
  };
  const request = http.get(url, { agent: false }, (response) => {
    let body = "";
    response.setEncoding("utf8");
    response.on("data", (part) => (body += part));
    response.on("end", () => done(response.statusCode === 200 ? { node: nodeOf(body) } : { error: `status ${response.statusCode}` }));
    response.on("error", (error) => done({ error: error.code ?? error.message }));
  });
  request.on("error", (error) => done({ error: error.code ?? error.message }));
  const limit = setTimeout(() => {
    done({ error: "timeout" });
    request.destroy();
  }, timeout);
}

/** The demo service says on which node it answered. */
function nodeOf(body) {
  try {
    return JSON.parse(body).node ?? "";
  } catch {
    return "";
  }
}

// By the clock and not from one to the next, so that a slow moment costs no request.
let sent = 0;
const pace = setInterval(
  () => {
    while (sent * interval <= now() - epoch) {
      sent += 1;
      send();
    }
  },
  Math.min(interval, 10),
);

process.stdin.resume();
process.stdin.on("end", () => {
  clearInterval(pace);
  const finish = () => {
    if (samples.some(({ end }) => end === undefined)) return void setTimeout(finish, 20);
    process.stdout.write(JSON.stringify(samples), () => process.exit(0));
  };
  finish();
});
process.stdout.write("\n");
