import assert from "node:assert/strict";
import * as crypto from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { extract } from "tar-stream";
import { writeImage } from "../../lab/images";
import { scratchFolder } from "./scratch";

interface Entry {
  readonly content: Buffer;
  readonly mode: number | undefined;
}

async function unpack(archive: Buffer): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  const stream = extract();
  stream.end(archive);
  for await (const entry of stream) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    entries.set(entry.header.name, { content: Buffer.concat(chunks), mode: entry.header.mode });
  }
  return entries;
}

describe("container images", () => {
  let folder: string;
  before(() => (folder = scratchFolder("images")));
  after(() => fs.rmSync(folder, { recursive: true }));

  const write = async (name: string, time: Date): Promise<Buffer> => {
    const binary = path.join(folder, `${name}.bin`);
    fs.writeFileSync(binary, "a program");
    fs.utimesSync(binary, time, time);
    const file = path.join(folder, name, "image.tar");
    await writeImage({ reference: "example.invalid/some:1", binary, entrypoint: "/some" }, file);
    return fs.readFileSync(file);
  };

  it("are identical for the same program, wherever and whenever they are built", async () => {
    assert.deepEqual(await write("one", new Date(2020, 1)), await write("other", new Date(2024, 6)));
  });

  it("have the layout of docker save: manifest, configuration, and one layer with the program", async () => {
    const archive = await unpack(await write("layout", new Date()));
    const json = (name: string): unknown => JSON.parse(String(archive.get(name)?.content));
    assert.deepEqual(json("manifest.json"), [{ Config: "config.json", RepoTags: ["example.invalid/some:1"], Layers: ["layer.tar"] }]);
    const layer = archive.get("layer.tar")?.content ?? Buffer.alloc(0);
    const config = json("config.json") as { os: string; config: { Entrypoint: string[] }; rootfs: { diff_ids: string[] } };
    assert.deepEqual(config.config.Entrypoint, ["/some"]);
    assert.equal(config.os, "linux");
    assert.deepEqual(config.rootfs.diff_ids, [`sha256:${crypto.createHash("sha256").update(layer).digest("hex")}`]);
    const files = await unpack(layer);
    assert.deepEqual([...files], [["some", { content: Buffer.from("a program"), mode: 0o755 }]]);
  });

  it("leave no partial archive beside the complete one", async () => {
    await write("whole", new Date());
    assert.deepEqual(fs.readdirSync(path.join(folder, "whole")), ["image.tar"]);
  });
});
