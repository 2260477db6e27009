"use strict";
// Mocha's "spec" reporter, which also records its counts for the total at the end of `make test`. A skipped test must give a reason:
// its title has to contain "skipped: <reason>".
const { subscribe } = require("node:diagnostics_channel");
const fs = require("node:fs");
const { reporters } = require("mocha");

/** Returns the beginning of a message and, of the rest, the lines with an error: a command's whole output ends with what went wrong. */
function shortened(message) {
  const [start, rest] = [message.slice(0, 300), message.slice(300)];
  const errors = new Set(rest.split("\n").filter((line) => /\berror\b/i.test(line)));
  return [start, ...[...errors].slice(-4).map((line) => line.slice(0, 400))].map((text) => text.replace(/\s+/g, " ").trim()).join(" … ");
}

module.exports = class CountingReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const unexplained = [];
    const failed = [];
    let [labs, deployments] = [0, 0];
    // tests/support/lab.ts publishes this when it removes a lab.
    subscribe("homelab-network:lab-removed", (lab) => {
      labs++;
      deployments += lab.deployments;
    });
    runner.on("pending", (test) => /skipped: \S/.test(test.title) || unexplained.push(test.fullTitle()));
    runner.on("fail", (test, error) => failed.push(`${test.fullTitle()}: ${shortened(String(error?.message ?? error))}`));
    runner.once("end", () => {
      const { passes, failures, pending } = this.stats;
      const file = process.env.HOMELAB_TEST_COUNTS;
      if (file) fs.writeFileSync(file, JSON.stringify({ passes, failures, pending, unexplained, failed, labs, deployments }));
    });
  }
};
