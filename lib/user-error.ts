/** What {@link UserError} is made of besides what is wrong. */
export interface UserErrorOptions {
  /** How to go on, as a sentence or a command. */
  readonly fix?: string;
  /** The process's exit status. Default 1. */
  readonly exitCode?: number;
  readonly cause?: unknown;
}

/** An error that a person can act on. Its message says all they need: it is printed without a stack. */
export class UserError extends Error {
  /** What is wrong, without the way on. */
  readonly problem: string;
  /** How to go on. */
  readonly fix: string | undefined;
  readonly exitCode: number;

  /**
   * @param problem - what is wrong, and what was or was not changed
   * @param options - the fix goes onto a line of its own in the message
   */
  constructor(problem: string, { fix, exitCode = 1, cause }: UserErrorOptions = {}) {
    super(fix === undefined ? problem : `${problem}\n  Fix: ${fix}`, { cause });
    this.name = 'UserError';
    this.problem = problem;
    this.fix = fix;
    this.exitCode = exitCode;
  }
}
