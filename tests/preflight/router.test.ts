import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import type { RouterQuery } from "../../router/ssh";
import { RouterRejects } from "../../router/ssh-errors";
import { query } from "../../router/asus/reading";
import { inHome } from "../support/home";
import { HOST_KEY } from "../support/host-key";
import { FOREIGN, inPlace, LIVE, RECORD } from "../support/judgements";
import { answering, checking, ending, preview, routerStack, silent, stateWith, up } from "../support/router-stack";

const stack = routerStack();
const nothing = { repair: false, warnings: [], notes: [] };
const UNKNOWN = "info: [runtime] The routes were not compared with the router: 192.168.50.1:22 does not answer (ECONNREFUSED).";
const refusing = (...words: ConstructorParameters<typeof RouterRejects>) => ({ query: () => Promise.reject(new RouterRejects(...words)) });
const another = "<10.5.0.0>255.255.255.0>192.168.50.12>0>LAN";

describe("the router checks", () => {
  inHome();

  const asked = { query: () => Promise.reject(new Error("the router was asked")) };

  describe("for a stack without routes", () => {
    const manual = { router: { type: "manual", host: "192.168.50.1", lan: "192.168.50.0/24" } };
    const onLan = { pools: [{ name: "lan", addresses: ["192.168.50.200-192.168.50.219"], route: false }] };
    for (const [why, changes] of [
      ["its routes are entered manually", manual],
      ["its pools are on the LAN", onLan],
    ] as const) {
      it(`do not read the router if ${why}, and print what a removed router keeps`, async () => {
        const stack = routerStack(changes);
        assert.deepEqual(await checking(stack, asked), nothing);
        assert.deepEqual(await checking(stack, asked, up(routerStack())), {
          ...nothing,
          notes: ["info: [runtime] This run removes the routes from the router 192.168.50.1 with the login of the last run."],
        });
      });
    }
  });

  it("warn if a next hop is removed to which a manually entered route may point", async () => {
    const manual = { router: { type: "manual", host: "192.168.50.1", lan: "192.168.50.0/24" } };
    const hop = { state: stateWith(["Service", "next-hop-192-168-50-240"]) };
    const kept = routerStack({ ...manual, "gateway.mode": "floating", "gateway.addresses": ["192.168.50.240"] });
    assert.deepEqual(await checking(kept, hop), nothing);
    const { warnings } = await checking(routerStack(manual), hop);
    assert.deepEqual(warnings, [
      'warning: [runtime] Pulumi.lab-dev.yaml:12: gateway.addresses[0] = "192.168.50.11": this run deletes the next hop 192.168.50.240, and a route that you ' +
        "entered by hand may still point at it; enter 192.168.50.11 on the router 192.168.50.1 first",
    ]);
  });

  it("read no router in a preview with router.observe false", async () => {
    assert.deepEqual(await checking(routerStack({ "router.observe": false }), preview, asked), nothing);
  });

  it("read the router of the plan once, with its login", async () => {
    const questions: [RouterQuery, string][] = [];
    const { query: answer } = answering(inPlace);
    await checking(stack, up(), { query: (...words) => (questions.push([words[0], words[1]]), answer()) });
    assert.deepEqual(questions, [[{ router: stack.plan.router, login: { password: "se-cret" } }, query(stack.plan.routes)]]);
  });

  for (const [when, circumstances] of [
    ["a preview before the first run", [preview, answering()]],
    ["a preview", [preview, up(), answering(inPlace)]],
    ["a run", [up(), answering(inPlace)]],
  ] as const) {
    it(`report nothing in ${when} for a healthy router`, async () => assert.deepEqual(await checking(stack, ...circumstances), nothing));
  }

  describe("with a router that does not answer", () => {
    for (const [when, circumstances] of [
      ["a preview before the first run", [preview]],
      ["a preview", [preview, up()]],
      ["a later run", [up()]],
    ] as const) {
      it(`report it in one line in ${when}, and continue`, async () => {
        assert.deepEqual(await checking(stack, ...circumstances), { ...nothing, notes: [UNKNOWN] });
      });
    }

    it("stop a first run, without a stack trace", async () => {
      await assert.rejects(checking(stack), (error: Error) => {
        assert.ok(pulumi.RunError.isInstance(error));
        assert.equal(error.stack, undefined, "Node may take half a minute to format it");
        const message =
          '14: router.host = "192.168.50.1": 192.168.50.1:22 does not answer (ECONNREFUSED); switch it on, with SSH for its LAN';
        assert.equal(error.message, ending(message).message);
        return true;
      });
    });

    it("stop a first run also if any host key is accepted", async () => {
      const any = routerStack({ "router.hostKey": undefined, "router.acceptAnyHostKey": true });
      await assert.rejects(
        checking(any),
        ending('14: router.host = "192.168.50.1": 192.168.50.1:22 does not answer (ECONNREFUSED); switch it on, with SSH for its LAN'),
      );
    });
  });

  describe("with a router that rejects the connection", () => {
    const lines = {
      hostKey: `18: router.hostKey = "${HOST_KEY}"`,
      user: '16: router.user = "homelab"',
      privateKeyFile: "17: router.privateKeyFile = (not shown)",
      agent: "19: router.agent = true",
    } as const;
    for (const key of ["hostKey", "user", "privateKeyFile", "agent"] as const) {
      it(`stop with the location of ${key}, also in a preview`, async () => {
        for (const when of [[], [preview], [up()]]) {
          const refused = checking(routerStack({ "router.agent": true }), ...when, refusing(key, "it is wrong", "mend it"));
          await assert.rejects(refused, ending(`${lines[key]}: it is wrong; mend it`));
        }
      });
    }

    it("pass on an unexpected error", async () => {
      const bug = new TypeError("a bug");
      await assert.rejects(checking(stack, { query: () => Promise.reject(bug) }), bug);
    });

    it("stop if the router is of another type", async () => {
      const reported = (message: string) =>
        ending(
          `14: router.host = "192.168.50.1": answers, but not like a router of type asus: ${message}; correct router.host or router.type`,
        );
      for (const [text, message] of [
        ["", "it has no nvram"],
        ["@sw_mode\n1\n", "its answer is incomplete"],
      ] as const) {
        await assert.rejects(checking(stack, preview, { query: () => Promise.resolve({ text, hostKey: HOST_KEY }) }), reported(message));
      }
    });
  });

  describe("with the router's settings", () => {
    const byHand = "made by hand or by an interrupted run; set router.adopt: true to take it over, or remove it on the page LAN > Route";
    const pool = '8: pools[0].addresses[0] = "10.5.0.0/24": ';

    it("stop with all conflicts at once, also in a preview that would not read the router", async () => {
      for (const changes of [{}, { "router.observe": false }]) {
        const situation = { variables: { sr_rulelist: RECORD + FOREIGN, sr_enable_x: "0" } };
        await assert.rejects(
          checking(routerStack(changes), answering(situation)),
          ending(
            `${pool}the router's list already has '${RECORD}' for it, ${byHand}`,
            `14: router.host = "192.168.50.1": static routes are switched off there, and switching them on would activate '${FOREIGN}'; ` +
              "remove those on the page LAN > Route, switch static routes on there, or set router.enableDormant: true",
          ),
        );
      }
    });

    it("warn of every difference, and have it repaired, in a preview and in a run", async () => {
      const reported = [`its record was changed on the router to '${another}'`, "static routes are switched off on the router"];
      const situation = { variables: { sr_rulelist: another, sr_enable_x: "0" }, table: [LIVE] };
      for (const when of [{}, preview]) {
        assert.deepEqual(await checking(stack, up(), when, answering(situation)), {
          repair: true,
          warnings: reported.map((rule) => `warning: [runtime] Pulumi.lab-dev.yaml:${pool}${rule}; pulumi up corrects it`),
          notes: [],
        });
      }
    });

    it("ignore differences if previews do not read the router, so that the run matches its preview", async () => {
      const blind = routerStack({ "router.observe": false });
      assert.deepEqual(await checking(blind, up(), answering()), nothing);
      const hopeless = { variables: { sr_rulelist: `${RECORD}<10.0.0.0>255.0.0.0>192.168.50.77>>LAN`, sr_enable_x: "0" } };
      assert.deepEqual(await checking(blind, up(), answering(hopeless)), nothing);
    });

    it("warn of a future problem, and repair nothing", async () => {
      const situation = { ...inPlace, variables: { ...inPlace.variables, sw_mode: "3" } };
      assert.deepEqual(await checking(stack, up(), answering(situation)), {
        ...nothing,
        warnings: [
          "warning: [runtime] Pulumi.lab-dev.yaml:14: router.host = \"192.168.50.1\": not in routing mode (sw_mode is '3', not 1), " +
            "so it ignores static routes; set it to wireless router mode",
        ],
      });
    });
  });

  describe("with routes on another router", () => {
    const moved = up(stack, "192.168.50.254");
    const reached =
      "info: [runtime] The routes move from the router 192.168.50.254 to 192.168.50.1: this run removes them with the last login.";

    it("report that they are removed there, also if that router would reject the connection", async () => {
      const refuses = () =>
        Promise.reject(new RouterRejects("hostKey", "the router has no ed25519 or ecdsa host key", "update the firmware"));
      const hosts: string[] = [];
      for (const readKey of [() => Promise.resolve(HOST_KEY), refuses]) {
        const seeing = { readKey: ({ router }: Pick<RouterQuery, "router">) => (hosts.push(`${router.host}:${router.port}`), readKey()) };
        assert.deepEqual(await checking(stack, preview, moved, seeing, answering()), { ...nothing, notes: [reached] });
      }
      assert.deepEqual(hosts, ["192.168.50.254:22", "192.168.50.254:22"]);
    });

    it("treat the new router's settings as unmanaged", async () => {
      const readKey = () => Promise.resolve(HOST_KEY);
      await assert.rejects(
        checking(stack, preview, moved, { readKey }, answering(inPlace)),
        /the router's list already has .* made by hand/,
      );
    });

    it("stop if the old router is gone, and say how to forget it", async () => {
      for (const when of [{}, preview]) {
        await assert.rejects(
          checking(stack, when, moved, { readKey: () => silent("192.168.50.254") }, answering()),
          ending(
            '14: router.host = "192.168.50.1": the routes must first be removed from 192.168.50.254, but 192.168.50.254:22 does not answer (ECONNREFUSED); ' +
              "start 192.168.50.254 for one run; or, if it is gone for good or has become 192.168.50.1, remove it from the state with " +
              "\"pulumi state delete 'urn:pulumi:lab-dev::homelab-network::homelab:network:StaticRoute$command:remote:Command::route'\", " +
              "and set router.adopt: true if the routes exist already",
          ),
        );
      }
    });

    it("pass on an unexpected error", async () => {
      const bug = new TypeError("a bug");
      await assert.rejects(checking(stack, moved, { readKey: () => Promise.reject(bug) }, answering()), bug);
    });
  });
});
