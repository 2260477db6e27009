/**
 * Keeps the modules that a program loads in one file: their code, V8's compiled code, and which module each of their requests means. Most of a
 * program's start goes into finding, reading and compiling 500 files. Stack traces keep names and lines of the real files.
 *
 * A module is taken from the pack only while its file has the same size and times. A pack that is missing, damaged or of another installation
 * is written again when the program ends.
 */
"use strict";

const { createHash } = require("node:crypto");
const fs = require("node:fs");
const Module = require("node:module");
const path = require("node:path");
const v8 = require("node:v8");
const vm = require("node:vm");

/** Debuggers, coverage and source maps need what Node.js does with the files itself. */
const isObserved =
  process.env.NODE_V8_COVERAGE !== undefined || process.execArgv.some((flag) => /^--(inspect|enable-source-maps)/.test(flag));

/** What compiled code cannot be kept of: a dynamic import, for which Node.js links the code to its loader, and a line for the shell. */
const NOT_KEPT = /^#!|\bimport\s*\(/;

/** Node.js wraps a module in a function, before its first line. */
const columnOffset = -Module.wrap("\n").indexOf("\n");

/** Returns what changes with a file's content: its size and times. Undefined if there is no such file. */
function signatureOf(file) {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  return stat && `${stat.size} ${stat.mtimeMs} ${stat.ctimeMs}`;
}

/**
 * Uses and keeps the pack of a program. Called after other hooks for files are set.
 *
 * @param folder where packs are
 * @param name the program's name
 * @param sources the files on which the code of all modules depends
 */
function usePack(folder, name, sources) {
  if (isObserved) return;
  // V8 accepts compiled code only with the same version and options.
  const owner = sha256([v8.cachedDataVersionTag(), ...sources].join("\n")).slice(0, 16);
  const file = path.join(folder, `${name}-${owner}.pack`);
  const key = [process.version, ...sources.map((source) => `${source} ${signatureOf(source)}`)].join("\n");
  const { modules, content } = read(file, key);
  const byFile = new Map(modules.map((module) => [module.file, module]));
  /** The modules of this run that the pack lacks. */
  const added = new Map();

  const isCurrent = (module) => (module.isCurrent ??= signatureOf(module.file) === module.signature);

  const resolve = Module._resolveFilename;
  Module._resolveFilename = function (request, parent, isMain, options) {
    const known = byFile.get(parent?.filename);
    const target = options === undefined ? modules[known?.links[request]] : undefined;
    if (target !== undefined && isCurrent(target)) return target.file;
    const found = resolve.call(this, request, parent, isMain, options);
    const from = added.get(parent?.filename) ?? known;
    if (from !== undefined && options === undefined && path.isAbsolute(found)) (from.requests ??= new Map()).set(request, found);
    return found;
  };

  for (const extension of [".js", ".ts"]) {
    const load = Module._extensions[extension];
    Module._extensions[extension] = (module, filename) => {
      const kept = byFile.get(filename);
      if (kept === undefined || !isCurrent(kept)) return load(module, filename);
      const { at, codeEnd, end, encoding } = kept;
      const cachedData = content.subarray(codeEnd, end);
      const script = new vm.Script(content.toString(encoding, at, codeEnd), { filename, columnOffset, cachedData });
      if (!script.cachedDataRejected) return run(script, module, filename);
      byFile.delete(filename);
      return load(module, filename);
    };
  }

  const compile = Module.prototype._compile;
  Module.prototype._compile = function (code, filename, format, ...rest) {
    const isKept = (format ?? "commonjs") === "commonjs" && path.isAbsolute(filename) && !NOT_KEPT.test(code);
    const script = isKept ? compiled(Module.wrap(code), filename) : undefined;
    if (script === undefined) return compile.call(this, code, filename, format, ...rest);
    added.set(filename, { script, code: Module.wrap(code), signature: signatureOf(filename) });
    return run(script, this, filename);
  };

  /** Returns the script; undefined for an ES module, or code with an error, which Node.js reports better. */
  function compiled(code, filename) {
    try {
      return new vm.Script(code, { filename, columnOffset });
    } catch {
      return undefined;
    }
  }

  process.once("exit", () => {
    if (added.size > 0) write(file, key, () => [...modules.filter(isCurrent).flatMap(kept), ...[...added].flatMap(fresh)]);
  });

  const kept = (module) => {
    const { at, codeEnd, end, links, requests = [] } = module;
    if (added.has(module.file)) return [];
    const before = Object.entries(links).map(([request, index]) => [request, modules[index].file]);
    return [{ ...module, requests: [...before, ...requests], code: content.subarray(at, codeEnd), data: content.subarray(codeEnd, end) }];
  };
  const fresh = ([filename, { script, code, signature, requests = [] }]) => {
    if (signature === undefined) return [];
    const encoding = /^[\0-\xff]*$/.test(code) ? "latin1" : "utf8";
    return [{ file: filename, signature, encoding, requests, code: Buffer.from(code, encoding), data: script.createCachedData() }];
  };
}

/** Runs a module's code as Node.js does. */
function run(script, module, filename) {
  const require = (request) => module.require(request);
  require.resolve = (request, options) => Module._resolveFilename(request, module, false, options);
  require.resolve.paths = (request) => Module._resolveLookupPaths(request, module);
  require.main = process.mainModule;
  require.extensions = Module._extensions;
  require.cache = Module._cache;
  const call = script.runInThisContext();
  return call.call(module.exports, module.exports, require, module, filename, path.dirname(filename));
}

const CHECKSUM = 64;
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

/** Reads a pack: a checksum, the length of the index, the index as JSON, and the modules' code. Returns an empty one if it is of no use. */
function read(file, key) {
  const empty = { modules: [], content: Buffer.alloc(0) };
  try {
    const bytes = fs.readFileSync(file);
    if (bytes.toString("latin1", 0, CHECKSUM) !== sha256(bytes.subarray(CHECKSUM))) return empty;
    const begin = CHECKSUM + 4;
    const end = begin + bytes.readUInt32LE(CHECKSUM);
    const index = JSON.parse(bytes.toString("utf8", begin, end));
    return index.key === key ? { modules: index.modules, content: bytes.subarray(end) } : empty;
  } catch {
    return empty;
  }
}

/** Writes a pack whole or not at all. A pack that cannot be written is written by a later run. @param collect returns its modules */
function write(file, key, collect) {
  const part = `${file}.${process.pid}`;
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    // Before the work, which a folder that cannot be written would not repay.
    fs.closeSync(fs.openSync(part, "wx"));
    const all = collect();
    const places = new Map(all.map(({ file: name }, index) => [name, index]));
    let at = 0;
    const modules = all.map(({ file: name, signature, encoding, requests, code, data }) => {
      const codeEnd = at + code.length;
      const end = codeEnd + data.length;
      const links = Object.fromEntries([...requests].flatMap(([request, to]) => (places.has(to) ? [[request, places.get(to)]] : [])));
      const module = { file: name, signature, encoding, at, codeEnd, end, links };
      at = end;
      return module;
    });
    const index = Buffer.from(JSON.stringify({ key, modules }));
    const length = Buffer.alloc(4);
    length.writeUInt32LE(index.length);
    const body = Buffer.concat([length, index, ...all.flatMap(({ code, data }) => [code, data])]);
    fs.writeFileSync(part, Buffer.concat([Buffer.from(sha256(body)), body]));
    fs.renameSync(part, file);
  } catch {
    fs.rmSync(part, { force: true });
  }
}

module.exports = { usePack };
