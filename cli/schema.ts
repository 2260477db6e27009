import * as path from "node:path";
import { writeAtomically } from "../config/files";
import { repository } from "../config/project";
import { SCHEMA_FILE, stackJsonSchemaText } from "../config/json-schema";
import { STACK_REFERENCE_FILE, stackReferenceText } from "../config/stack-reference";
import { print } from "./print";

/** Writes the JSON Schema of stack files, which editors find by the files' first line, and the reference page with every key. */
export function writeSchema(): void {
  const texts = { [SCHEMA_FILE]: stackJsonSchemaText(), [STACK_REFERENCE_FILE]: stackReferenceText() };
  for (const [file, text] of Object.entries(texts)) {
    writeAtomically(path.join(repository, file), text);
    print(`Wrote ${file}.`);
  }
}
