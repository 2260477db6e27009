import type { LabelRequirement, LabelSelector } from "../../config/plan";

type Labels = Readonly<Record<string, string>>;

/** Matches labels as Kubernetes does: every requirement must hold, and an empty selector matches everything. */
export function matches({ matchLabels = {}, matchExpressions = [] }: LabelSelector, labels: Labels): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every((requirement) => meetsRequirement(requirement, labels[requirement.key]))
  );
}

function meetsRequirement({ operator, values = [] }: LabelRequirement, label: string | undefined): boolean {
  switch (operator) {
    case "Exists":
      return label !== undefined;
    case "DoesNotExist":
      return label === undefined;
    case "In":
      return label !== undefined && values.includes(label);
    case "NotIn":
      return label === undefined || !values.includes(label);
  }
}
