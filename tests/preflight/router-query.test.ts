import assert from "node:assert/strict";

import { beginQuery } from "../../preflight/router-access";
import type { Stack } from "../../preflight/stack";
import { RouterUnreachable } from "../../router/ssh-errors";
import type { RouterAnswer } from "../../router/ssh";
import { driverOf } from "../../router/drivers";
import { HOST_KEY } from "../support/host-key";
import { routerStack } from "../support/router-stack";

describe("the query of the router that begins before state and cluster are read", () => {
  const question = (of: Stack) => driverOf(of.plan.router.type)?.query(of.plan.routes) ?? "";
  /** Returns the number of queries before and after the check's own, and the check's answer. */
  async function asking(of: Stack, { verb = "up", isPreview = true, text = question(of) } = {}) {
    let queries = 0;
    const query = () => Promise.resolve<RouterAnswer>({ text: `answer ${++queries}`, hostKey: HOST_KEY });
    const begun = beginQuery(of, { verb, refresh: false }, query, isPreview);
    const early = queries;
    const answer = await begun({ router: of.plan.router, login: of.login }, text);
    return [early, queries, answer.text];
  }

  it("is the query of the check", async () => assert.deepEqual(await asking(routerStack()), [1, 1, "answer 1"]));

  it("does not answer other queries", async () => assert.deepEqual(await asking(routerStack(), { text: "other" }), [1, 2, "answer 2"]));

  it("ends no run that ends before the check", async () => {
    beginQuery(routerStack(), { verb: "up", refresh: false }, () => Promise.reject(new RouterUnreachable("it does not answer")), true);
    await new Promise((resolve) => setImmediate(resolve));
  });

  it("waits for the check if that asks nothing, refuses before it asks, or asks for an open next hop", async () => {
    const later = [0, 1, "answer 1"];
    const open = routerStack();
    const { gateway } = open.plan;
    assert.deepEqual(await asking({ ...open, plan: { ...open.plan, gateway: { ...gateway, address: "auto" as never } } }), later);
    assert.deepEqual(await asking(routerStack({ "router.hostKey": undefined })), later);
    assert.deepEqual(await asking(routerStack({ "router.observe": false })), later);
    assert.deepEqual(await asking(routerStack(), { verb: "destroy" }), later);
    assert.deepEqual(await asking(routerStack({ "router.observe": false }), { isPreview: false }), [1, 1, "answer 1"]);
  });
});
