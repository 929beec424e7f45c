/** What the daemon's parts say to its own log; pino fits. Never given environment values. */
export interface DaemonLog {
  info(facts: object, text: string): void;
  warn(facts: object, text: string): void;
  error(facts: object, text: string): void;
}
