/** Keeps secrets of a chart's values secret in the objects that the chart renders from them. */
import * as pulumi from "@pulumi/pulumi";

import { isPlain, isRecord } from "./arguments";

/** Whether a value has an output in it, which may be a secret. */
function hasOutput(value: unknown): boolean {
  if (!isPlain(value)) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(hasOutput);
}

/** The component's own namespace, and the definitions, whose schemas have no values in them. */
const WITHOUT_VALUES = ["kubernetes:core/v1:Namespace", "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition"];

/**
 * Returns the options of a component so that, if the chart's values have a secret, everything in its objects but their kinds and names is
 * secret. The Kubernetes provider renders a chart from plain values, so nobody knows where in its objects a secret is.
 */
export function withSecretObjects(
  args: { readonly values?: unknown },
  opts: pulumi.ComponentResourceOptions = {},
): pulumi.ComponentResourceOptions {
  // A caller in JavaScript can pass anything; the parser reports it.
  const values = isRecord(args) ? args.values : undefined;
  if (!hasOutput(values)) return opts;
  const isSecret = pulumi.isSecret(pulumi.output(values));
  const hide: pulumi.ResourceTransform = async ({ custom, type, props, opts: own }) => {
    const isObject = custom && type.startsWith("kubernetes:") && !WITHOUT_VALUES.includes(type);
    return isObject && (await isSecret) ? { props: hidden(props), opts: own } : undefined;
  };
  return { ...opts, transforms: [...(opts.transforms ?? []), hide] };
}

type Props = Readonly<Record<string, unknown>>;

function hidden({ apiVersion, kind, metadata, ...rest }: Props): Props {
  return { apiVersion, kind, metadata: secretly(metadata as Props, ["labels", "annotations"]), ...secretly(rest, Object.keys(rest)) };
}

const secretly = (values: Props, keys: readonly string[]): Props =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, keys.includes(key) ? pulumi.secret(value) : value]));
