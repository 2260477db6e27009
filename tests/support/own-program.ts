/** Runs a user's own program with the components against mocks: without index.ts, without a stack file, and without replaced modules. */
import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

/** A resource as it was registered. */
export interface Made {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
}

export const kubeconfig = JSON.stringify({ contexts: [{ name: "lab-dev" }, { name: "lab-prod" }] });
export const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJuK";
export const router = { host: "192.168.50.1", user: "homelab", privateKey: "key-secret", hostKey };
export const primary = { name: "primary", addresses: ["10.5.0.0/24"] };
export const network = { kubeconfig, context: "lab-dev", pools: [primary] };
export const route = { destination: "10.5.0.0/24", gateway: "192.168.50.11" };

/** Runs a program against mocks. @returns its resources and outputs */
export async function run<T extends object>(program: () => T, preview = false): Promise<{ made: Made[]; outputs: pulumi.Unwrap<T> }> {
  const made: Made[] = [];
  await pulumi.runtime.setMocks(
    {
      call: ({ inputs }) => inputs as Record<string, unknown>,
      newResource: ({ type, name, inputs, custom, id }) => {
        made.push({ type, name, inputs: inputs as Record<string, unknown> });
        return { id: custom && !preview ? `${name}-id` : (id ?? ""), state: inputs as object };
      },
    },
    "own",
    "dev",
    preview,
  );
  const returned = program();
  const outputs = await new Promise<pulumi.Unwrap<T>>((resolve) => void pulumi.output(returned).apply(resolve));
  await pulumi.runtime.disconnect();
  return { made, outputs };
}

/** Returns the message with which a component rejects its arguments: an error of Pulumi's that names the component. */
export async function refusal(program: () => object): Promise<string> {
  let message = "";
  await run(() => {
    assert.throws(program, (error: Error) => {
      assert.ok(pulumi.ResourceError.isInstance(error) && error.hideStack, error.message);
      message = error.message;
      return true;
    });
    return {};
  });
  return message;
}

export const namesOf = (made: readonly Made[]) => made.map(({ type, name }) => `${type}::${name}`);
export const inputsOf = (made: readonly Made[], type: string) => made.filter((one) => one.type === type).map(({ inputs }) => inputs);
export const command = (made: readonly Made[]) => inputsOf(made, "command:remote:Command")[0] ?? {};
