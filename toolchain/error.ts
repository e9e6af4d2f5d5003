/** An error that a person can act on: what failed, and the way on. Printed without a stack. */
export class ToolchainError extends Error {
  readonly fix: string;

  constructor(message: string, fix: string) {
    super(`${message}\n  Fix: ${fix}`);
    this.name = 'ToolchainError';
    this.fix = fix;
  }
}
