/** Questions to the kernel, and the one answer that still counts for each kind of them. */

export class Asker {
  /**
   * @param {object} model
   * @param {(problem: string) => void} say what could not be answered
   */
  constructor(model, say) {
    this.model = model;
    this.say = say;
    this.view = `v${Math.random().toString(36).slice(2, 12)}`;
    this.number = 0;
    this.open = new Map(); // type of question -> {request, answer, refused}
    this.told = new Map(); // type of message that is no answer -> listener
    this.receive = (message, buffers) => this.take(message, buffers ?? []);
    model.on("msg:custom", this.receive);
  }

  /** Say something that wants no answer. */
  send(message) {
    this.model.send(message);
  }

  /**
   * Ask; an older question of the same type is forgotten.
   * @param {object} question with its `type`
   * @param {(answer: object) => void} answer
   * @param {(message: string) => void} refused
   */
  ask(question, answer, refused = this.say) {
    this.number += 1;
    this.open.set(question.type, { request: this.number, answer, refused });
    this.model.send({ ...question, view: this.view, request: this.number });
  }

  waits(type) {
    return this.open.has(type);
  }

  /** Drop what was asked. */
  forget(type) {
    this.open.delete(type);
  }

  /** Hear messages that nobody asked for, or that come to all views. */
  listen(type, listener) {
    this.told.set(type, listener);
  }

  take(message, buffers) {
    if (message.view !== undefined && message.view !== this.view) return;
    const listener = this.told.get(message.type);
    if (listener) listener(message, buffers);
    const asked = this.open.get(message.answers);
    if (!asked || asked.request !== message.request) return;
    this.open.delete(message.answers);
    if (message.type === "refused") asked.refused(message.message);
    else if (message.type === "failed") this.say(message.message);
    else asked.answer(message);
  }

  close() {
    this.model.off("msg:custom", this.receive);
  }
}
