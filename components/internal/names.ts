/**
 * Returns the name of a component's child. The name starts with the component's name because a child's URN has only the types of its
 * parents, and a program may have two components of one type.
 *
 * @param first the component's name in index.ts, whose children keep their short names. The provider names a chart's objects, and no alias
 * could rename them.
 */
export const childName = (component: string, first: string, child: string): string =>
  component === first ? child : `${component}-${child}`;
