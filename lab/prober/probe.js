// Sends HTTP requests at a steady pace, each on a new connection, until its standard input ends. Prints the result of each as a line of JSON.
// Plain JavaScript, so that it starts at once.
"use strict";
const http = require("node:http");

const [url, interval, timeout] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
let open = 0;
let ended = false;
const begin = process.hrtime.bigint();
const epoch = Date.now();
const now = () => epoch + Number(process.hrtime.bigint() - begin) / 1e6;

function send() {
  const at = now();
  open += 1;
  let isDone = false;
  const done = (result) => {
    if (isDone) return;
    isDone = true;
    open -= 1;
    clearTimeout(limit);
    const line = `${JSON.stringify({ at, end: now(), ...result })}\n`;
    process.stdout.write(line, () => ended && open === 0 && process.exit(0));
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

/** Returns the node that the demo service's answer names. */
function nodeOf(body) {
  try {
    return JSON.parse(body).node ?? "";
  } catch {
    return "";
  }
}

// Paced by the clock and not by the previous request, so that a slow moment loses no request.
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
  ended = true;
  if (open === 0) process.exit(0);
});
