import * as path from "node:path";
import { repository, writeWhole } from "../lab/folders";
import { SCHEMA_FILE, stackJsonSchemaText } from "../network/json-schema";

/** Writes the JSON Schema of stack files, which editors pick up by the files' first line. */
export function writeSchema(): void {
  writeWhole(path.join(repository, SCHEMA_FILE), stackJsonSchemaText());
  console.log(`Wrote ${SCHEMA_FILE}.`);
}
