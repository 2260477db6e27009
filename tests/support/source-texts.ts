import * as ts from "typescript";

/** Texts that never vary, by the name that the source has for them. */
export type Constants = ReadonlyMap<string, string>;

/** What an expression of the source may come to as a text: every way through its conditions, and `…` for what varies. */
export function textsOf(expression: ts.Expression, constants: Constants): string[] {
  const of = (inner: ts.Expression) => textsOf(inner, constants);
  if (ts.isStringLiteralLike(expression)) return [expression.text];
  if (ts.isParenthesizedExpression(expression)) return of(expression.expression);
  if (ts.isConditionalExpression(expression)) return [...of(expression.whenTrue), ...of(expression.whenFalse)];
  if (ts.isBinaryExpression(expression) && expression.operatorToken.kind === ts.SyntaxKind.PlusToken)
    return joined(of(expression.left), of(expression.right));
  if (ts.isTemplateExpression(expression))
    return expression.templateSpans.reduce(
      (before, { expression: inner, literal }) => joined(joined(before, of(inner)), [literal.text]),
      [expression.head.text],
    );
  return [constants.get(expression.getText()) ?? "…"];
}

const joined = (before: readonly string[], after: readonly string[]): string[] =>
  before.flatMap((start) => after.map((end) => start + end));
