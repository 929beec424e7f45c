import jsep from "jsep";
import { type Reference, readReference } from "./reference.ts";

/** `when`: comparisons, `&&`, `||`, `!`, and three tests of text. It can call nothing else. */
export type Expression =
  | { readonly is: "value"; readonly value: string | number | boolean | null }
  | { readonly is: "reference"; readonly reference: Reference; readonly shown: string }
  | { readonly is: "not"; readonly of: Expression }
  | { readonly is: "pair"; readonly operator: Operator; readonly left: Expression; readonly right: Expression }
  | { readonly is: "test"; readonly name: Test; readonly text: Expression; readonly part: Expression };

const operators = ["==", "!=", "<", "<=", ">", ">=", "&&", "||"] as const;
type Operator = (typeof operators)[number];
const tests = ["contains", "starts_with", "ends_with"] as const;
type Test = (typeof tests)[number];

const longest = 2000;

/** Reads an expression, or answers what is wrong with it. The parser only parses; nothing of it can run. */
export function readExpression(text: string): Expression | string {
  if (text.length > longest) return `the expression has ${text.length} characters; at most ${longest} are allowed`;
  try {
    return convert(jsep(withBrackets(text)));
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    if (error instanceof RangeError) return "the expression is nested too deeply";
    return `the expression cannot be read: ${(error as Error).message.replace(/ at character \d+$/, "")}`;
  }
}

/** Whether it holds; `lookUp` answers what references stand for. Numbers compare with numbers, text with text. */
export function holds(expression: Expression, lookUp: (reference: Reference) => unknown): boolean {
  return Boolean(evaluate(expression, lookUp));
}

/** All references of an expression. */
export function referencesOf(expression: Expression): readonly { reference: Reference; shown: string }[] {
  switch (expression.is) {
    case "value":
      return [];
    case "reference":
      return [expression];
    case "not":
      return referencesOf(expression.of);
    case "pair":
      return [...referencesOf(expression.left), ...referencesOf(expression.right)];
    case "test":
      return [...referencesOf(expression.text), ...referencesOf(expression.part)];
  }
}

class Refusal extends Error {}

/** `agents.my-agent.json` would be a subtraction: a name that is no identifier is put into brackets. */
function withBrackets(text: string): string {
  const pieces = text.split(/("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')/);
  const names = /\b(agents|params|matrix)\.([A-Za-z0-9][A-Za-z0-9_-]*)/g;
  return pieces
    .map((piece, index) =>
      index % 2 === 1
        ? piece
        : piece.replace(names, (whole, root, name) => (/^[A-Za-z_]\w*$/.test(name) ? whole : `${root}["${name}"]`)),
    )
    .join("");
}

function convert(node: jsep.Expression): Expression {
  switch (node.type) {
    case "Literal":
      return literal(node as jsep.Literal);
    case "Identifier":
    case "MemberExpression":
      return reference(node);
    case "UnaryExpression":
      return unary(node as jsep.UnaryExpression);
    case "BinaryExpression":
      return pair(node as jsep.BinaryExpression);
    case "CallExpression":
      return test(node as jsep.CallExpression);
    default:
      throw new Refusal("an expression takes one condition of references, texts, numbers, == != < <= > >= && || ! and ( )");
  }
}

function literal({ value }: jsep.Literal): Expression {
  if (value instanceof RegExp) throw new Refusal("an expression takes no patterns");
  return { is: "value", value };
}

function reference(node: jsep.Expression): Expression {
  const words = wordsOf(node);
  const shown = words.join(".");
  const read = readReference(words, `\`${shown}\``);
  if (typeof read === "string") throw new Refusal(read);
  return { is: "reference", reference: read, shown };
}

function wordsOf(node: jsep.Expression): string[] {
  if (node.type === "Identifier") return [(node as jsep.Identifier).name];
  if (node.type !== "MemberExpression") throw new Refusal("only references have fields");
  const { object, property, computed } = node as jsep.MemberExpression;
  if (!computed) return [...wordsOf(object), (property as jsep.Identifier).name];
  if (property.type !== "Literal") throw new Refusal("brackets take a name or an index");
  return [...wordsOf(object), String((property as jsep.Literal).value)];
}

function unary({ operator, argument }: jsep.UnaryExpression): Expression {
  if (operator === "!") return { is: "not", of: convert(argument) };
  const inner = convert(argument);
  if (operator === "-" && inner.is === "value" && typeof inner.value === "number") return { is: "value", value: -inner.value };
  throw new Refusal(`\`${operator}\` is not known here`);
}

function pair({ operator, left, right }: jsep.BinaryExpression): Expression {
  const known = operators.find((one) => one === operator);
  if (known === undefined) throw new Refusal(`\`${operator}\` is not known here: there are ${operators.join(" ")} and !`);
  return { is: "pair", operator: known, left: convert(left), right: convert(right) };
}

function test({ callee, arguments: given }: jsep.CallExpression): Expression {
  const name = tests.find((one) => callee.type === "Identifier" && one === (callee as jsep.Identifier).name);
  if (name === undefined) throw new Refusal(`nothing can be called but ${tests.join("(…), ")}(…)`);
  const [text, part] = given;
  if (text === undefined || part === undefined || given.length > 2) throw new Refusal(`${name} takes a text and a part of it`);
  return { is: "test", name, text: convert(text), part: convert(part) };
}

function evaluate(expression: Expression, lookUp: (reference: Reference) => unknown): unknown {
  switch (expression.is) {
    case "value":
      return expression.value;
    case "reference":
      return lookUp(expression.reference) ?? null;
    case "not":
      return !evaluate(expression.of, lookUp);
    case "test":
      return testText(expression.name, evaluate(expression.text, lookUp), evaluate(expression.part, lookUp));
    case "pair":
      return evaluatePair(expression, lookUp);
  }
}

function evaluatePair(
  { operator, left, right }: Expression & { is: "pair" },
  lookUp: (reference: Reference) => unknown,
): unknown {
  const first = evaluate(left, lookUp);
  if (operator === "&&") return Boolean(first) && Boolean(evaluate(right, lookUp));
  if (operator === "||") return Boolean(first) || Boolean(evaluate(right, lookUp));
  const second = evaluate(right, lookUp);
  if (operator === "==") return first === second;
  if (operator === "!=") return first !== second;
  if (typeof first === "number" && typeof second === "number") return compare(operator, first, second);
  return typeof first === "string" && typeof second === "string" && compare(operator, first, second);
}

function compare<Value extends string | number>(operator: Operator, first: Value, second: Value): boolean {
  if (operator === "<") return first < second;
  if (operator === "<=") return first <= second;
  return operator === ">" ? first > second : first >= second;
}

/** `contains` also looks for an element of a list. */
function testText(name: Test, whole: unknown, part: unknown): boolean {
  if (name === "contains" && Array.isArray(whole)) return whole.includes(part);
  if (typeof whole !== "string" || typeof part !== "string") return false;
  if (name === "contains") return whole.includes(part);
  return name === "starts_with" ? whole.startsWith(part) : whole.endsWith(part);
}
