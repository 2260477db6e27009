import assert from "node:assert/strict";

import { failed, ok } from "../../../cli/check/check";
import { checkNames, type Resolve } from "../../../cli/verify/names";
import { marksOf } from "../../../cli/verify/stack";
import { plannedStack, text } from "../../support/stacks";

describe("the names of a stack in verify", () => {
  const stack = plannedStack({ names: { grafana: "10.5.0.10" } });
  const lines = async (resolve: Resolve) => (await checkNames(stack, resolve)).map(text).join();
  const failing = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }));

  it("are resolved by the router", async () => {
    const asked: string[][] = [];
    const resolve: Resolve = (...what) => (asked.push(what), Promise.resolve(["10.5.0.10"]));
    assert.equal(await lines(resolve), "ok name grafana: resolves to 10.5.0.10 on 192.168.50.1");
    assert.deepEqual(asked, [["192.168.50.1", "grafana"]]);
    assert.deepEqual(await checkNames(plannedStack(), failing("ENOTFOUND")), []);
  });

  it("are forwarded domains too, for which any answer of their DNS server will do", async () => {
    const forwarded = plannedStack({ domains: { "k8s.example": "10.5.0.53" } });
    const domainLines = async (resolve: Resolve) => (await checkNames(forwarded, resolve)).map(text).join();
    const fine = "ok domain k8s.example: 10.5.0.53 answers for it through 192.168.50.1";
    assert.equal(await domainLines(() => Promise.resolve(["10.5.0.1"])), fine);
    assert.equal(await domainLines(failing("ENODATA")), fine);
    assert.equal(await domainLines(failing("ENOTFOUND")), fine);
    for (const code of ["ETIMEOUT", "EREFUSED", "ESERVFAIL"])
      assert.match(
        await domainLines(failing(code)),
        new RegExp(
          `^failed domain k8s\\.example: 192\\.168\\.50\\.1 gets no answer for it from the DNS server 10\\.5\\.0\\.53 \\(${code}\\); check`,
        ),
      );
  });

  it("fail with another address, without one, and without an answer", async () => {
    assert.match(
      await lines(() => Promise.resolve(["10.9.9.9"])),
      /^failed name grafana: resolves to 10\.9\.9\.9 on .* planned as 10\.5\.0\.10/,
    );
    assert.match(await lines(failing("ENOTFOUND")), /^failed name grafana: does not resolve on 192\.168\.50\.1; pulumi up/);
    assert.match(await lines(failing("ETIMEOUT")), /does not answer \(ETIMEOUT\)/);
  });

  it("mark the router of the picture as failed, as reservations do", async () => {
    const domains = plannedStack({ domains: { "k8s.example": "10.5.0.53" } });
    const markOf = (of: typeof stack, lines: Parameters<typeof marksOf>[0]["lines"]) =>
      marksOf({ stack: of, lines: [ok("router", "answers"), ...lines], results: [], nodes: [] }).router;
    assert.equal(markOf(stack, await checkNames(stack, () => Promise.resolve(["10.5.0.10"]))), "ok");
    assert.equal(markOf(stack, await checkNames(stack, failing("ENOTFOUND"))), "failed");
    assert.equal(markOf(domains, await checkNames(domains, failing("ETIMEOUT"))), "failed");
    assert.equal(markOf(stack, [failed("reservations", "its record is missing", "pulumi up")]), "failed");
  });
});
