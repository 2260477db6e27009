import assert from "node:assert/strict";
import { chmodSync } from "node:fs";

import { unreadable } from "../../../cli/check/cli";
import { checkState } from "../../../cli/doctor/state";
import { findBackend } from "../../../engine/backend";
import { inHome } from "../../support/home";
import { text as textOf } from "../../support/stacks";

/** Made by the CLI with the passphrase "x". */
const SALT = "v1:NOj0qb3937o=:v1:jDQUelbOH9fMoMX+:eTO0mY2wj14TZ+WQKVkJmp3kHCqOsQ==";
const LOST = "docs/how-to/state-troubleshooting.md describes a lost passphrase";

describe("homelab doctor, about the state", () => {
  const home = inHome();
  beforeEach(() => home().write("Pulumi.yaml", "name: homelab-network\nbackend:\n  url: file://./.pulumi-state\n"));
  const reported = async (env: Record<string, string>, { file = SALT, state = SALT } = {}) => {
    const text = `${file === "" ? "" : `encryptionsalt: ${file}\n`}config: {}\n`;
    const reading = { outputs: new Map(), ...(state === "" ? {} : { salt: state }) };
    return textOf(await checkState({ name: "lab-dev", text }, reading, { folder: home().path, env }));
  };

  it("decrypts a value, and names the backend and where it comes from", async () => {
    const printed = "ok state: not deployed yet; backend file://./.pulumi-state (Pulumi.yaml)";
    assert.equal(await reported({ PULUMI_CONFIG_PASSPHRASE: "x" }), printed);
    const phrase = home().write("phrase", "x\n");
    assert.equal(await reported({ PULUMI_CONFIG_PASSPHRASE_FILE: "phrase" }), printed);
    chmodSync(phrase, 0o644);
    assert.equal(
      await reported({ PULUMI_CONFIG_PASSPHRASE_FILE: "phrase" }),
      `warning state: other users of this machine may read ${phrase} (mode 644); chmod 600 ${phrase}`,
    );
    assert.equal(
      await reported({ PULUMI_CONFIG_PASSPHRASE: "x", PULUMI_BACKEND_URL: "s3://states?region=home" }),
      "ok state: not deployed yet; backend s3://states (PULUMI_BACKEND_URL)",
    );
  });

  it("needs no passphrase if nothing is encrypted with one", async () => {
    assert.match(await reported({}, { file: "", state: "" }), /^ok state: not deployed yet;/);
  });

  it("says that the passphrase is wrong, in its file or in the variable, for the stack file and for the state", async () => {
    home().write("phrase", "wrong\n");
    const fix = `use the passphrase with which the stack was created; ${LOST}`;
    assert.equal(
      await reported({ PULUMI_CONFIG_PASSPHRASE_FILE: "phrase" }),
      `failed state: the passphrase in phrase (PULUMI_CONFIG_PASSPHRASE_FILE) does not decrypt the secrets of Pulumi.lab-dev.yaml; ${fix}`,
    );
    assert.equal(
      await reported({ PULUMI_CONFIG_PASSPHRASE: "" }, { file: "" }),
      `failed state: the passphrase in PULUMI_CONFIG_PASSPHRASE does not decrypt the secrets of the state; ${fix}`,
    );
  });

  it("says that no passphrase is set, or that its file is gone", async () => {
    assert.match(
      await reported({}),
      /^failed state: neither PULUMI_CONFIG_PASSPHRASE nor PULUMI_CONFIG_PASSPHRASE_FILE is set, .*; export PULUMI/,
    );
    assert.equal(
      await reported({ PULUMI_CONFIG_PASSPHRASE_FILE: ".pulumi-passphrase" }),
      `failed state: PULUMI_CONFIG_PASSPHRASE_FILE names .pulumi-passphrase, which cannot be read (ENOENT); restore the file; ${LOST}`,
    );
  });

  it("lets the CLI decrypt the state of another secrets provider", async () => {
    const stack = { name: "lab-dev", text: "secretsprovider: awskms://alias/x?region=home\nconfig: {}\n" };
    const place = { folder: home().path, env: {} };
    const tell = (exitCode: number, reason: string) => () => Promise.resolve({ exitCode, stdout: "", reason });
    assert.equal(
      textOf(await checkState(stack, { outputs: new Map() }, place, tell(255, "no key"))),
      "failed state: the secrets provider awskms://alias/x does not decrypt its secrets: no key; log in to the provider",
    );
    assert.match(textOf(await checkState(stack, { outputs: new Map() }, place, tell(0, ""))), /^ok state/);
  });

  describe("that cannot be read", () => {
    const why = (reason: string, env: Record<string, string> = {}) => {
      const { blocker, outputs } = unreadable("lab-dev", reason, findBackend({ folder: home().path, env }));
      return [`${blocker?.message}; ${blocker?.fix}`, outputs?.size];
    };
    const other = { PULUMI_BACKEND_URL: "file:///srv/empty" };

    it("names the backend that has no such stack", () => {
      assert.deepEqual(why("no stack named 'lab-dev' found"), [
        "there is no stack lab-dev in the backend file://./.pulumi-state, which Pulumi.yaml sets; make init creates it there",
        0,
      ]);
      assert.deepEqual(why("no stack named 'lab-dev' found", other), [
        "there is no stack lab-dev in the backend file:///srv/empty, which PULUMI_BACKEND_URL sets; " +
          "make init creates it there; if its state is in another backend, correct PULUMI_BACKEND_URL",
        0,
      ]);
      assert.deepEqual(why("unable to open bucket file:///srv/empty: stat /srv/empty: no such file or directory", other)[1], 0);
    });

    it("says what is wrong with a truncated or unknown state", () => {
      for (const damage of ["unexpected end of JSON input", "unsupported checkpoint version 9"])
        assert.deepEqual(why(`failed to load checkpoint: ${damage}`), [
          `the state of stack lab-dev in the backend file://./.pulumi-state, which Pulumi.yaml sets, is damaged: ${damage}; ` +
            "restore it from its backup: docs/how-to/state-troubleshooting.md",
          undefined,
        ]);
    });

    it("says that a backend cannot be reached, or that none is set", () => {
      assert.deepEqual(why("connection refused", { PULUMI_BACKEND_URL: "postgres://me:se-cret@192.168.50.9/states" }), [
        "the backend postgres://192.168.50.9/states, which PULUMI_BACKEND_URL sets, cannot be read: connection refused; " +
          "correct PULUMI_BACKEND_URL, or log in to the backend",
        undefined,
      ]);
      home().write("Pulumi.yaml", "name: homelab-network\n");
      const [printed] = why("PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions");
      assert.match(
        String(printed),
        /^no backend is set: neither PULUMI_BACKEND_URL, nor backend\.url in Pulumi\.yaml, nor pulumi login names one; set/,
      );
    });
  });
});
