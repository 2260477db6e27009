/** A containerd folder with the images of every lab, made once. Importing them on each new node would take a third of a cluster's start. */
import * as fs from "node:fs";
import * as path from "node:path";
import execa from "execa";
import { removeCgroup } from "../cgroups";
import { labFolders } from "../folders";
import { ClusterNode, containerdFolder, nodeImage, type NodeParts } from "../node";
import { makeFolder } from "./keyed-folder";

/** The databases, which containerd writes to. It never changes its other files: images and unpacked layers are only added and removed. */
const databases = ["io.containerd.metadata.v1.bolt/meta.db", "io.containerd.snapshotter.v1.overlayfs/metadata.db"];

/** Imports the images on a node without a network, and keeps its folder. */
export async function makeImageStore(store: string, parts: NodeParts): Promise<void> {
  const lab = labFolders("image-store");
  const node = new ClusterNode(lab, { name: "images", address: "", stack: "", role: "worker", pods: "" });
  await node.host.powerOff();
  fs.rmSync(lab.root, { recursive: true, force: true });
  try {
    node.prepare([]);
    await node.host.powerOn(nodeImage(parts));
    await node.startRuntime();
    await node.importImages();
    await node.stopRuntime();
    await node.host.powerOff();
    await makeFolder(path.dirname(store), (partial) =>
      fs.renameSync(node.host.dataPath(containerdFolder), path.join(partial, path.basename(store))),
    );
  } finally {
    await node.host.powerOff();
    await removeCgroup(lab.cgroup);
    fs.rmSync(lab.root, { recursive: true, force: true });
  }
}

/** Makes a new node's containerd folder a copy of the store, whose files it shares. Leaves an existing folder alone. */
export async function copyImageStore(store: string, folder: string): Promise<void> {
  if (fs.existsSync(folder)) return;
  const partial = `${folder}.partial`;
  fs.rmSync(partial, { recursive: true, force: true });
  fs.mkdirSync(path.dirname(folder), { recursive: true });
  await execa("cp", ["--archive", "--link", store, partial]);
  for (const name of databases) {
    const file = path.join(partial, name);
    fs.rmSync(file);
    fs.copyFileSync(path.join(store, name), file);
  }
  fs.renameSync(partial, folder);
}
