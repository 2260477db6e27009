/** The reports of npm audit and govulncheck, as they printed them, and the list of allowed vulnerabilities. */
import assert from "node:assert/strict";

import { compare, readAllowList, type Vulnerability } from "../../lab/supply-chain/allow-list";
import { readGovulncheck } from "../../lab/supply-chain/go";
import { readNpmAudit } from "../../lab/supply-chain/npm";

const advisory = {
  source: 1106913,
  name: "minimist",
  dependency: "minimist",
  title: "Prototype Pollution in minimist",
  url: "https://github.com/advisories/GHSA-xvch-5gv4-984h",
  severity: "critical",
  cwe: ["CWE-1321"],
  cvss: { score: 9.8, vectorString: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H" },
  range: "<0.2.4",
};
const part = { severity: "critical", isDirect: false, effects: [], range: "*", nodes: ["node_modules/x"], fixAvailable: true };
const audited = (vulnerabilities: object, total = 400) =>
  JSON.stringify({
    auditReportVersion: 2,
    vulnerabilities,
    metadata: { vulnerabilities: { total: 1 }, dependencies: { prod: 100, dev: 300, total } },
  });

describe("the report of npm audit", () => {
  it("has each advisory once, however many packages need its package", () => {
    const report = audited({
      minimist: { name: "minimist", ...part, via: [advisory] },
      mkdirp: { name: "mkdirp", ...part, via: ["minimist"] },
      other: { name: "other", ...part, via: [advisory] },
    });
    assert.deepEqual(readNpmAudit(report), [
      {
        id: "GHSA-xvch-5gv4-984h",
        where: "npm",
        package: "minimist <0.2.4",
        title: "Prototype Pollution in minimist (critical)",
        fix: '"npm explain minimist" shows what needs it',
      },
    ]);
    assert.deepEqual(readNpmAudit(audited({})), []);
  });

  it("is an error if the registry gave none, and if it is about no package", () => {
    const refused = {
      message: "405 Method Not Allowed - POST https://registry.npmjs.org/-/npm/v1/security/advisories/bulk",
      method: "POST",
    };
    assert.throws(() => readNpmAudit(JSON.stringify(refused)), {
      name: "UserError",
      message: /nothing is known of the packages: 405 Method/,
    });
    for (const text of ["", "npm error code ENOTFOUND", '{"auditReportVersion":3}'])
      assert.throws(() => readNpmAudit(text), { name: "UserError", message: /gave no report/ });
    assert.throws(() => readNpmAudit(audited({}, 0)), { name: "UserError", message: /looked at no package/ });
  });
});

describe("the report of govulncheck", () => {
  const config = {
    config: {
      protocol_version: "v1.0.0",
      scanner_name: "govulncheck",
      db_last_modified: "2026-11-01T00:00:00Z",
      scan_level: "symbol",
      scan_mode: "source",
    },
  };
  const sbom = { SBOM: { go_version: "go1.26.8", modules: [], roots: ["github.com/rhysd/actionlint/cmd/actionlint"] } };
  const osv = (id: string) => ({ osv: { schema_version: "1.3.1", id, summary: `Flaw ${id}`, details: "{\n}" } });
  const module = { module: "golang.org/x/sys", version: "v0.42.0" };
  const finding = (id: string, frame: object, fixed?: string) => ({
    finding: { osv: id, ...(fixed === undefined ? {} : { fixed_version: fixed }), trace: [{ ...module, ...frame }, module] },
  });
  const text = (...messages: readonly object[]) => messages.map((one) => `${JSON.stringify(one, undefined, 2)}\n`).join("");
  const read = (...messages: readonly object[]) => readGovulncheck(text(...messages), "lab/go/helm");

  it("tells functions that the program calls from modules and packages that it only requires", () => {
    const one = "GO-2026-0001";
    const { called, uncalled } = read(
      config,
      sbom,
      { progress: { message: "Fetching vulnerabilities from the database..." } },
      osv(one),
      osv("GO-2026-0002"),
      finding(one, {}, "v0.43.0"),
      finding("GO-2026-0002", {}),
      finding("GO-2026-0002", { package: "golang.org/x/sys/unix" }),
      finding(one, { package: "golang.org/x/sys/unix", function: "Read" }, "v0.43.0"),
    );
    assert.deepEqual(called, [
      {
        id: one,
        where: "lab/go/helm",
        package: "golang.org/x/sys v0.42.0",
        title: "Flaw GO-2026-0001",
        fix: "golang.org/x/sys v0.43.0 fixes it",
      },
    ]);
    assert.deepEqual(uncalled, ["GO-2026-0002"]);
    const { called: unfixed } = read(config, sbom, osv(one), finding(one, { package: "golang.org/x/sys/unix", function: "Read" }));
    assert.equal(unfixed[0]?.fix, "no release fixes it");
  });

  it("is an error if it is about no program, or not about functions", () => {
    assert.throws(() => read(config), { name: "UserError", message: /looked at no program/ });
    assert.throws(() => read(config, { SBOM: { roots: null } }), { name: "UserError", message: /looked at no program/ });
    assert.throws(() => read({ config: { scan_level: "module" } }, sbom), {
      name: "UserError",
      message: /compared "module" and not functions/,
    });
    assert.throws(() => read({ config: { scan_level: "symbol" } }, sbom), { name: "UserError", message: /has no date/ });
    assert.throws(() => read(), { name: "UserError", message: /compared "nothing"/ });
  });
});

describe("the list of allowed vulnerabilities", () => {
  const found: Vulnerability = { id: "GO-2026-0001", where: "lab/go/helm", package: "m v1", title: "A flaw", fix: "m v2 fixes it" };
  const entry = { id: "GO-2026-0001", where: "lab/go/helm", reason: "the lab reads no files of others", date: "2026-11-30" };
  const read = (text: string) => readAllowList(text, "list.yaml");

  it("lets a vulnerability pass in the place of its entry only", () => {
    assert.deepEqual(compare([found], [entry]), []);
    assert.deepEqual(compare([found], []), ["lab/go/helm: GO-2026-0001 in m v1: A flaw; m v2 fixes it"]);
    assert.equal(compare([{ ...found, where: "npm" }], [entry]).length, 2);
  });

  it("fails for an entry that matches none any more", () =>
    assert.deepEqual(compare([], [entry]), [
      "lab/go/helm: GO-2026-0001 is on the list of allowed vulnerabilities and was not found: remove the entry",
    ]));

  it("needs the reason and the date of each entry, and the name of an advisory", () => {
    assert.deepEqual(read("allowed:\n  - { id: GO-2026-0001, where: npm, reason: the lab reads no files of others, date: 2026-11-30 }\n"), [
      { ...entry, where: "npm" },
    ]);
    for (const [change, message] of [
      ["date: ''", /allowed\.0\.date: must be the day/],
      ["date: yesterday", /allowed\.0\.date: must be the day/],
      ["reason: no", /allowed\.0\.reason: must say why/],
      ["id: '*'", /allowed\.0\.id: must be the name of an advisory/],
      ["where: everywhere", /allowed\.0\.where: must be npm or a folder/],
      ["until: never", /allowed\.0: Unrecognized key/],
    ] as const) {
      const fields = {
        id: "id: GO-2026-0001",
        where: "where: npm",
        reason: "reason: the lab reads no files of others",
        date: "date: 2026-11-30",
      };
      const all = Object.values({ ...fields, [change.split(":")[0] ?? ""]: change }).join(", ");
      assert.throws(() => read(`allowed: [{ ${all} }]`), { name: "UserError", message });
    }
    assert.throws(() => read(""), { name: "UserError", message: /list\.yaml cannot be read/ });
  });
});
