/**
 * An assertion that is there but does not count. `code` says why and is all there is to log: neither message nor code holds
 * anything of the assertion.
 */
export class SessiongateError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   * @param {unknown} [cause]
   */
  constructor(code, message, cause) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "SessiongateError";
    this.code = code;
  }
}
