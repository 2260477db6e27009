import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";

/** A `pulumi` that notes its calls, and knows no stack. */
export class PulumiDouble {
  readonly path: string;

  /** @param folder the folder of the program */
  constructor(private readonly folder: string) {
    const script = `#!/bin/sh
echo "$PULUMI_BACKEND_URL|$PULUMI_CONFIG_PASSPHRASE_FILE|$*" >> "${folder}/calls"
[ "$1 $2" = "stack ls" ] && echo "[]"
exit 0
`;
    writeFileSync(join(folder, "pulumi"), script);
    chmodSync(join(folder, "pulumi"), 0o755);
    this.path = `${folder}${delimiter}${process.env["PATH"]}`;
  }

  /** Returns the calls: backend and passphrase file of the environment, and the arguments. */
  get calls(): string[] {
    return readFileSync(join(this.folder, "calls"), "utf8").trim().split("\n");
  }
}
