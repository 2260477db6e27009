/**
 * The preload of the program, which makes previews start faster. It is plain JavaScript because it is what strips the types from TypeScript.
 *
 *     node --require ./engine/register.js index.ts
 *
 * It avoids two costs that took half of the time until the program ran: compiling, and modules of the SDK that are not used.
 */
"use strict";

const { createHash } = require("node:crypto");
const fs = require("node:fs");
const Module = require("node:module");
const path = require("node:path");
const { addHook } = require("pirates");
const { usePack } = require("./module-pack.js");

const { version } = require("sucrase/package.json");

/** The cache folder, in node_modules, so that it is deleted with it. If it is not writable, files are stripped in every run. */
const cache = path.join(path.dirname(require.resolve("sucrase/package.json")), "..", ".cache", "homelab-network");

/** Returns a file without its types, with the same line numbers. "make test" checks the types. */
function stripped(code, file) {
  const key = createHash("sha256")
    .update(`${version}\0${path.basename(file)}\0${code}`)
    .digest("hex");
  const cached = path.join(cache, `${key}.js`);
  const found = readCached(cached);
  if (found !== undefined) return found;
  const made = require("sucrase").transform(code, { transforms: ["imports", "typescript"], filePath: file }).code;
  writeCached(cached, made + checksumLine(made));
  return made;
}

/** Returns the last line of a cached file, a checksum: after a power failure a file may have lost its content. */
const checksumLine = (made) => `\n//${createHash("sha256").update(made).digest("hex")}`;

/** Returns the cached code; undefined if there is none, or the checksum is wrong. */
function readCached(file) {
  try {
    const content = fs.readFileSync(file, "utf8");
    const made = content.slice(0, content.lastIndexOf("\n//"));
    return content === made + checksumLine(made) ? made : undefined;
  } catch {
    return undefined;
  }
}

/** Writes a file atomically, because other processes may read it at the same time. */
function writeCached(file, content) {
  const part = `${file}.${process.pid}`;
  try {
    fs.mkdirSync(cache, { recursive: true });
    fs.writeFileSync(part, content, { flag: "wx" });
    fs.renameSync(part, file);
  } catch {
    fs.rmSync(part, { force: true });
  }
}

addHook(stripped, { exts: [".ts"] });

/** The programs that users wait for, each with a pack of its own. Tests load other modules in each process. */
const runner = path.join(path.dirname(require.resolve("@pulumi/pulumi/package.json")), "cmd", "run");
const programs = new Map([
  [runner, "run"],
  // What the language host starts.
  [path.join(runner, "index.js"), "run"],
  [path.join(__dirname, "..", "cli", "main.ts"), "main"],
]);
const program = programs.get(process.argv[1]);
// npm writes this file with each change of the packages.
const installed = path.join(cache, "..", "..", ".package-lock.json");
if (program !== undefined) usePack(cache, program, [installed, __filename, require.resolve("./module-pack.js")]);

/** What the files export that Node runs first. A file that lost its content would otherwise pass for a program that deletes all resources. */
const isProgram = (exported) => typeof exported === "function";
const entries = new Map([
  [path.join(process.cwd(), "index.ts"), isProgram],
  [path.join(__dirname, "..", "index.ts"), isProgram],
  [path.join(__dirname, "..", "cli", "main.ts"), (exported) => exported.program !== undefined],
]);

const loadTypeScript = Module._extensions[".ts"];
Module._extensions[".ts"] = (module, file) => {
  loadTypeScript(module, file);
  if (entries.get(file)?.(module.exports) === false)
    throw new Error(`${file} has no program, so it is damaged: restore it with git restore.`);
};

/**
 * At its start the SDK loads 250 modules that the program does not use: for traces, for serialized functions, the Automation API, and providers in
 * Node.js. A program that uses them loads them then.
 */
const sdk = Module.createRequire(require.resolve("@pulumi/pulumi/package.json"));
// Packages for "pulumi --tracing". The SDK reads these exports at its start.
const tracing = {
  "exporter-zipkin": ["ZipkinExporter"],
  "instrumentation-grpc": ["GrpcInstrumentation"],
  "sdk-trace-base": ["SimpleSpanProcessor"],
  "sdk-trace-node": ["NodeTracerProvider"],
  instrumentation: ["registerInstrumentations"],
  resources: ["defaultResource", "resourceFromAttributes"],
};
for (const [name, functions] of Object.entries(tracing)) later(`@opentelemetry/${name}`, { functions });
for (const part of ["automation", "provider", "runtime/closure/createClosure"]) later(`./${part}`);
later("./runtime/closure/codePaths", { functions: ["computeCodePaths"] });
// It attaches a debugger to the program, for serialized functions, which takes a quarter of the program's CPU time.
later("./runtime/closure/v8Hooks", { own: { isInitializedAsync: () => Promise.resolve() } });
later("js-yaml");
// Error messages in 50 languages.
later("zod/v4/locales", { from: require });

/**
 * The SDK translates a stack trace by source maps for each promise, which takes a tenth of a preview's CPU time. The translation is of no use: the SDK's
 * package lacks the mapped files, and the files stripped here keep their line numbers.
 */
const maps = found("source-map-support/register");
if (maps !== undefined) require.cache[maps] = { id: maps, filename: maps, loaded: true, children: [], paths: [], exports: {} };

/**
 * Replaces a module by a proxy that loads it on first use. Does nothing if the release does not have the module.
 *
 * @param functions functions and classes that are read at start, and called later or never
 * @param own exports that the proxy has in place of the module's
 */
function later(request, { isEsModule = true, functions = [], own = {}, from = sdk } = {}) {
  const file = found(request, from);
  if (file === undefined) return;
  const load = () => {
    if (require.cache[file] === standIn) delete require.cache[file];
    return require(file);
  };
  const call = (name) =>
    function (...args) {
      return new.target === undefined ? load()[name](...args) : new (load()[name])(...args);
    };
  const lazy = Object.fromEntries(functions.map((name) => [name, call(name)]));
  const known = { __esModule: isEsModule, ...lazy, ...own };
  const get = (_, name) => (Object.hasOwn(known, name) ? known[name] : load()[name]);
  const standIn = { id: file, filename: file, loaded: true, children: [], paths: [], exports: new Proxy({}, { get }) };
  require.cache[file] = standIn;
}

function found(request, from = sdk) {
  try {
    return from.resolve(request);
  } catch {
    return undefined;
  }
}
