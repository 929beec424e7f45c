import { defaultPolicy, type MissionSpec } from "../../mission/spec.ts";
import { type AdmissionDesk, admit } from "../admission.ts";
import type { GroupRequest } from "../daemon-context.ts";

// Its members end one after the other, each within its own grace: the group itself is never cut short.
const graceMs = 365 * 86_400_000;

/**
 * What a request for a group asks for, checked and completed. Nothing is made yet.
 *
 * @throws OvermindError invalid_argument, name_taken, parent_not_found
 */
export function admitGroup(request: GroupRequest, desk: AdmissionDesk): MissionSpec {
  const { name, strategy, parent, labels, onParentExit } = request;
  const command = `group ${strategy}`;
  const plain = { command, name, parent, labels, type: "task", provider: "raw", cwd: "/" } as const;
  const spec = admit({ ...plain, onParentExit, keepLeftovers: false, stdin: "null", removeAfter: false }, desk);
  const { restart, maxRestarts, backoffMs, backoffMaxMs, jitter, stableSeconds } = spec.policy;
  // Bounds that the defaults set for agents do not hold for what runs nothing.
  const policy = {
    ...defaultPolicy,
    backoffMs,
    backoffMaxMs,
    jitter,
    stableSeconds,
    graceMs,
    onParentExit: spec.policy.onParentExit,
  };
  const isMember = spec.parent !== null && desk.isLiveGroup(spec.parent);
  return {
    ...spec,
    type: "group",
    policy: isMember ? { ...policy, restart, maxRestarts } : policy,
    group: {
      strategy,
      maxRestarts: request.maxRestarts ?? defaultPolicy.maxRestarts,
      maxSeconds: request.maxSeconds ?? defaultPolicy.maxSeconds,
    },
  };
}
