import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { confirm, requireTerminal } from "../../cli/confirm";

const WITHOUT_TERMINAL = "There is no terminal for a confirmation, and nothing was changed: --yes continues without asking.";

describe("the confirmation of a command", () => {
  const original = Object.getOwnPropertyDescriptor(process, "stdin");
  const write = process.stdout.write.bind(process.stdout);
  let stdin: PassThrough & { isTTY?: boolean };
  let printed: string;
  beforeEach(() => {
    stdin = Object.assign(new PassThrough(), { isTTY: true });
    printed = "";
    Object.defineProperty(process, "stdin", { value: stdin, configurable: true });
  });
  afterEach(() => {
    if (original !== undefined) Object.defineProperty(process, "stdin", original);
  });
  /** Collects what the work prints, so that mocha can print between tests. */
  async function listening(work: () => Promise<void>): Promise<void> {
    process.stdout.write = (text) => (printed += String(text)) !== "";
    await work().finally(() => (process.stdout.write = write));
  }
  /** Runs the question with an answer. */
  const answering = (answer: string, ...args: Parameters<typeof confirm>): Promise<void> =>
    listening(() => {
      const result = confirm(...args);
      stdin.write(`${answer}\n`);
      return result;
    });

  it("continues if the user types the expected answer, which the question names", async () => {
    await answering("yes ", "Adopt this into stack lab-dev?");
    await answering("lab-dev", "Destroy lab-dev?", "lab-dev");
    assert.equal(printed.replaceAll(/\x1b\[\d*[A-Z]/g, ""), "Adopt this into stack lab-dev? Type yes: Destroy lab-dev? Type lab-dev: ");
  });

  it("stops the command for another answer", async () => {
    for (const answer of ["", "y", "no"])
      await assert.rejects(answering(answer, "Undo the adoption?"), { message: "Nothing was changed." });
    await assert.rejects(answering("yes", "Destroy lab-dev?", "lab-dev"), { message: "Nothing was changed." });
  });

  it("stops the command on a signal during the question", async () => {
    const controller = new AbortController();
    const asked = listening(() => {
      const result = confirm("Deploy lab-dev?", "yes", controller.signal);
      controller.abort();
      return result;
    });
    await assert.rejects(asked, { message: "Nothing was changed." });
  });

  it("stops the command without a terminal, before it asks", async () => {
    stdin.isTTY = false;
    await assert.rejects(answering("lab-dev", "Destroy lab-dev?", "lab-dev"), { message: WITHOUT_TERMINAL });
    assert.throws(() => requireTerminal(), { message: WITHOUT_TERMINAL });
    assert.equal(printed, "");
  });
});
