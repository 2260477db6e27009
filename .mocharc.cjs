// Tests are type-checked by `tsc`, once for all, and not again file by file as they load.
process.env.TS_NODE_TRANSPILE_ONLY ??= "true";

module.exports = { require: ["ts-node/register"], timeout: 20_000 };
