import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { chromium, type Browser } from "playwright-core";

import { cacheFolder } from "../../../lab/folders";
import { writeAtomically } from "../../../config/files";
import { unpackDebian } from "../../../lab/tools/debian";

/** The browser, the fonts of the pictures, and wider fonts, which many machines have instead. */
const packages = ["chromium", "fonts-inter", "fonts-jetbrains-mono", "fonts-dejavu-core"];
const root = path.join(cacheFolder, "tools", "chromium-root");

/** Disables network services, stored data and the graphics card. */
const flags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/**
 * Starts Chromium: the machine's own, or Debian's unpacked into the tools' folder, which runs in a chroot and needs root. The first start downloads
 * it (150 MB). Its profile is new, and removed when it is closed.
 */
export async function openBrowser(): Promise<Browser> {
  const installed = "/usr/bin/chromium";
  const executablePath = fs.existsSync(installed) ? installed : await unpacked();
  return chromium.launch({ executablePath, args: flags, chromiumSandbox: false });
}

/** Returns a program that runs the unpacked browser in its own namespaces. It ends with its parent process. */
async function unpacked(): Promise<string> {
  await unpackDebian({ packages, root, cache: path.join(cacheFolder, "apt"), log: (line) => console.log(`      ${line}`) });
  const program = path.join(root, "run-chromium");
  // The profile's folder, which Playwright creates, must also exist inside.
  const temporary = os.tmpdir();
  fs.mkdirSync(path.join(root, temporary), { recursive: true });
  const enter = `
    mount -t proc proc "$0/proc"
    mount --rbind /dev "$0/dev"
    mount --bind "${temporary}" "$0${temporary}"
    exec chroot "$0" /usr/lib/chromium/chromium "$@"`;
  writeAtomically(
    program,
    `#!/bin/sh\nexec unshare --mount --propagation private --pid --fork --kill-child sh -ec '${enter}' "${root}" "$@"\n`,
    0o755,
  );
  return program;
}
