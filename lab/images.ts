import * as crypto from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { pipeline } from "node:stream/promises";
import { pack } from "tar-stream";
import { writeAtomically } from "../config/files";

/** A container image that is one static program. */
export interface ProgramImage {
  /** The reference that pods name: repository and tag. */
  readonly reference: string;
  readonly binary: string;
  /** Where the image has the program, and what it starts. */
  readonly entrypoint: string;
}

/** Writes the image as an archive that `ctr images import` takes: the layout of `docker save`. No registry is involved. */
export async function writeImage(image: ProgramImage, file: string): Promise<void> {
  const layer = await tarball([{ name: image.entrypoint.slice(1), content: fs.readFileSync(image.binary), mode: 0o755 }]);
  const config = JSON.stringify({
    architecture: process.arch === "x64" ? "amd64" : process.arch,
    os: "linux",
    config: { Entrypoint: [image.entrypoint], Env: ["PATH=/"], WorkingDir: "/" },
    rootfs: { type: "layers", diff_ids: [`sha256:${sha256(layer)}`] },
    history: [{ created_by: "homelab-network" }],
  });
  const manifest = JSON.stringify([{ Config: "config.json", RepoTags: [image.reference], Layers: ["layer.tar"] }]);
  const archive = await tarball([
    { name: "config.json", content: Buffer.from(config) },
    { name: "layer.tar", content: layer },
    { name: "manifest.json", content: Buffer.from(manifest) },
  ]);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  writeAtomically(file, archive);
}

async function tarball(entries: ReadonlyArray<{ name: string; content: Buffer; mode?: number }>): Promise<Buffer> {
  const tar = pack();
  // No time of day goes in, so that the same program always gives the same image.
  for (const { name, content, mode = 0o644 } of entries) tar.entry({ name, mode, mtime: new Date(0) }, content);
  tar.finalize();
  const chunks: Buffer[] = [];
  await pipeline(tar, async (source) => {
    for await (const chunk of source) chunks.push(chunk as Buffer);
  });
  return Buffer.concat(chunks);
}

const sha256 = (content: Buffer): string => crypto.createHash("sha256").update(content).digest("hex");
