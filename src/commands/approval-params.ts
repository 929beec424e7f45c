import * as v from "valibot";

const longest = 4096;
const glob = v.pipe(
  v.string("must be a pattern"),
  v.nonEmpty("must be a pattern"),
  v.maxLength(longest, `must have at most ${longest} characters`),
);

/** Rules on the wire. Here unknown keys are refused: a rule that lost its `match` would allow everything. */
export const approvals = v.array(
  v.pipe(
    v.strictObject(
      {
        tool: glob,
        match: v.optional(glob),
        answer: v.picklist(["allow", "deny", "ask"], "must be allow, deny or ask"),
        message: v.optional(v.string("must be text")),
      },
      "takes tool, match, answer and message",
    ),
    v.transform(({ tool, match = null, answer, message = null }) => {
      return { tool, match, mission: null, labels: [], provider: null, answer, message };
    }),
  ),
  "must be a list of rules",
);
