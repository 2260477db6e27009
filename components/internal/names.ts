/**
 * The name of a component's child, which begins with the component's name, so that a program can have two of a kind: a child's URN has the types of the
 * components above it, but not their names.
 *
 * @param first the component's name in index.ts. Stacks have the children of that one under their short names, which they keep: a chart's objects, which
 * the provider names, could follow a new name by no alias.
 */
export const childName = (component: string, first: string, child: string): string =>
  component === first ? child : `${component}-${child}`;
