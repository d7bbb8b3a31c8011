/** Whether the kernel answers: each message to it is followed by word that it was taken. */

const PATIENCE_MS = 1000;

export class KernelWatch {
  /** @param {?object} kernel the connection, as widgets know it @param {() => number} now in milliseconds */
  constructor(kernel, now = () => performance.now()) {
    this.kernel = kernel;
    this.now = now;
    this.askedAt = null; // the first message that has no answer
    this.hear = (_, { parent_header: parent }) => {
      if (parent?.msg_type === "comm_msg") this.askedAt = null;
    };
    kernel?.iopubMessage?.connect(this.hear);
  }

  /** A message leaves. */
  asks() {
    if (this.kernel?.iopubMessage) this.askedAt ??= this.now();
  }

  /** @returns {boolean} whether it does other work, or holds everything up */
  get busy() {
    return this.askedAt !== null && this.now() - this.askedAt > PATIENCE_MS;
  }

  close() {
    this.kernel?.iopubMessage?.disconnect(this.hear);
  }
}
