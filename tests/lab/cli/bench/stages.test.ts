import assert from "node:assert/strict";

import { STAGES, stagesOf, type TimedEvent } from "../../../../lab/cli/bench/stages";

describe("the stages of a run", () => {
  const component = "homelab:network:ClusterNetwork";
  const chart = `${component}$homelab:network:MetalLb$kubernetes:helm.sh/v4:Chart`;
  const urn = (types: string): string => `urn:pulumi:lab-dev::homelab-network::${types}::name`;
  const begins = (at: number, types: string): TimedEvent => ({ at, event: { resourcePreEvent: { metadata: { urn: urn(types) } } } });
  const ends = (at: number, types: string): TimedEvent => ({ at, event: { resOutputsEvent: { metadata: { urn: urn(types) } } } });

  const install = [
    begins(1, "pulumi:pulumi:Stack"),
    begins(3, component),
    begins(3.5, `${component}$pulumi:providers:kubernetes`),
    ends(4, `${component}$pulumi:providers:kubernetes`),
    begins(4.1, chart),
    begins(5, `${chart}$kubernetes:core/v1:ServiceAccount`),
    ends(5.2, `${chart}$kubernetes:core/v1:ServiceAccount`),
    begins(6, `${chart}$kubernetes:apps/v1:DaemonSet`),
    begins(6.5, `${chart}$kubernetes:apps/v1:Deployment`),
    ends(12, `${chart}$kubernetes:apps/v1:Deployment`),
    ends(14, `${chart}$kubernetes:apps/v1:DaemonSet`),
    begins(14.1, "homelab:network:AddressPools$kubernetes:metallb.io/v1beta1:IPAddressPool"),
    ends(15, "pulumi:pulumi:Stack"),
  ];

  it("end with the event of their name, and add up to the whole", () => {
    const stages = stagesOf(install, 16);
    assert.deepEqual(Object.keys(stages), [...STAGES]);
    assert.deepEqual(stages, {
      "engine and SDK start": 1,
      "program and its questions": 2,
      "provider start": 1,
      "chart rendered": 1,
      "objects registered": 1.5,
      "MetalLB's start": 7.5,
      "pools, route and rest": 2,
    });
  });

  it("count a slow program in its own row only", () => {
    const later = install.map(({ at, event }) => ({ at: at > 1 ? at + 3 : at, event }));
    const [before, after] = [stagesOf(install, 16), stagesOf(later, 19)];
    assert.deepEqual(
      STAGES.filter((stage) => after[stage] !== before[stage]).map((stage) => [stage, after[stage] - before[stage]]),
      [["program and its questions", 3]],
    );
  });

  it("are zero if the run has no events of them", () => {
    const stages = stagesOf([begins(1, "pulumi:pulumi:Stack"), ends(2, "pulumi:pulumi:Stack")], 3);
    assert.deepEqual(
      STAGES.filter((stage) => stages[stage] > 0).map((stage) => [stage, stages[stage]]),
      [
        ["engine and SDK start", 1],
        ["pools, route and rest", 2],
      ],
    );
  });
});
