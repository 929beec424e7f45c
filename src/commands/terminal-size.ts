import * as v from "valibot";

const expected = "must be columns x rows such as 120x40, from 10x3 to 1000x1000";

/** `120x40` as columns and rows. */
export const terminalSize = v.pipe(
  v.string(expected),
  v.check((text) => isTerminalSize(text), expected),
  v.transform((text) => {
    const [columns = 0, rows = 0] = text.split("x").map(Number);
    return { columns, rows };
  }),
);

/** Whether a text is a terminal's size. Below 10x3 nothing can be drawn, above 1000x1000 a screen costs megabytes. */
export function isTerminalSize(text: string): boolean {
  const [, columns, rows] = /^(\d{1,4})x(\d{1,4})$/.exec(text) ?? [];
  const isWithin = (value: string | undefined, least: number) => Number(value) >= least && Number(value) <= 1000;
  return isWithin(columns, 10) && isWithin(rows, 3);
}
