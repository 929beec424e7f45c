export type FaultPoint = "after_intent" | "after_start_request" | "after_blueprint_change" | "after_answer";

let armed: string | undefined;

/** Arms one fault point. Only the daemon's own `--fault-point` argument does, which tests pass. */
export function armFaultPoint(name: string): void {
  armed = name;
}

/** Where tests make the daemon die as if by `kill -9`; does nothing unless armed. */
export function faultPoint(name: FaultPoint): void {
  if (armed === name) process.kill(process.pid, "SIGKILL");
}
