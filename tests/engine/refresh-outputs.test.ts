import assert from "node:assert/strict";

import { keepOutputsInRefresh } from "../../engine/refresh-outputs";

const urn = (type: string): string => `urn:pulumi:lab-dev::homelab-network::${type}::name`;
const STACK = "pulumi:pulumi:Stack";
const COMPONENT = "homelab:network:Protection";

describe("the outputs of components during a command", () => {
  /** Returns the types whose outputs reach the engine. */
  function sent(verb: string | undefined): string[] {
    const reached: string[] = [];
    const monitor = {
      registerResourceOutputs: (request: { getUrn(): string }, callback: (error: null) => void) => {
        reached.push(request.getUrn());
        callback(null);
      },
    };
    keepOutputsInRefresh(verb === undefined ? undefined : { verb, refresh: verb === "refresh" }, monitor);
    let answers = 0;
    for (const type of [STACK, COMPONENT]) monitor.registerResourceOutputs({ getUrn: () => urn(type) }, () => answers++);
    assert.equal(answers, 2, "a request has no answer");
    return reached;
  }

  it("stay as they are in a refresh, except for those of the stack", () => assert.deepEqual(sent("refresh"), [urn(STACK)]));

  for (const verb of ["up", "preview", "destroy", undefined])
    it(`are registered in ${verb ?? "a run without the CLI"}`, () => assert.deepEqual(sent(verb), [urn(STACK), urn(COMPONENT)]));
});
