import { serve } from "./service";

/** Runs the plugin. The engine passes its own address as the last argument, and reads the plugin's port from the first line of output. */
async function main(): Promise<void> {
  const engine = process.argv.slice(2).at(-1);
  if (engine === undefined)
    throw new Error("This is a Pulumi plugin: the Pulumi engine starts it, with its address, host:port, as the argument.");
  const { port } = await serve(engine);
  process.stdout.write(`${port}\n`);
}

main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
