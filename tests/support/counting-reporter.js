"use strict";
// Mocha's "spec" reporter that also writes down what it counted, for the sum at the end of `make test`. A skipped test must say why:
// its title has to contain "skipped: <reason>".
const fs = require("node:fs");
const { reporters } = require("mocha");

module.exports = class CountingReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const unexplained = [];
    runner.on("pending", (test) => /skipped: \S/.test(test.title) || unexplained.push(test.fullTitle()));
    runner.once("end", () => {
      const { passes, failures, pending } = this.stats;
      const file = process.env.HOMELAB_TEST_COUNTS;
      if (file) fs.writeFileSync(file, JSON.stringify({ passes, failures, pending, unexplained }));
    });
  }
};
