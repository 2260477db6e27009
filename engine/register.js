/**
 * What Node.js loads before the program, so that a preview begins soon: it is plain JavaScript, since nothing strips types before it.
 *
 *     node --require ./engine/register.js index.ts
 *
 * Half of the time until the program ran went into two things that this spares.
 */
"use strict";

const { createHash } = require("node:crypto");
const fs = require("node:fs");
const { createRequire } = require("node:module");
const path = require("node:path");
const { addHook } = require("pirates");

const { version } = require("sucrase/package.json");

/** In the installed packages, so that it goes with them; what cannot be written there is made each time. */
const cache = path.join(path.dirname(require.resolve("sucrase/package.json")), "..", ".cache", "homelab-network");

/** A file without its types, line by line as it was. They are checked by "make test". */
function stripped(code, file) {
  const key = createHash("sha256")
    .update(`${version}\0${path.basename(file)}\0${code}`)
    .digest("hex");
  const kept = path.join(cache, `${key}.js`);
  const found = readKept(kept);
  if (found !== undefined) return found;
  const made = require("sucrase").transform(code, { transforms: ["imports", "typescript"], filePath: file }).code;
  keep(kept, made + sealOf(made));
  return made;
}

/** The last line of a kept file: after a power cut a file may have its name and not its content. */
const sealOf = (made) => `\n//${createHash("sha256").update(made).digest("hex")}`;

/** What was stripped before; undefined if nothing was kept, or the file is not as it was written. */
function readKept(file) {
  try {
    const content = fs.readFileSync(file, "utf8");
    const made = content.slice(0, content.lastIndexOf("\n//"));
    return content === made + sealOf(made) ? made : undefined;
  } catch {
    return undefined;
  }
}

/** Whole or not at all: others read at the same time. */
function keep(file, content) {
  const part = `${file}.${process.pid}`;
  try {
    fs.mkdirSync(cache, { recursive: true });
    fs.writeFileSync(part, content);
    fs.renameSync(part, file);
  } catch {
    fs.rmSync(part, { force: true });
  }
}

addHook(stripped, { exts: [".ts"] });

/**
 * The SDK loads npm's resolver and the TypeScript compiler at its start, 450 modules, and uses them only to send functions to the cloud. Whoever does
 * that gets them then.
 */
const sdk = createRequire(require.resolve("@pulumi/pulumi/package.json"));
// A release that has dropped one of them loads nothing in its place: tests/engine/register.test.ts runs the newest one.
later("@npmcli/arborist", { isEsModule: true });
later("./typescript-shim", { isEsModule: false });
for (const part of ["resources", "sdk-trace-base", "exporter-zipkin", "instrumentation-grpc", "sdk-trace-node", "instrumentation"])
  later(`@opentelemetry/${part}`, { isEsModule: true });

/**
 * The SDK has every stack trace translated by source maps, and makes one for each promise: a tenth of a preview's CPU time. The maps lead to files that its
 * package does not have, and files that are stripped here keep their lines.
 */
const maps = found("source-map-support/register");
if (maps !== undefined) require.cache[maps] = { id: maps, filename: maps, loaded: true, children: [], paths: [], exports: {} };

/** Puts something in the place of a module of the SDK's that loads it when anything of it is asked for; nothing, where a release has it elsewhere. */
function later(request, { isEsModule }) {
  const file = found(request);
  if (file === undefined) return;
  const load = () => {
    if (require.cache[file] === standIn) delete require.cache[file];
    return require(file);
  };
  const get = (_, name) => (name === "__esModule" ? isEsModule : load()[name]);
  const standIn = { id: file, filename: file, loaded: true, children: [], paths: [], exports: new Proxy({}, { get }) };
  require.cache[file] = standIn;
}

function found(request) {
  try {
    return sdk.resolve(request);
  } catch {
    return undefined;
  }
}
