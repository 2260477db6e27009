import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { latestAdoption, updateAdoption, saveAdoption } from "../../../cli/adopt/backup";
import type { KubeObject } from "../../../cluster/manifests/kube-object";
import { Home } from "../../support/home";

const at = (minute: number): Date => new Date(Date.UTC(2026, 0, 2, 3, minute));
const object = (name: string, uid: string): KubeObject => ({ apiVersion: "v1", kind: "Secret", metadata: { name, uid } });

describe("the backup of an adoption", () => {
  let home: Home;
  beforeEach(() => (home = new Home()));
  afterEach(() => home.remove());
  const save = (minute: number, ...objects: KubeObject[]) => saveAdoption(home.path, "lab-dev", "c", objects, at(minute));
  const uids = (): unknown => latestAdoption(home.path, "lab-dev")?.backup.objects.map(({ metadata }) => metadata.uid);

  it("is readable only by the user, and named after the stack and the time", () => {
    assert.equal(save(4, object("a", "1")).file, ".adopt-backup/lab-dev-20260102T030400Z.json");
    const modes = [".adopt-backup", ".adopt-backup/lab-dev-20260102T030400Z.json"].map(
      (path) => statSync(join(home.path, path)).mode & 0o777,
    );
    assert.deepEqual(modes, [0o700, 0o600]);
  });

  it("keeps its objects when an interrupted adoption continues, and adds new ones", () => {
    save(4, object("a", "1"));
    save(5, object("a", "2"), object("b", "3"));
    assert.deepEqual(uids(), ["1", "3"]);
    assert.equal(readdirSync(join(home.path, ".adopt-backup")).length, 1);
  });

  it("is a new file after an adoption that ended, and for another cluster", () => {
    updateAdoption(home.path, save(4, object("a", "1")), "ended");
    save(5, object("a", "2"));
    assert.deepEqual(uids(), ["2"]);
    saveAdoption(home.path, "lab-dev", "other", [object("a", "3")], at(6));
    assert.deepEqual(uids(), ["3"]);
  });

  it("is not used again after it was restored, and belongs to one stack", () => {
    const first = updateAdoption(home.path, save(4, object("a", "1")), "ended");
    const second = save(5, object("a", "2"));
    saveAdoption(home.path, "lab-dev-2", "c", [object("a", "9")], at(6));
    updateAdoption(home.path, second, "restored");
    assert.equal(latestAdoption(home.path, "lab-dev")?.file, first.file);
    updateAdoption(home.path, first, "restored");
    assert.equal(latestAdoption(home.path, "lab-dev"), undefined);
  });

  it("is named with the reason if it cannot be saved", () => {
    writeFileSync(join(home.path, ".adopt-backup"), "in the way");
    const message = `The cluster's objects cannot be saved in ${join(home.path, ".adopt-backup")} (EEXIST): make that folder writable.`;
    assert.throws(() => save(4), { name: "BackupFailed", message });
  });

  it("follows no symbolic link that another user has put in the place of a temporary file", () => {
    home.write("victim", "precious");
    save(4, object("a", "1"));
    const name = "lab-dev-20260102T030400Z.json";
    for (const planted of [`.${name}.${process.pid}.homelab.partial`, `${name}.partial`, `.${name}.partial`])
      symlinkSync(join(home.path, "victim"), join(home.path, ".adopt-backup", planted));
    try {
      save(5, object("b", "2"));
    } catch {
      // Nothing was saved, so nothing would be changed.
    }
    assert.equal(readFileSync(join(home.path, "victim"), "utf8"), "precious");
  });
});
