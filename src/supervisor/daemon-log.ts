/** The daemon's own log as the supervisor sees it (pino's shape). Never given environment values. */
export interface DaemonLog {
  info(facts: object, text: string): void;
  warn(facts: object, text: string): void;
  error(facts: object, text: string): void;
}
