/** A role at work, as the process sees it: for readiness, and for stopping in order. */
export interface RunningRole {
  isReady(): boolean;
  /** Takes nothing new; what is under way goes on. */
  stopTaking(): Promise<void>;
  /** What is under way but has not begun goes back to the broker: once no role takes anything, or it would come again. */
  giveBack?(): void;
  /** How much is under way. */
  underWay(): number;
  close(): Promise<void>;
}
